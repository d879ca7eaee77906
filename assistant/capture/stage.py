"""Capture: from a microphone, or recordings in its place, to numbered frames of 20 ms."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from assistant.capture.framing import Framer, SilenceWatch
from assistant.capture.microphone import Heard, Microphone
from assistant.capture.tape import Tape
from assistant.config import Settings
from assistant.messages import EndOfInput, Event, Frame, Message, Mute, Tick
from assistant.pcm import FRAME_MS, SAMPLE_RATE_HZ

TICK_S = 3 * FRAME_MS / 1000
"""Three frames at a time: waking up costs more than what is done with them."""
FAST_TICK_S = 0.005
"""Recordings that are read as fast as they are taken."""
TELL_XRUNS_S = 1.0


class CaptureStage:
    """Holds the microphone; driven by ticks. Recordings wait where the stages are slower."""

    def __init__(self, settings: Settings) -> None:
        capture = settings.capture
        live = capture.source == "microphone"
        self.tick_s = TICK_S if live or capture.pace else FAST_TICK_S
        self._muted = False
        self._due: deque[Message] = deque()
        """What was read but not sent yet: ``handle`` may be left unfinished."""
        self._source: LiveSource | Tape
        if live:
            microphone = Microphone(capture.device, capture.channel, capture.ring_s, capture.lost_s)
            self._source = LiveSource(microphone, SilenceWatch(capture.silent_s))
        else:
            self._source = Tape(capture.source, capture.pace, capture.gap_s)

    def handle(self, message: Message) -> Iterator[Message]:
        """Frames that are due at a ``Tick``; after a recording's end the next one."""
        if isinstance(message, EndOfInput) and isinstance(self._source, Tape):
            self._source.back(message)
        if isinstance(message, Tick) and not self._muted:
            self._due.extend(self._source.due(message.at or time.monotonic()))
            while self._due:
                yield self._due.popleft()

    def interrupt(self, message: Message) -> Iterator[Message]:
        """``Mute`` closes the microphone and opens it again."""
        if isinstance(message, Mute) and message.on != self._muted:
            self._muted = message.on
            if self._muted:
                self._source.pause()
            yield Event(kind="muted", facts={"on": self._muted})

    def accepts(self) -> bool:
        """Always: nothing is sent to it but ends of recordings."""
        return True

    def close(self) -> None:
        """Give the microphone back."""
        self._source.pause()


class LiveSource:
    """The microphone as a source of frames: reopened when lost, its clock going on meanwhile."""

    def __init__(self, microphone: Microphone, silence: SilenceWatch) -> None:
        self._microphone, self._silence = microphone, silence
        self._framer = Framer()
        self._heard_at = 0.0
        """Monotonic time of the last sample that went into a frame."""
        self._xruns = 0
        self._tell_xruns_at = 0.0

    def due(self, now: float) -> Iterator[Message]:
        """Frames that have come in, and what there is to tell of the device."""
        was_open = self._microphone.is_open
        yield from self._microphone.look_after(now)
        if not self._microphone.is_open:
            return
        heard = self._microphone.read()
        if not was_open and self._heard_at:
            self._framer.skip(now - self._heard_at)
        yield from self._frames(heard)
        yield from self._faults(heard, now)

    def pause(self) -> None:
        """Close the microphone."""
        self._microphone.close()

    def _frames(self, heard: Heard) -> Iterator[Frame]:
        if heard.missed_s:
            self._framer.skip(heard.missed_s + self._framer.held / SAMPLE_RATE_HZ)
        if len(heard.samples):
            self._heard_at = heard.at
            yield from self._framer.feed(heard.samples, heard.at, xruns=heard.xruns)

    def _faults(self, heard: Heard, now: float) -> Iterator[Event]:
        if len(heard.samples) and self._silence.feed(heard.samples):
            yield Event(kind="silent input", at=now, sample=self._framer.sample)
        self._xruns += heard.xruns + bool(heard.missed_s)
        if self._xruns and now >= self._tell_xruns_at:
            yield Event(kind="xrun", at=now, facts={"count": self._xruns})
            self._xruns, self._tell_xruns_at = 0, now + TELL_XRUNS_S
