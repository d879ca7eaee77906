"""What the speaker was given, as 16 kHz frames in the order in which it took them."""

from __future__ import annotations

from collections import deque

import numpy as np

from assistant.audio.resample import Resampler
from assistant.messages import Played
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16

NOTHING = np.zeros(0, dtype=np.int16)


class Reference:
    """Keeps what was given until the speaker has taken it; at most the speaker's own buffer."""

    def __init__(self, rate_hz: int, sample: int = 0) -> None:
        self.rate_hz = rate_hz
        self.sample = sample
        """Position of the next frame on the speaker's own clock, 16 kHz."""
        self._given: deque[Int16] = deque()
        self._resampler = Resampler(rate_hz, SAMPLE_RATE_HZ)
        self._rest = NOTHING

    @property
    def waiting(self) -> int:
        """Samples that were given but not taken yet."""
        return sum(map(len, self._given))

    def give(self, samples: Int16) -> None:
        """The speaker has been given these."""
        if len(samples):
            self._given.append(samples)

    def take(self, count: int, at: float) -> list[Played]:
        """The speaker has taken ``count`` more, the last of which is heard ``at``."""
        taken = []
        while count > 0 and self._given:
            first = self._given.popleft()
            if len(first) > count:
                self._given.appendleft(first[count:])
            taken.append(first[:count])
            count -= len(taken[-1])
        return self._frames(np.concatenate(taken), at) if taken else []

    def drop(self, count: int) -> None:
        """The last ``count`` will not sound."""
        while count > 0 and self._given:
            last = self._given.pop()
            if len(last) > count:
                self._given.append(last[: len(last) - count])
            count -= len(last)

    def take_back(self) -> Int16:
        """All that was given and not taken."""
        back = np.concatenate([*self._given, NOTHING])
        self._given.clear()
        return back

    def end(self, at: float) -> list[Played]:
        """What was held back, filled with zeros; the last frame says that nothing sounds more."""
        tail = self._resampler.feed_int16(NOTHING, last=True)
        samples = np.concatenate([self._rest, tail])
        missing = -len(samples) % FRAME_SAMPLES if len(samples) else FRAME_SAMPLES
        samples = np.concatenate([samples, np.zeros(missing, dtype=np.int16)])
        self._resampler = Resampler(self.rate_hz, SAMPLE_RATE_HZ)
        self._rest = NOTHING
        *before, last = np.split(samples, len(samples) // FRAME_SAMPLES)
        frames = [self._played(frame, at, active=True) for frame in before]
        return [*frames, self._played(last, at, active=False)]

    def _frames(self, samples: Int16, at: float) -> list[Played]:
        joined = np.concatenate([self._rest, self._resampler.feed_int16(samples)])
        whole = len(joined) - len(joined) % FRAME_SAMPLES
        self._rest = joined[whole:]
        frames = []
        for end in range(FRAME_SAMPLES, whole + 1, FRAME_SAMPLES):
            behind_s = (len(joined) - end) / SAMPLE_RATE_HZ + self._resampler.delay_s
            frames.append(self._played(joined[end - FRAME_SAMPLES : end], at - behind_s, True))
        return frames

    def _played(self, frame: Int16, at: float, active: bool) -> Played:
        played = Played(sample=self.sample, at=at, audio=frame.tobytes(), active=active)
        self.sample += FRAME_SAMPLES
        return played
