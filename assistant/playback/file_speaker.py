"""A WAV file, a folder, or nothing at all as speaker, in the time of life or at once."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio.ring import Ring
from assistant.messages import Event
from assistant.pcm import Int16
from assistant.playback.outlet import AHEAD_S, FADE_S

RATE_HZ = 22_050
"""What the built-in voice speaks in: then nothing is resampled."""
RING_S = 0.5
PAUSE_S = 0.3
"""Between two answers in one file."""
REMEMBERED = 64
"""Files that are gone on with; older ones are over."""
OTHERS = "signs"
"""Ringing and signs, where each answer has a file of its own."""


class FileSpeaker:
    """A clock that takes samples, and writes them; see ``outlet.Outlet``.

    Args:
        path: a WAV file for everything; a folder (without ``.wav``) for a file per answer;
            None: the sound is thrown away.
        pace: 1 as in life, 0: at once.
    """

    rate_hz = RATE_HZ
    delay_s = 0.0

    def __init__(self, path: Path | None, pace: float) -> None:
        self._path, self._pace = path, pace
        self._ring = Ring(round(RING_S * RATE_HZ))
        self._titles: deque[tuple[int, str]] = deque()
        """From which position on the samples belong to which answer."""
        self._clock = 0.0
        self._begun: deque[Path] = deque(maxlen=REMEMBERED)
        self._fault = ""
        self._told = self._told_fault = False

    is_open = is_there = True

    @property
    def device(self) -> str:
        """Its name for people."""
        return str(self._path) if self._path else "none"

    def poll(self, now: float, wanted: bool) -> list[Event]:
        """Tells once what it is, and what could not be written."""
        events = []
        if not self._told:
            self._told = True
            facts = {"device": self.device, "rate_hz": RATE_HZ, "channels": 1}
            events.append(Event(kind="device found", at=now, facts=facts))
        if self._fault and not self._told_fault:
            events.append(Event(kind="error", at=now, facts={"message": self._fault}))
        self._told_fault = bool(self._fault)
        return events

    def room(self, now: float) -> int:
        """Samples that are missing from what shall be ready."""
        return max(round((AHEAD_S if self._pace else RING_S) * RATE_HZ) - self._ring.waiting, 0)

    def give(self, samples: Int16, title: str) -> None:
        """Append; a new title begins, or goes on with, another file."""
        if not self._titles or self._titles[-1][1] != title:
            self._titles.append((self._ring.written, title))
        self._ring.write(samples[:, None])

    def taken(self, now: float) -> int:
        """What the clock has taken since the last call is written."""
        due = self._ring.waiting
        if self._pace:
            due = min(int((now - self._clock) * RATE_HZ * self._pace), due)
            self._clock += due / RATE_HZ / self._pace
            if not self._ring.waiting - due:
                self._clock = now
        end = self._ring.taken + due
        while self._ring.taken < end:
            while len(self._titles) > 1 and self._titles[1][0] <= self._ring.taken:
                self._titles.popleft()
                if self._path and self._path in self._begun:
                    self._write(np.zeros(round(PAUSE_S * RATE_HZ), dtype=np.int16))
            until = min(end, self._titles[1][0]) if len(self._titles) > 1 else end
            self._write(self._ring.read(until - self._ring.taken)[:, 0])
        return due

    def shorten(self) -> int:
        """Drop what is ready but for a short fade."""
        return self._ring.shorten(round(FADE_S * RATE_HZ))

    def expect(self, on: bool) -> None:
        """A file has no holes."""

    def start(self, now: float) -> None:
        """The clock runs from here."""
        self._clock = now

    def rest(self) -> None:
        """Nothing to stop."""

    def path(self, title: str) -> str:
        """Where the answer is written."""
        return str(self._file(title) or "")

    def underruns(self) -> int:
        """Never."""
        return 0

    def close(self) -> None:
        """Files are closed after each piece: they are whole whenever this process ends."""

    def _file(self, title: str) -> Path | None:
        if self._path is None or self._path.suffix.lower() == ".wav":
            return self._path
        return self._path / (re.sub(r"[^\w.-]", "_", title or OTHERS) + ".wav")

    def _write(self, samples: Int16) -> None:
        path = self._file(self._titles[0][1] if self._titles else "")
        if path is None or not len(samples):
            return
        try:
            with self._append(path) as file:
                file.write(np.ascontiguousarray(samples))
            self._fault = ""
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or getattr(error, "error_string", error)
            self._fault = f"{path}: cannot be written: {why}; see playback.file"

    def _append(self, path: Path) -> Any:
        import soundfile

        if path in self._begun:
            file = soundfile.SoundFile(path, "r+")
            file.seek(0, soundfile.SEEK_END)
            return file
        path.parent.mkdir(parents=True, exist_ok=True)
        file = soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16", format="WAV")
        self._begun.append(path)
        return file
