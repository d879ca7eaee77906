"""The samples of what sounds: speech, ringing and signs at the speaker's rate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.audio.resample import Resampler
from assistant.pcm import Int16
from assistant.playback import queue as q
from assistant.playback import signs

RAMP_S = 0.04
"""Time in which the level falls or rises when someone speaks."""
NOTHING = np.zeros(0, dtype=np.int16)


class Stretch(NamedTuple):
    """Samples of one source."""

    samples: Int16
    answer: q.Answer | None = None
    """Whose speech it is; None: ringing or a sign."""


class Mixer:
    """Turns the queue's turns into samples at ``rate_hz``."""

    def __init__(self, rate_hz: int, duck_db: float) -> None:
        self.rate_hz = rate_hz
        self._voices: dict[str, _Voice] = {}
        self._signs: list[Int16] = []
        self._ring: Int16 = NOTHING
        self._ring_at = 0
        self._ducked = 10 ** (duck_db / 20)
        self._level = self._wanted_level = 1.0

    @property
    def has_signs(self) -> bool:
        """A sign is sounding."""
        return bool(self._signs)

    def add_sign(self, name: str) -> None:
        """Sound over whatever sounds."""
        self._signs.append(signs.sign(name, self.rate_hz))

    def duck(self, on: bool) -> None:
        """Lower speech and ringing, or raise them again."""
        self._wanted_level = self._ducked if on else 1.0

    def clear_signs(self) -> None:
        """Silence the signs."""
        self._signs.clear()

    def stretch(self, queue: q.Queue, most: int) -> tuple[q.Queue, Stretch]:
        """At most ``most`` samples of what has its turn; none where nothing is due."""
        answer = queue.speaking
        samples = NOTHING
        if answer:
            queue, samples = self._speech(queue, answer, most)
        elif queue.ringing:
            samples = self._round(most)
        if not queue.ringing:
            self._ring_at = 0
        return queue, Stretch(self._with_signs(self._leveled(samples), most), answer)

    def is_drained(self, answer: q.Answer) -> bool:
        """Nothing of it is held back here; then it is forgotten."""
        voice = self._voices.get(answer.answer)
        if voice and len(voice.ready):
            return False
        self._voices.pop(answer.answer, None)
        return True

    def forget(self, answer: q.Answer) -> None:
        """It will not go on."""
        self._voices.pop(answer.answer, None)

    def _speech(self, queue: q.Queue, answer: q.Answer, most: int) -> tuple[q.Queue, Int16]:
        voice = self._voices.setdefault(answer.answer, _Voice())
        while len(voice.ready) < most:
            queue, chunk = q.take_chunk(queue)
            if chunk is None:
                break
            voice.feed(chunk.samples, chunk.rate_hz, self.rate_hz)
        speaking = queue.speaking
        if speaking and speaking.is_over:
            voice.flush()
        return queue, voice.take(most)

    def _round(self, most: int) -> Int16:
        if not len(self._ring):
            self._ring = signs.ring(self.rate_hz)
        part = self._ring[self._ring_at : self._ring_at + most]
        self._ring_at = (self._ring_at + len(part)) % len(self._ring)
        return part

    def _leveled(self, samples: Int16) -> Int16:
        if not len(samples) or self._level == self._wanted_level == 1.0:
            return samples
        step = (1.0 - self._ducked) / (RAMP_S * self.rate_hz)
        steps = step * np.arange(1, len(samples) + 1)
        if self._wanted_level < self._level:
            levels = np.maximum(self._level - steps, self._wanted_level)
        else:
            levels = np.minimum(self._level + steps, self._wanted_level)
        self._level = float(levels[-1])
        return np.asarray(samples * levels, dtype=np.int16)

    def _with_signs(self, samples: Int16, most: int) -> Int16:
        for at, sign in enumerate(self._signs):
            part = sign[:most]
            mixed = np.zeros(max(len(samples), len(part)), dtype=np.int32)
            mixed[: len(samples)] += samples
            mixed[: len(part)] += part
            samples = np.clip(mixed, -32768, 32767).astype(np.int16)
            self._signs[at] = sign[len(part) :]
        self._signs = [sign for sign in self._signs if len(sign)]
        return samples


class _Voice:
    """Speech of one answer on its way to the speaker's rate."""

    def __init__(self) -> None:
        self.ready: Int16 = NOTHING
        self._resampler: Resampler | None = None

    def feed(self, samples: Int16, from_hz: int, to_hz: int) -> None:
        """Resample; a change of rate within the answer begins anew."""
        if self._resampler is None or self._resampler.from_hz != from_hz:
            self.flush()
            self._resampler = Resampler(from_hz, to_hz)
        self.ready = np.concatenate([self.ready, self._resampler.feed_int16(samples)])

    def flush(self) -> None:
        """What the resampler holds back."""
        if self._resampler:
            rest = self._resampler.feed_int16(NOTHING, last=True)
            self.ready = np.concatenate([self.ready, rest])
            self._resampler = None

    def take(self, most: int) -> Int16:
        """Up to ``most`` samples."""
        taken, self.ready = self.ready[:most], self.ready[most:]
        return taken
