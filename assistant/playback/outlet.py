"""Where the sound goes: what a speaker, and a file in its place, offer to the stage."""

from __future__ import annotations

from typing import Protocol

from assistant.messages import Event
from assistant.pcm import Int16

AHEAD_S = 0.06
"""Sound kept ready beyond the device's own buffer: a stage that is late leaves no hole."""
FADE_S = 0.004
"""What still sounds, falling, after an interrupt: a cut at full level clicks."""


class Outlet(Protocol):
    """Takes samples in its own time. ``now`` is always monotonic seconds."""

    @property
    def rate_hz(self) -> int:
        """Of the samples it is given; may change when it is opened anew."""
        ...

    @property
    def delay_s(self) -> float:
        """From the taking of a sample until it is heard."""
        ...

    @property
    def is_open(self) -> bool:
        """It can be given samples."""
        ...

    @property
    def is_there(self) -> bool:
        """It is open, or would be opened if there were something to sound."""
        ...

    def poll(self, now: float, wanted: bool) -> list[Event]:
        """Look after the device; ``wanted``: there is something to sound."""
        ...

    def room(self, now: float) -> int:
        """How many samples it should be given now."""
        ...

    def give(self, samples: Int16, title: str) -> None:
        """Append samples; ``title`` is the answer's id, empty for ringing and signs."""
        ...

    def taken(self, now: float) -> int:
        """Samples taken since the last call."""
        ...

    def shorten(self) -> int:
        """Silence within a few milliseconds; the number of samples taken back."""
        ...

    def expect(self, on: bool) -> None:
        """Whether it would be a hole in the sound if there were nothing to take."""
        ...

    def start(self, now: float) -> None:
        """Sound has been given after a silence."""
        ...

    def rest(self) -> None:
        """No sound follows for a while: the device may be given back."""
        ...

    def path(self, title: str) -> str:
        """The file in which the answer ``title`` is, if any."""
        ...

    def underruns(self) -> int:
        """Holes in the sound since the last call."""
        ...

    def close(self) -> None:
        """Give the device or file back."""
        ...
