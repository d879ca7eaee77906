"""The microphone: PortAudio's callback fills a ring, the stage empties it at 16 kHz."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from assistant.audio.line import Line
from assistant.audio.resample import Resampler, mono
from assistant.audio.ring import Ring
from assistant.pcm import SAMPLE_RATE_HZ, Int16, to_int16

DEVICE_S = 0.08
"""What the device may hold. It calls after a quarter of it: 50 times a second. Less costs more
processor time than all else when idle; a block size of our own makes it call in bursts."""
LONGEST_AGE_S = 1.0


class Heard(NamedTuple):
    """What the microphone has given since it was asked last."""

    samples: Int16
    """16 kHz, one channel."""
    at: float
    """Monotonic time at which the last of them was captured."""
    missed_s: float
    """Sound that was overwritten before it, because nobody asked in time."""
    xruns: int


class Microphone(Line):
    """One input device, at its own rate and with its own channels.

    Args:
        wanted: see ``Line``.
        channel: number of the channel that is heard, from 1; 0: the mean of all.
        ring_s: length of the ring.
    """

    def __init__(self, wanted: str, channel: int, ring_s: float, lost_s: float) -> None:
        super().__init__("input", wanted, DEVICE_S, lost_s)
        self._channel, self._ring_s = channel, ring_s
        self.rate_hz = SAMPLE_RATE_HZ
        self._ring = Ring(1)
        self._resampler = Resampler(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
        self._anchor = (0, 0.0)
        self._xruns = self._told_xruns = 0

    def prepare(self, rate_hz: int, channels: int) -> Callable[[Any, int, Any, Any], None]:
        """A new ring for the device's format; see ``Line``."""
        ring = self._ring = Ring(max(round(self._ring_s * rate_hz), 1), channels)
        self.rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, SAMPLE_RATE_HZ)
        self._anchor = (0, time.monotonic())

        def callback(block: Any, count: int, when: Any, status: Any) -> None:
            ring.write(block)
            now = time.monotonic()
            waited_s = when.currentTime - when.inputBufferAdcTime - count / rate_hz
            self._anchor = (ring.written, now - min(max(waited_s, 0.0), LONGEST_AGE_S))
            self.called_at = now
            if status.input_overflow:
                self._xruns += 1

        return callback

    def read(self) -> Heard:
        """Everything that has come in since the last call."""
        lost = self._ring.lost
        block = self._ring.read()
        missed = self._ring.lost - lost
        if missed:
            self._resampler = Resampler(self.rate_hz, SAMPLE_RATE_HZ)
        samples = np.zeros(0, dtype=np.int16)
        if len(block):
            samples = to_int16(self._resampler.feed(mono(block, self._channel)))
        written, at = self._anchor
        behind_s = (written - self._ring.taken) / self.rate_hz + self._resampler.delay_s
        xruns, self._told_xruns = self._xruns - self._told_xruns, self._xruns
        return Heard(samples, at - behind_s, missed / self.rate_hz, xruns)
