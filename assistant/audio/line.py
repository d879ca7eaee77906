"""A microphone or speaker that is kept open: missed when it is lost, opened when it is back."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from assistant.errors import AudioError
from assistant.messages import Event

if TYPE_CHECKING:
    from assistant.audio.portaudio import Callback, Kind, Opened

RETRY_S = 0.5
LONGEST_RETRY_S = 5.0
"""A device that stays away is looked for ever more rarely: making the list costs time."""
START_S = 3.0
"""For so long a device may be silent after it was opened: Bluetooth needs it."""
LONGEST_ASK_S = 60.0
"""So rarely the other side is asked to close its stream for the sake of a fresh list."""


class Line(ABC):
    """One stream of PortAudio.

    Args:
        wanted: part of the device's name, or its number; empty: the default.
        latency_s: what the device shall hold at once.
        lost_s: without a callback for so long it counts as lost.
    """

    def __init__(self, kind: Kind, wanted: str, latency_s: float, lost_s: float) -> None:
        self.kind, self.wanted = kind, wanted
        self.latency_s, self.lost_s = latency_s, lost_s
        self.called_at = 0.0
        """Monotonic time of the last callback; 0 until the first."""
        self.started_at = 0.0
        self._opened: Opened | None = None
        self._told_lost = False
        self._told_found = False
        self._next_try = self._retry_s = self._next_ask = self._ask_s = 0.0

    @property
    def is_open(self) -> bool:
        """There is a device and a stream."""
        return self._opened is not None

    @abstractmethod
    def prepare(self, rate_hz: int, channels: int) -> Callback:
        """Take all memory that the callback will need, and give the callback."""

    def look_after(self, now: float, may_close: bool = True) -> list[Event]:
        """Look after the device; to be called several times a second.

        Args:
            now: monotonic seconds.
            may_close: nobody minds a short break for a fresh list of devices.
        """
        if self._opened:
            return self._watch(self._opened, now, may_close)
        return self._try_open(now) if now >= self._next_try else []

    def close(self) -> None:
        """Give the device back; ``look_after`` opens it again."""
        if self._opened:
            from assistant.audio.portaudio import SESSION

            SESSION.close(self, self._opened.stream)
        self._opened = None

    def lose(self, why: str, now: float) -> list[Event]:
        """Close it and tell, once until it is found."""
        name = self._opened.device.name if self._opened else self.wanted or "default"
        self.close()
        self._next_try, self._retry_s = now + RETRY_S, RETRY_S
        self._next_ask, self._ask_s = now, RETRY_S
        if self._told_lost:
            return []
        self._told_lost, self._told_found = True, False
        return [Event(kind="device lost", at=now, facts={"device": name, "message": why})]

    def _watch(self, opened: Opened, now: float, may_close: bool) -> list[Event]:
        from assistant.audio.portaudio import ROOM_S, SESSION

        if may_close and SESSION.room_wanted():
            self.close()
            self._next_try = now + ROOM_S
            return []
        if self._silent_s() > 0:
            return self.lose("it gives no sign of life", now)
        if not _is_active(opened.stream):
            return self.lose("the stream has ended", now)
        return self._found(opened, now)

    def _silent_s(self) -> float:
        """For how long it has been silent beyond what is allowed."""
        if self.called_at:
            return time.monotonic() - self.called_at - self.lost_s
        return time.monotonic() - self.started_at - max(START_S, self.lost_s)

    def _try_open(self, now: float) -> list[Event]:
        try:
            from assistant.audio.portaudio import SESSION
        except OSError as error:
            self._next_try = now + LONGEST_RETRY_S
            return self._missing(
                f"PortAudio cannot be loaded ({error}): install libportaudio2", now
            )
        try:
            try:
                return self._open(now)
            except AudioError:
                if not SESSION.renew(self, ask=self._may_ask(now)):
                    raise
                return self._open(now)
        except AudioError as error:
            self._retry_s = min(max(self._retry_s * 1.1, RETRY_S), LONGEST_RETRY_S)
            self._next_try = now + self._retry_s
            return self._missing(str(error), now)

    def _missing(self, why: str, now: float) -> list[Event]:
        if self._told_lost:
            return []
        self._told_lost = True
        facts = {"device": self.wanted or "default", "message": why}
        return [Event(kind="device lost", at=now, facts=facts)]

    def _may_ask(self, now: float) -> bool:
        if now < self._next_ask:
            return False
        self._ask_s = min(max(self._ask_s * 2, RETRY_S), LONGEST_ASK_S)
        self._next_ask = now + self._ask_s
        return True

    def _open(self, now: float) -> list[Event]:
        from assistant.audio.portaudio import SESSION

        self.called_at, self.started_at = 0.0, time.monotonic()
        self._opened = SESSION.open(self, self.wanted, self.kind, self.latency_s, self.prepare)
        self._retry_s = RETRY_S
        return []

    def _found(self, opened: Opened, now: float) -> list[Event]:
        """Told once, when it has shown that it lives."""
        if self._told_found or not self.called_at:
            return []
        self._told_found, self._told_lost = True, False
        facts = {
            "device": opened.device.name,
            "rate_hz": opened.rate_hz,
            "channels": opened.channels,
        }
        return [Event(kind="device found", at=now, facts=facts)]


def _is_active(stream: Any) -> bool:
    from assistant.audio.portaudio import PortAudioError

    try:
        return bool(stream.active)
    except PortAudioError:
        return False
