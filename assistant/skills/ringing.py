"""What rings until somebody says stop: shared by timers and alarms."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from assistant.messages import Ring
from assistant.skills.api import Outcome

LONGEST_S = 600.0
REPEAT_S = 30.0


class Bell(msgspec.Struct, frozen=True):
    """One that rings; times are monotonic seconds."""

    text: str
    began: float
    said: float


class Ringing:
    """The bells that ring now, by the names their ``Ring`` messages carry."""

    def __init__(self) -> None:
        self.bells: dict[str, Bell] = {}

    def start(self, name: str, text: str, at: float) -> Iterator[Outcome]:
        """Ring and say ``text``; nothing where ``name`` rings already."""
        if name in self.bells:
            return
        self.bells[name] = Bell(text, at, at)
        yield Outcome(text=text, priority="alarm", messages=[Ring(name=name)])

    def tick(self, at: float) -> Iterator[Outcome]:
        """Say it again now and then; what nobody heeds ends after ``LONGEST_S``."""
        for name, bell in list(self.bells.items()):
            if at - bell.began >= LONGEST_S:
                yield from self.end([name])
            elif at - bell.said >= REPEAT_S:
                self.bells[name] = msgspec.structs.replace(bell, said=at)
                yield Outcome(text=bell.text, priority="alarm")

    def end(self, names: list[str]) -> Iterator[Outcome]:
        """Silence those of ``names`` that ring."""
        ended = [name for name in names if self.bells.pop(name, None)]
        if ended:
            yield Outcome(text="", messages=[Ring(name=name, on=False) for name in ended])
