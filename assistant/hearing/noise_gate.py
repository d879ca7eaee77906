"""Is a frame louder than the room? The cheap test in front of everything that costs.

The noise floor is the minimum of the smoothed power over the last three seconds (minimum
statistics: R. Martin, "Noise power spectral density estimation based on optimal smoothing
and minimum statistics", 2001, here over the whole band). A fan or steady rain becomes the
floor; speech has gaps and therefore never does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.pcm import FULL_SCALE, Int16

QUIETEST_DB = -62.0
"""Below it nothing counts as speech: the hiss of a microphone."""
LOUDEST_FLOOR_DB = -30.0
"""The floor never rises above it: someone speaking without a breath is no noise."""
START_DB = -60.0
"""What the floor is taken to be until the room has been heard."""
MARGIN_DB = 6.0
HELD_MARGIN_DB = 4.0
"""The margin inside an utterance: its end may be softer than its beginning."""

_SMOOTHING = 0.7
_PART_FRAMES = 15
_PARTS = 10
_TINY = 1e-12


class NoiseGate(NamedTuple):
    """The state; powers are relative to full scale squared."""

    smoothed: float = 0.0
    least: float = np.inf
    """Of the part that is being heard, 300 ms."""
    frames: int = 0
    """Heard in this part."""
    parts: tuple[float, ...] = (10 ** (START_DB / 10),) * _PARTS
    """Least powers of the last parts, oldest first."""

    @property
    def floor_db(self) -> float:
        """The noise floor, dBFS."""
        return _decibels(min(self.least, *self.parts))


def step(gate: NoiseGate, frame: Int16, held: bool) -> tuple[NoiseGate, bool]:
    """Whether ``frame`` stands out of the noise.

    Args:
        frame: (samples,), 20 ms.
        held: an utterance is open.
    """
    power = power_of(frame)
    floor = min(max(gate.floor_db, QUIETEST_DB - MARGIN_DB), LOUDEST_FLOOR_DB)
    margin = HELD_MARGIN_DB if held else MARGIN_DB
    return _learn(gate, power), _decibels(power) > floor + margin


def power_of(frame: Int16) -> float:
    """Mean power without the direct current that cheap sound cards add; full scale is 1."""
    samples = frame.astype(np.float32)
    mean = float(samples.mean())
    return max(float(np.dot(samples, samples)) / samples.size - mean * mean, 0.0) / FULL_SCALE**2


def _learn(gate: NoiseGate, power: float) -> NoiseGate:
    started = gate.frames > 0 or gate.smoothed > 0
    smoothed = _SMOOTHING * gate.smoothed + (1 - _SMOOTHING) * power if started else power
    least = min(gate.least, smoothed)
    if gate.frames + 1 < _PART_FRAMES:
        return NoiseGate(smoothed, least, gate.frames + 1, gate.parts)
    return NoiseGate(smoothed, np.inf, 0, (*gate.parts[1:], least))


def _decibels(power: float) -> float:
    return 10.0 * float(np.log10(max(power, _TINY)))
