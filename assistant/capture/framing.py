"""Samples into numbered frames of 20 ms: pure bookkeeping of the sample clock."""

from __future__ import annotations

import numpy as np

from assistant.messages import Frame
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16


class Framer:
    """Cuts samples into whole frames and numbers them on the sample clock.

    Memory: less than one frame is held back.
    """

    def __init__(self) -> None:
        self.sample = 0
        """Position of the next frame's first sample."""
        self._rest = np.zeros(0, dtype=np.int16)

    @property
    def held(self) -> int:
        """Samples that wait for their frame to be full."""
        return len(self._rest)

    def feed(self, samples: Int16, at: float, pace: float = 1.0, xruns: int = 0) -> list[Frame]:
        """The frames that are full now.

        Args:
            at: monotonic time of the capture of the last of ``samples``.
            pace: seconds of sound in a second of life.
            xruns: told with the first of the frames.
        """
        joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(joined) - len(joined) % FRAME_SAMPLES
        frames = []
        for start in range(0, whole, FRAME_SAMPLES):
            end = start + FRAME_SAMPLES
            behind_s = (len(joined) - end) / SAMPLE_RATE_HZ / (pace or np.inf)
            audio = joined[start:end].tobytes()
            frames.append(Frame(sample=self.sample, at=at - behind_s, audio=audio, xruns=xruns))
            self.sample += FRAME_SAMPLES
            xruns = 0
        self._rest = joined[whole:].copy()
        return frames

    def skip(self, seconds: float) -> None:
        """The microphone was away: drop what is held back, let the clock go on by whole frames."""
        self._rest = self._rest[:0]
        self.sample += max(round(seconds * SAMPLE_RATE_HZ / FRAME_SAMPLES), 0) * FRAME_SAMPLES


class SilenceWatch:
    """Notices exact zeros: a muted or dead microphone, never a quiet room."""

    def __init__(self, longest_s: float) -> None:
        self._longest = round(longest_s * SAMPLE_RATE_HZ)
        self._zeros = 0
        self._told = False

    def feed(self, samples: Int16) -> bool:
        """True once, when there have been nothing but zeros for the given time."""
        if samples.any():
            self._zeros, self._told = 0, False
            return False
        self._zeros += len(samples)
        if self._told or not self._longest or self._zeros < self._longest:
            return False
        self._told = True
        return True
