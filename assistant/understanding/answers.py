"""Answers: Jinja2 templates in a sandbox, with what spoken sentences need.

A slot prints as it was said and has ``.value`` for what it stands for; ``facts`` of the action
come beside them. Filters: ``duration`` (seconds → "one hour and ten minutes"), ``clock`` (a time,
or what ``{clock}`` gives → "7:30 PM"), ``date``, ``spoken_list`` ("milk, bread and eggs"),
``plural`` ("3 timers"), ``number`` (at most three decimals, none where there are none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import SkillError
from assistant.skills.api import Slot

ANSWER_CHARACTERS_MAX = 2000
"""Longer answers are cut at a word and end with "and so on"."""
_REPEAT_MAX = 10_000
_UNITS_S = [("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)]
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


class Said(str):
    """A slot in a template: the words, and what they stand for."""

    value: Any

    def __new__(cls, text: str, value: Any) -> Said:
        said = super().__new__(cls, text)
        said.value = value
        return said


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, without powers and long repetitions: a template cannot eat the memory."""

    intercepted_binops = frozenset(["**", "*"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SkillError("an answer's template may not use **")
        for many, times in ((left, right), (right, left)):
            if isinstance(many, str | list | tuple) and isinstance(times, int):
                return many * max(0, min(times, _REPEAT_MAX // max(1, len(many))))
        return left * right


class Answer:
    """One template."""

    def __init__(self, source: str) -> None:
        """Raises ``jinja2.TemplateSyntaxError`` with its line for a template that is none."""
        self.source = source
        self._template: Template = ENVIRONMENT.from_string(source)

    def render(self, slots: Mapping[str, Slot], facts: Mapping[str, Any]) -> str:
        """The answer as one line, bounded.

        Raises:
            SkillError: the template fails with these values.
        """
        said = {name: Said(slot.text, slot.value) for name, slot in slots.items()}
        pieces: list[str] = []
        length = 0
        try:
            for piece in self._template.generate({"slots": said, **said, **facts}):
                pieces.append(piece)
                length += len(piece)
                if length > ANSWER_CHARACTERS_MAX:
                    break
        except (TemplateError, ArithmeticError, ValueError, TypeError, LookupError,
                AttributeError, MemoryError) as error:  # fmt: skip
            raise SkillError(f"The answer's template failed: {error}") from error
        return bounded(" ".join("".join(pieces).split()))


def bounded(text: str) -> str:
    """``text``, cut at a word where it is too long to be spoken."""
    if len(text) <= ANSWER_CHARACTERS_MAX:
        return text
    return text[:ANSWER_CHARACTERS_MAX].rsplit(" ", 1)[0] + ", and so on."


def spoken_list(values: Iterable[Any], last: str = "and") -> str:
    """``a, b and c``."""
    words = [str(value) for value in values]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(count: Any, singular: str, many: str = "") -> str:
    """``1 timer``, ``2 timers``."""
    amount = _value(count)
    return f"{number(amount)} {singular if amount == 1 else many or singular + 's'}"


def number(value: Any) -> str:
    """A number as it is best spoken: no ``.0``, at most three decimals."""
    taken = _value(value)
    return str(taken) if isinstance(taken, int) else f"{round(float(taken), 3):.15g}"


def duration(value: Any) -> str:
    """Seconds in words, at most three units: ``one hour and ten minutes``."""
    left = round(abs(float(_value(value))))
    parts = []
    for unit, seconds in _UNITS_S:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{_in_words(count)} {unit}{'' if count == 1 else 's'}")
    return spoken_list(parts[:3]) or "zero seconds"


def clock(value: Any) -> str:
    """``7:30 PM``; a time without half of the day stays as it is: ``19:30``."""
    taken = _value(value)
    if isinstance(taken, Mapping):
        hour, minute, meridiem = taken["hour"], taken["minute"], taken["meridiem"]
        return f"{hour}:{minute:02d}" + (f" {meridiem.upper()}" if meridiem else "")
    if isinstance(taken, datetime | time):
        return f"{taken.hour % 12 or 12}:{taken.minute:02d} {'PM' if taken.hour > 11 else 'AM'}"
    return str(taken)


def spoken_date(value: Any) -> str:
    """``Friday, the 3rd of May``; what is no date stays as it is."""
    taken = _value(value)
    if not isinstance(taken, date):
        return str(taken)
    ending = "th" if 10 < taken.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(taken.day % 10, "th")
    return f"{taken:%A}, the {taken.day}{ending} of {taken:%B}"


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Said) else value


def _in_words(count: int) -> str:
    if count < 20:
        return _ONES[count]
    if count < 100:
        return _TENS[count // 10] + (f" {_ONES[count % 10]}" if count % 10 else "")
    return str(count)


ENVIRONMENT = _Environment(undefined=ChainableUndefined, autoescape=False)
ENVIRONMENT.filters.update(
    duration=duration, clock=clock, date=spoken_date, spoken_list=spoken_list,
    plural=plural, number=number,
)  # fmt: skip

__all__ = ["Answer", "TemplateSyntaxError", "bounded"]
