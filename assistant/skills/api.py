"""What a skill is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from assistant.config import Settings
from assistant.messages import Message


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot's value as the action takes it, and the words it was said with.

    Values of the rules that come with the sentence language:

    - ``number``: int or float; ``percent``: int
    - ``duration``: seconds, float
    - ``clock``: ``{"hour", "minute", "meridiem": "am" | "pm" | None}``
    - ``date``: ``{"days": n}`` from today, ``{"weekday": 0..6}`` (Monday is 0) or
      ``{"day", "month", "year" or None}``
    - a list: the value's ``out``, or its words; a wildcard: its words
    """

    value: Any
    text: str
    start: float = 0.0
    """Seconds on the sample clock; 0 for typed commands."""
    end: float = 0.0


@dataclass(frozen=True)
class Call:
    """One command for a skill: ``action: skill:timer.start`` calls ``Timer.start``."""

    intent: str
    slots: dict[str, Slot]
    text: str
    utterance: str = ""
    language: str = "en"

    def value(self, name: str, default: Any = None) -> Any:
        """The value of slot ``name``, or ``default`` where it was not said."""
        return self.slots[name].value if name in self.slots else default


@dataclass(frozen=True)
class Outcome:
    """What came of a call. The answer's template sees ``facts`` beside the slots."""

    facts: dict[str, Any] = field(default_factory=dict)
    variant: str = ""
    """Which of the intent's answers, where ``answer`` is a mapping; empty: the plain one."""
    text: str | None = None
    """An answer made by the skill itself, instead of the template; "" says nothing."""
    language: str = "en"
    priority: Literal["answer", "alarm"] = "answer"
    messages: list[Message] = field(default_factory=list)
    """Further messages: ``Ring``, ``Stop``, ``Expect``, ``Translate``, …"""
    later: bool = False
    """The answer follows out of ``receive``: say nothing now."""


@dataclass(frozen=True)
class Surroundings:
    """What a skill may know of the world."""

    settings: Settings
    state: Path
    """Folder for the skill's files; there when the skill is made."""
    now: Callable[[], datetime]
    """The time on the wall, aware of the local time zone."""
    sayings: Callable[[], list[str]]
    """An example of each sentence that is active, for "what can I say"."""
    last_answer: Callable[[], tuple[str, str]]
    """What was said last, and in which language, for "repeat"; empty where nothing was."""


class Skill:
    """Base of all skills. Public methods that take one ``Call`` are its actions.

    An action returns an ``Outcome`` or raises ``SkillError`` with a sentence to be spoken.
    It must return within a second or two; every outside call needs a time limit.
    """

    name = ""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings

    def receive(self, message: Message) -> Iterator[Outcome]:
        """What follows from a ``Tick``, ``Translation``, ``Spoken`` or a began utterance."""
        return iter(())

    def close(self) -> None:
        """Give connections back."""
