"""The speaker: the stage fills a ring, PortAudio's callback only copies out of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from assistant.audio.line import Line
from assistant.audio.ring import Ring
from assistant.messages import Event
from assistant.pcm import SAMPLE_RATE_HZ, Int16
from assistant.playback.outlet import AHEAD_S, FADE_S

RING_S = 0.5
LONGEST_DELAY_S = 2.0


class Speaker(Line):
    """One output device, at its own rate and with its own channels; see ``outlet.Outlet``.

    Between answers the device is given back: an idle machine is not woken 100 times a second,
    and others can have the device. (It is closed, not stopped: starting a stopped stream whose
    device has gone meanwhile hangs, PortAudio issue 535.)

    Args:
        buffer_s: sound that the device is given ahead.
    """

    def __init__(self, wanted: str, buffer_s: float, lost_s: float) -> None:
        super().__init__("output", wanted, buffer_s, lost_s)
        self.rate_hz = SAMPLE_RATE_HZ
        self.delay_s = buffer_s
        self._ring = Ring(1)
        self._told_taken = 0
        self._holes = 0
        self._expecting = self._resting = False

    def prepare(self, rate_hz: int, channels: int) -> Callable[[Any, int, Any, Any], None]:
        """A new ring for the device's format; see ``Line``."""
        ring = self._ring = Ring(round(RING_S * rate_hz))
        self.rate_hz, self._told_taken, self._expecting = rate_hz, 0, False

        def callback(block: Any, count: int, when: Any, status: Any) -> None:
            copied = ring.read_into(block)
            self.called_at = time.monotonic()
            waits_s = when.outputBufferDacTime - when.currentTime
            self.delay_s = min(max(waits_s, 0.0), LONGEST_DELAY_S)
            if self._expecting and (copied < count or status.output_underflow):
                self._holes += 1

        return callback

    def room(self, now: float) -> int:
        """Samples that are missing from what shall be ready; see ``Outlet``."""
        return max(round(AHEAD_S * self.rate_hz) - self._ring.waiting, 0) if self.is_open else 0

    def give(self, samples: Int16, title: str) -> None:
        """Append to the ring."""
        self._ring.write(samples[:, None])

    def taken(self, now: float) -> int:
        """Samples that the callback has copied since the last call."""
        taken = min(self._ring.taken, self._ring.written)
        count, self._told_taken = taken - self._told_taken, taken
        return max(count, 0)

    def shorten(self) -> int:
        """Drop what is ready but for a short fade."""
        self._expecting = False
        return self._ring.shorten(round(FADE_S * self.rate_hz))

    def expect(self, on: bool) -> None:
        """Whether an empty ring is a hole in the sound."""
        self._expecting = on

    @property
    def is_there(self) -> bool:
        """Open, or resting."""
        return self.is_open or self._resting

    def poll(self, now: float, wanted: bool = True) -> list[Event]:
        """Look after the device; opens it when it rests and there is something to sound."""
        if self._resting and not wanted:
            return []
        self._resting = False
        return self.look_after(now, may_close=not wanted)

    def start(self, now: float) -> None:
        """The stream runs while it is open."""

    def rest(self) -> None:
        """Give the device back until there is something to sound."""
        if self.is_open:
            self.close()
            self._resting = True

    def path(self, title: str) -> str:
        """No file."""
        return ""

    def underruns(self) -> int:
        """Holes in the sound since the last call."""
        holes, self._holes = self._holes, 0
        return holes
