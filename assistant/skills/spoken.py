"""Times, lengths and lists as one says them.

Figures stay figures: the voice reads them. ``am`` and ``pm`` are written in small letters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_PARTS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_GRAINS = ((2 * 86_400, 3600), (3600, 60), (60, 5), (-math.inf, 1))
"""From so many seconds on, rounded to so many."""
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_YOURS = {"my": "your", "me": "you", "i": "you", "mine": "yours", "myself": "yourself", "am": "are"}


def joined(items: Sequence[str], word: str = "and") -> str:
    """``["a", "b", "c"]`` as "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 timer", "2 timers"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def parts_of(seconds: float) -> list[tuple[int, str]]:
    """Days, hours, minutes and seconds that are not nought; whole seconds, at least one part."""
    rest = max(0, round(seconds))
    found = []
    for noun, length in _PARTS:
        number, rest = divmod(rest, length)
        if number:
            found.append((number, noun))
    return found or [(0, "second")]


def length(seconds: float) -> str:
    """ "1 hour and 30 minutes"."""
    return joined([counted(number, noun) for number, noun in parts_of(seconds)])


def length_before_noun(seconds: float) -> str:
    """ "5 minute", as in "your 5 minute timer"."""
    return " ".join(f"{number} {noun}" for number, noun in parts_of(seconds))


def rough_length(seconds: float) -> str:
    """Like ``length``, as exactly as one wants it.

    To five seconds from a minute on, to minutes from an hour on, to hours from two days on.
    """
    grain = next(grain for least, grain in _GRAINS if seconds >= least)
    return length(round(seconds / grain) * grain)


def clock(at: time | datetime) -> str:
    """ "7 am", "7:05 pm", "noon", "midnight"."""
    if at.minute == 0 and at.hour % 12 == 0:
        return "noon" if at.hour else "midnight"
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def ordinal(number: int) -> str:
    """ "1st", "22nd"."""
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"


def calendar_day(day: date, *, with_year: bool = False) -> str:
    """ "Friday, March 6th", with the year where it matters."""
    year = f", {day.year}" if with_year else ""
    return f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {ordinal(day.day)}{year}"


def near_day(day: date, today: date) -> str:
    """ "today", "tomorrow", "on Friday", or the calendar day."""
    away = (day - today).days
    if away in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[away + 1]
    if 1 < away < 7:
        return f"on {WEEKDAYS[day.weekday()]}"
    return f"on {calendar_day(day, with_year=day.year != today.year)}"


def moment(when: datetime, now: datetime) -> str:
    """ "7 am tomorrow"; the day is left out where it is today."""
    day = near_day(when.date(), now.date())
    return clock(when) if day == "today" else f"{clock(when)} {day}"


def repetition(weekdays: frozenset[int]) -> str:
    """ "every day", "on weekdays", "every Monday and Friday"."""
    named = {frozenset(range(7)): "every day", frozenset(range(5)): "on weekdays"}
    named[frozenset((5, 6))] = "on weekends"
    if weekdays in named:
        return named[weekdays]
    return "every " + joined([WEEKDAYS[day] for day in sorted(weekdays)])


def to_the_speaker(phrase: str) -> str:
    """What the user said of himself, said to him: "call my mother" → "call your mother"."""
    return " ".join(_YOURS.get(word.lower(), word) for word in phrase.split())
