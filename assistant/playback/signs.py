"""The sounds that are not speech: short signs, and the ringing of an alarm. Made by numpy.

Bell-like tones: a fundamental with two softer partials, a quick rise, a long exponential
decay; all begin and end at zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.pcm import Int16, to_int16

RISE_S, FALL_S = 0.008, 0.012
PARTIALS = ((1.0, 1.0), (2.0, 0.25), (3.0, 0.08))
"""Multiple of the fundamental, and level."""


class Tone(NamedTuple):
    """One struck bell."""

    begin_s: float
    length_s: float
    frequency_hz: float
    level: float = 0.2


SIGNS: dict[str, tuple[Tone, ...]] = {
    "listening": (Tone(0.0, 0.09, 659.3), Tone(0.07, 0.14, 987.8)),
    "done": (Tone(0.0, 0.16, 880.0, 0.16),),
    "error": (Tone(0.0, 0.14, 440.0), Tone(0.12, 0.22, 329.6)),
}
"""Up: go on; one: done; down: not understood. Frequencies are notes of equal temperament."""
RING = tuple(
    Tone(phrase + step * 0.14, 0.32, frequency_hz, 0.3)
    for phrase in (0.0, 0.62)
    for step, frequency_hz in enumerate((784.0, 987.8, 1174.7))
)
RING_S = 2.0
"""Two rising phrases and a rest: one round of the ringing."""


def sign(name: str, rate_hz: int) -> Int16:
    """The sign ``name`` of ``SIGNS``, (samples,)."""
    tones = SIGNS[name]
    return _mix(tones, max(tone.begin_s + tone.length_s for tone in tones), rate_hz)


def ring(rate_hz: int) -> Int16:
    """One round of the ringing, (samples,); repeated without a seam."""
    return _mix(RING, RING_S, rate_hz)


def _mix(tones: tuple[Tone, ...], length_s: float, rate_hz: int) -> Int16:
    mixed = np.zeros(round(length_s * rate_hz), dtype=np.float32)
    for tone in tones:
        start = round(tone.begin_s * rate_hz)
        struck = _bell(tone, rate_hz)[: len(mixed) - start]
        mixed[start : start + len(struck)] += struck
    return to_int16(mixed)


def _bell(tone: Tone, rate_hz: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    seconds = np.arange(round(tone.length_s * rate_hz)) / rate_hz
    wave = np.zeros(len(seconds))
    for multiple, level in PARTIALS:
        if tone.frequency_hz * multiple < rate_hz / 2:
            wave += level * np.sin(2 * np.pi * tone.frequency_hz * multiple * seconds)
    rise = np.minimum(seconds / RISE_S, 1.0)
    fall = np.clip((tone.length_s - seconds) / FALL_S, 0.0, 1.0)
    shaped = wave * rise * fall * np.exp(-3.0 * seconds / tone.length_s)
    return (tone.level * shaped).astype(np.float32)
