"""Recordings in a row as microphone: in the time of life or as fast as they are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from assistant.capture.files import read_blocks, recordings
from assistant.capture.framing import Framer
from assistant.capture.stdin import read_input
from assistant.errors import AudioError
from assistant.messages import EndOfInput, Event, Frame, Message
from assistant.pcm import FRAME_MS, FRAME_SAMPLES, Int16, samples_of

BURST_FRAMES = 50
"""The most frames given at once; who falls further behind (a machine asleep) goes on from now."""
FRAME_S = FRAME_MS / 1000
LEAD_SAMPLES = samples_of(0.5)
"""Zeros before every recording but the first: the room's echo of the last answer dies away."""
CIRCLE_S = 600.0
"""The end of a recording that has not come back after so long will not: on with the next."""


class Tape:
    """A file, a folder or standard input; a recording begins when the last one's end is back.

    Args:
        source: path, or ``-``.
        pace: 1 as in life; 0: ``BURST_FRAMES`` each time it is asked.
        gap_s: zeros behind each file.
    """

    def __init__(self, source: str, pace: float, gap_s: float) -> None:
        self._source, self._pace = source, pace
        self._gap = samples_of(gap_s)
        self._framer = Framer()
        self._messages = self._play()
        self._began: float | None = None
        """Monotonic time from which ``_sent`` frames are counted."""
        self._sent = 0
        self._file = ""
        self._awaited = ""
        """The recording whose end is on its way through all stages."""
        self._awaited_until = 0.0

    def back(self, end: EndOfInput) -> None:
        """All that a recording has led to is over."""
        if end.file == self._awaited:
            self._awaited = ""

    def pause(self) -> None:
        """Stand still; the next ``due`` goes on from where it was."""
        self._began = None

    def due(self, now: float) -> Iterator[Message]:
        """What has been heard by ``now``: frames, ends of files, faults."""
        if self._awaited:
            yield from self._wait(now)
            return
        for _ in range(self._frames_due(now)):
            for message in self._messages:
                if isinstance(message, Frame):
                    yield msgspec.structs.replace(message, at=self._heard_at(now), file=self._file)
                    break
                if message is None:
                    return
                yield message
                if isinstance(message, EndOfInput):
                    self._awaited, self._awaited_until = message.file, now + CIRCLE_S
                    return

    def _wait(self, now: float) -> Iterator[Event]:
        self._began = None
        if now > self._awaited_until:
            text = f"{self._awaited}: its end has not come back after {CIRCLE_S:g} s: going on"
            self._awaited = ""
            yield Event(kind="error", at=now, facts={"message": text})

    def _frames_due(self, now: float) -> int:
        if not self._pace:
            return BURST_FRAMES
        if self._began is None:
            self._began, self._sent = now, 0
        due = int((now - self._began) * self._pace / FRAME_S) - self._sent
        if due > BURST_FRAMES:
            self._began, self._sent, due = (
                now - BURST_FRAMES * FRAME_S / self._pace,
                0,
                BURST_FRAMES,
            )
        return due

    def _heard_at(self, now: float) -> float:
        self._sent += 1
        if not self._pace or self._began is None:
            return now
        return min(self._began + self._sent * FRAME_S / self._pace, now)

    def _play(self) -> Iterator[Message | None]:
        """All messages in order; None where standard input has nothing yet."""
        try:
            rows = self._rows()
        except AudioError as error:
            yield from self._fault(error, self._source)
            yield EndOfInput(sample=self._framer.sample, file=self._source)
            return
        for number, (name, blocks) in enumerate(rows):
            self._file = name
            if number:
                yield from self._silence(LEAD_SAMPLES)
            try:
                for block in blocks():
                    yield from self._frames(block) if len(block) else [None]
            except AudioError as error:
                yield from self._fault(error, name)
            yield from self._silence(self._gap)
            yield EndOfInput(sample=self._framer.sample, file=name)

    def _rows(self) -> list[tuple[str, Callable[[], Iterator[Int16]]]]:
        if self._source == "-":
            return [("-", read_input)]
        return [(str(path), _reader(path)) for path in recordings(self._source)]

    def _frames(self, block: Int16) -> Iterator[Frame]:
        yield from self._framer.feed(block, at=0.0)

    def _silence(self, samples: int) -> Iterator[Frame]:
        """Zeros, lengthened to whole frames; in steps, as it may be an hour."""
        left = samples + (-samples - self._framer.held) % FRAME_SAMPLES
        while left:
            zeros = np.zeros(min(left, BURST_FRAMES * FRAME_SAMPLES), dtype=np.int16)
            left -= len(zeros)
            yield from self._frames(zeros)

    def _fault(self, error: AudioError, name: str) -> Iterator[Event]:
        yield Event(kind="error", facts={"message": str(error), "file": name})


def _reader(path: Path) -> Callable[[], Iterator[Int16]]:
    return lambda: read_blocks(path)
