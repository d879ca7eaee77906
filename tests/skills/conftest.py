"""A skill's surroundings with a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.config import Settings
from assistant.messages import Message, Tick
from assistant.skills.api import Call, Outcome, Skill, Slot, Surroundings

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class World:
    """Wall clock and monotonic clock, moved by hand; and what the skills left on the disk."""

    state: Path
    wall: float = datetime(2026, 5, 6, 8, 0, tzinfo=BERLIN).timestamp()
    """Wednesday, eight in the morning."""
    at: float = 1000.0
    zone: ZoneInfo = BERLIN
    said: list[str] = field(default_factory=list)
    """Answers so far, for "repeat"."""
    language: str = "en"
    """Of the last answer."""
    examples: list[str] = field(default_factory=list)

    @property
    def surroundings(self) -> Surroundings:
        """For the skill under test."""
        return Surroundings(
            settings=Settings(),
            state=self.state,
            now=lambda: datetime.fromtimestamp(self.wall, self.zone),
            sayings=lambda: self.examples,
            last_answer=lambda: (self.said[-1] if self.said else "", self.language),
        )

    def set_clock(self, year: int, month: int, day: int, hour: int, minute: int = 0) -> None:
        """Set the wall clock, as somebody sets a clock; the monotonic one goes on."""
        self.wall = datetime(year, month, day, hour, minute, tzinfo=self.zone).timestamp()

    def tick(self, skill: Skill, seconds: float = 0.1) -> list[Outcome]:
        """Let ``seconds`` pass, and tell the skill once."""
        self.wall += seconds
        self.at += seconds
        return list(skill.receive(Tick(at=self.at, wall=self.wall)))

    def pass_time(self, skill: Skill, seconds: float, step_s: float = 1.0) -> list[Outcome]:
        """Let ``seconds`` pass in steps."""
        outcomes: list[Outcome] = []
        for _ in range(round(seconds / step_s)):
            outcomes += self.tick(skill, step_s)
        return outcomes

    def now(self) -> datetime:
        """The local time."""
        return datetime.fromtimestamp(self.wall, self.zone)

    @staticmethod
    def call(intent: str = "", **values: object) -> Call:
        """A command with slots; a slot's words are its value's."""
        slots = {name: Slot(value=value, text=str(value)) for name, value in values.items()}
        return Call(intent=intent, slots=slots, text="")

    @staticmethod
    def texts(outcomes: list[Outcome]) -> list[str]:
        """What is said."""
        return [outcome.text for outcome in outcomes if outcome.text]

    @staticmethod
    def messages(outcomes: list[Outcome]) -> list[Message]:
        """Everything else that is sent."""
        return [message for outcome in outcomes for message in outcome.messages]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
