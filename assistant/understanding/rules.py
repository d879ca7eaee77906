"""Numbers, percentages, durations, clock times and dates as they are said in English.

Each rule is an ``expression`` tree, so the same definition is matched against text and turned
into the graph of what can be said. Weights are rough guesses of how often a form is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistant.understanding.expression import Choice, Literal, Node, Sequence, optional

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty first", "twenty second", "twenty third",
    "twenty fourth", "twenty fifth", "twenty sixth", "twenty seventh", "twenty eighth",
    "twenty ninth", "thirtieth", "thirty first",
]  # fmt: skip
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = {
    31: {"january": 1, "march": 3, "may": 5, "july": 7, "august": 8, "october": 10, "december": 12},
    30: {"april": 4, "june": 6, "september": 9, "november": 11},
    29: {"february": 2},
}
"""Longest number of days → months."""


def say(text: str, value: Any = None) -> Literal:
    """Words with a value."""
    return Literal(text.split(), value)


def one_of(*options: Node | tuple[float, Node] | str) -> Choice:
    """A choice; an option may come with its weight, and plain text is a literal."""
    pairs = [option if isinstance(option, tuple) else (1.0, option) for option in options]
    nodes = [say(node) if isinstance(node, str) else node for _, node in pairs]
    return Choice(nodes, [weight for weight, _ in pairs])


def row(*nodes: Node | str, make: Callable[[list[Any]], Any] | None = None) -> Sequence:
    """A sequence; plain text is a literal."""
    return Sequence([say(node) if isinstance(node, str) else node for node in nodes], make)


def maybe(*nodes: Node | str, likelihood: float = 0.5) -> Choice:
    """A sequence or nothing."""
    return optional(
        nodes[0] if isinstance(nodes[0], Node) and len(nodes) == 1 else row(*nodes), likelihood
    )


def _counted(words: list[str], start: int, step: int = 1) -> Choice:
    return Choice([say(word, start + step * i) for i, word in enumerate(words)])


def _sum(values: list[Any]) -> Any:
    return sum(value for value in values if value is not None)


def _product(scale: int) -> Callable[[list[Any]], Any]:
    """``[count, scale's word, rest]`` → count times scale, plus rest."""
    return lambda values: values[0] * scale + (values[-1] or 0)


# -- numbers ----------------------------------------------------------------------------

_AND = maybe("and", likelihood=0.4)
_ones = _counted(_ONES, 1)
_teens = _counted(_TEENS, 10)
_tens = row(_counted(_TENS, 20, 10), maybe(_ones, likelihood=0.6), make=_sum)
_below_100 = one_of((4, _ones), (3, _teens), (5, _tens))
_hundreds = row(one_of(_ones, say("a", 1)), "hundred", maybe(_AND, _below_100), make=_product(100))
_below_1000 = one_of((8, _below_100), (1, _hundreds))
_teen_hundreds = row(
    _counted(_TEENS[1:], 11), "hundred", maybe(_AND, _below_100), make=_product(100)
)
_thousands = row(
    one_of((8, _below_1000), (1, say("a", 1))),
    "thousand",
    maybe(_AND, _below_1000),
    make=_product(1000),
)
_below_million = one_of((4, _below_1000), (1, _thousands))
_millions = row(
    one_of((8, _below_1000), (1, say("a", 1))),
    "million",
    maybe(_AND, _below_million, likelihood=0.3),
    make=_product(1_000_000),
)
_billions = row(
    _below_1000,
    "billion",
    maybe(_AND, one_of(_below_million, _millions), likelihood=0.3),
    make=_product(1_000_000_000),
)
_integer = one_of(
    (0.3, say("zero", 0)), (8, _below_1000), (0.2, _teen_hundreds), (1, _thousands),
    (0.3, _millions), (0, _billions),
)  # fmt: skip
_digit = one_of((9, _counted(_ONES, 1)), (1, say("zero", 0)), (0.2, say("oh", 0)))


def _digits(longest: int) -> Node:
    """One to ``longest`` digits, as text."""
    digit = row(_digit, make=lambda values: str(values[0]))
    if longest == 1:
        return digit
    rest = maybe(_digits(longest - 1), likelihood=0.25)
    return row(digit, rest, make=lambda values: values[0] + (values[1] or ""))


def _decimal(values: list[Any]) -> float:
    return float(f"{values[0]}.{values[2]}")


_fraction = one_of(
    say("a half", 0.5), say("a quarter", 0.25), say("three quarters", 0.75), say("a third", 1 / 3)
)
_mixed = row(_below_1000, "and", _fraction, make=_sum)
_positive = one_of(
    (16, _integer),
    (1.5, row(_integer, "point", _digits(6), make=_decimal)),
    (0.5, _mixed),
    (0.1, row(maybe("a"), say("half", 0.5))),
    (0.1, _fraction),
    (0.1, say("a dozen", 12)),
)
NUMBER = one_of(
    (30, _positive),
    (1, row(one_of("minus", (0.3, say("negative"))), _positive, make=lambda values: -values[1])),
)
"""int or float."""

PERCENT = one_of(
    (20, row(
        one_of((1, say("zero", 0)), (12, _below_100), (1, say("a hundred", 100)),
               (1, say("one hundred", 100))),
        maybe(one_of((9, say("percent")), (1, say("per cent"))), likelihood=0.8),
    )),
    (1, say("half", 50)),
)  # fmt: skip
"""int, 0 to 100."""

# -- durations ----------------------------------------------------------------------------

_UNITS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def _unit(name: str, singular: bool = False) -> Node:
    seconds = _UNITS_S[name]
    if singular:
        return say(name, seconds)
    return one_of(say(f"{name}s", seconds), (0.4, say(name, seconds)))


def _times(values: list[Any]) -> float:
    """``[count, …, unit, …rest]``: the first two numbers multiplied, the rest added."""
    count, unit, *rest = [value for value in values if value is not None]
    return float(count * unit + sum(rest))


_count = one_of(
    (12, _below_1000),
    (1, row(_below_100, "and", say("a half", 0.5), make=_sum)),
    (0.5, row(_below_100, "point", _digits(2), make=_decimal)),
)
_a = one_of(say("a", 1), say("an", 1))
_and_a_half = say("and a half", 0.5)


def _small(*names: str) -> Node:
    """``ten minutes and five seconds``: smaller units after a larger one, largest first."""
    parts: list[Node | tuple[float, Node] | str] = []
    for i, name in enumerate(names):
        one = one_of(
            (9, row(_below_100, _unit(name), make=_times)),
            (1, row(_a, _unit(name, singular=True), make=_times)),
        )
        later = names[i + 1 :]
        parts.append(row(one, maybe(_AND, _small(*later), likelihood=0.2), make=_sum)
                     if later else one)  # fmt: skip
    return one_of(*parts)


def _measured(name: str, *smaller: str, singular: bool = False) -> Node:
    """A unit behind a count, with what may follow: ``hours [and ten minutes]``."""
    unit = _unit(name, singular)
    if not smaller:
        return unit
    return row(unit, maybe(_AND, _small(*smaller), likelihood=0.25),
               make=lambda values: (values[0], values[1] or 0))  # fmt: skip


def _count_and_unit(values: list[Any]) -> float:
    unit, rest = values[1] if isinstance(values[1], tuple) else (values[1], 0)
    return float(values[0] * unit + rest)


_ORDERED = [
    ("second",), ("minute", "second"), ("hour", "minute", "second"), ("day", "hour", "minute"),
    ("week", "day"),
]  # fmt: skip
_measures = Choice([_measured(*names) for names in _ORDERED], (5, 12, 8, 1, 1))
_measure = Choice([_measured(*names, singular=True) for names in _ORDERED], (5, 12, 8, 1, 1))
_hour_with_half = row(
    one_of((3, _a), _ones), _unit("hour"), _and_a_half,
    make=lambda values: float((values[0] + values[2]) * values[1]),
)  # fmt: skip
DURATION = one_of(
    (20, row(_count, _measures, make=_count_and_unit)),
    (4, row(_a, _measure, make=_count_and_unit)),
    (1, _hour_with_half),
    (1, row(say("half", 0.5), _a, Choice([_unit(name) for name in ("hour", "minute", "day")]),
            make=lambda values: values[0] * values[2])),
    (0.5, row(maybe("a"), say("half", 0.5), Choice([_unit("hour"), _unit("minute")]),
              make=lambda values: values[1] * values[2])),
    (0.5, row(one_of(say("a quarter of", 0.25), say("quarter of", 0.25),
                     say("three quarters of", 0.75)), "an hour",
              make=lambda values: values[0] * 3600.0)),
)  # fmt: skip
"""Seconds, float."""

# -- clock times --------------------------------------------------------------------------

_MERIDIEM = one_of(
    (4, say("a m", "am")), (4, say("p m", "pm")),
    (2, say("in the morning", "am")), (0.3, say("this morning", "am")),
    (1, say("in the afternoon", "pm")), (0.3, say("this afternoon", "pm")),
    (1, say("in the evening", "pm")), (0.3, say("this evening", "pm")),
    (1, say("at night", "night")), (0.5, say("tonight", "night")),
    (0, say("am", "am")), (0, say("pm", "pm")),
)  # fmt: skip
_meridiem = maybe(_MERIDIEM, likelihood=0.5)
_hour_12 = Choice([say(word, i + 1) for i, word in enumerate(_ONES + _TEENS[:3])])
_hour_24 = Choice(
    [say(word, 13 + i) for i, word in enumerate(_TEENS[3:])]
    + [say(" ".join(["twenty", *tail]), 20 + i) for i, tail in
       enumerate([[], ["one"], ["two"], ["three"]])]
    + [say("zero", 0)],
    (1.0,) * 11 + (0.3,),
)  # fmt: skip
_named_hour = one_of(
    say("noon", ("pm", 12)), say("midday", ("pm", 12)), say("midnight", ("am", 12))
)
_below_60 = one_of(
    (1, _ones), (4, _teens), (4, row(_counted(_TENS[:4], 20, 10), maybe(_ones), make=_sum))
)
_minutes = one_of(
    (4, _teens),
    (4, row(_counted(_TENS[:4], 20, 10), maybe(_ones), make=_sum)),
    (1, row(one_of("oh", (0.3, say("zero"))), _ones)),
)


def clock_time(hour: int, minute: int, meridiem: str | None) -> dict[str, Any]:
    """The value of a clock time; ``night`` is after noon, from twelve to four before it."""
    if meridiem == "night":
        meridiem = "am" if hour in (12, 1, 2, 3, 4) else "pm"
    return {"hour": hour, "minute": minute, "meridiem": meridiem}


def _plain(values: list[Any]) -> dict[str, Any]:
    return clock_time(values[0], values[1] or 0, values[2])


def _before(hour: int, minutes: int, meridiem: str | None) -> dict[str, Any]:
    """``minutes`` to ``hour``: the half of the day changes at twelve."""
    if hour == 12 and meridiem in ("am", "pm"):
        meridiem = "am" if meridiem == "pm" else "pm"
    return clock_time(12 if hour == 1 else hour - 1, 60 - minutes, meridiem)


def _relative(values: list[Any]) -> dict[str, Any]:
    """``[minutes, past or to, hour, meridiem]``."""
    minutes, direction, hour, meridiem = values
    if isinstance(hour, tuple):
        meridiem, hour = hour
    if direction == "past":
        return clock_time(hour, minutes, meridiem)
    return _before(hour, minutes, meridiem)


_distance = one_of(
    (2, say("a quarter", 15)), (3, say("quarter", 15)),
    (3, row(_below_60, maybe(one_of("minutes", (0.1, say("minute"))), likelihood=0.3))),
)  # fmt: skip
_direction = one_of(
    (4, say("past", "past")), (4, say("to", "to")), (0.5, say("after", "past")),
    (0.3, say("before", "to")), (0.3, say("till", "to")),
)  # fmt: skip
CLOCK = one_of(
    (10, row(_hour_12, maybe(one_of((2, say("o'clock", 0)), (6, _minutes)), likelihood=0.6),
             _meridiem, make=_plain)),
    (1, row(_hour_24, _minutes, make=lambda values: clock_time(values[0], values[1], None))),
    (0.3, row(_hour_24, "hundred", maybe("hours"),
              make=lambda values: clock_time(values[0], 0, None))),
    (0.2, row(_hour_24, "o'clock", make=lambda values: clock_time(values[0], 0, None))),
    (2, row(say("half", 30), say("past", "past"), one_of((9, _hour_12), (1, _named_hour)),
            _meridiem, make=_relative)),
    (3, row(_distance, _direction, one_of((9, _hour_12), (1, _named_hour)), _meridiem,
            make=_relative)),
    (1, row(maybe("twelve", likelihood=0.1), _named_hour,
            make=lambda values: clock_time(12, 0, values[1][0]))),
)  # fmt: skip
"""``{"hour", "minute", "meridiem"}``."""

# -- dates ----------------------------------------------------------------------------------


def _days(values: list[Any]) -> dict[str, int]:
    return {"days": int(_times(values))}


def _years() -> Node:
    """2000 to 2099 as ``twenty twenty six`` or ``two thousand [and] [twenty six]``."""
    return one_of(
        row(say("twenty", 2000), one_of((1, _teens), (3, _tens)), make=_sum),
        row(say("two thousand", 2000), maybe(_AND, _below_100), make=_sum),
    )


def _day_and_month(days: int) -> list[Node | tuple[float, Node] | str]:
    day = Choice([say(word, i + 1) for i, word in enumerate(_ORDINALS[:days])])
    number = one_of(
        (1, Choice([say(word, i + 1) for i, word in enumerate(_ONES + _TEENS)])),
        (1, row(_counted(_TENS[:1], 20, 10), maybe(_ones), make=_sum)),
        *([(0.1, say("thirty", 30))] if days >= 30 else []),
        *([(0.1, say("thirty one", 31))] if days >= 31 else []),
    )
    month = Choice([say(word, value) for word, value in _MONTHS[days].items()])
    year = maybe(_years(), likelihood=0.15)
    weight = float(len(_MONTHS[days]))
    return [
        (3 * weight, row(maybe("the", likelihood=0.7), day, maybe("of", likelihood=0.7), month,
                         year, make=lambda values: _date(values[1], values[3], values[4]))),
        (2 * weight, row(month, maybe("the"), one_of((3, day), (1, number)), year,
                         make=lambda values: _date(values[2], values[0], values[3]))),
        (0, row(number, month, year, make=lambda values: _date(*values))),
    ]  # fmt: skip


def _date(day: int, month: int, year: int | None) -> dict[str, int | None]:
    return {"day": day, "month": month, "year": year}


_weekday = Choice([say(word, {"weekday": i}) for i, word in enumerate(_WEEKDAYS)])
_calendar = one_of(*[option for days in _MONTHS for option in _day_and_month(days)])
_a_few = one_of(
    row(_below_100, one_of(say("days", 1), (0.2, say("day", 1)), (0.4, say("weeks", 7)),
                           (0.1, say("week", 7)))),
    row(_a, one_of(say("day", 1), (2, say("week", 7)))),
)  # fmt: skip
_count_of_days = Choice(
    [Sequence(option.nodes, _days) for option in _a_few.options if isinstance(option, Sequence)]
)
DATE = one_of(
    (4, say("today", {"days": 0})),
    (8, say("tomorrow", {"days": 1})),
    (1, say("the day after tomorrow", {"days": 2})),
    (1, say("yesterday", {"days": -1})),
    (0.3, say("the day before yesterday", {"days": -2})),
    (1, row("in", _count_of_days)),
    (0.3, row(_count_of_days, "from", one_of("today", "now"))),
    (6, row(maybe(one_of((4, say("on")), (2, say("next")), (2, say("this")), "on next"),
                  likelihood=0.6), _weekday)),
    (4, row(maybe("on", likelihood=0.4), _calendar)),
)  # fmt: skip
"""``{"days"}`` from today, ``{"weekday"}`` or ``{"day", "month", "year"}``."""

RULES: dict[str, Node] = {
    "number": NUMBER,
    "percent": PERCENT,
    "duration": DURATION,
    "clock": CLOCK,
    "date": DATE,
}
"""Rules that every sentence file may use as ``{name}`` or ``{name:slot}``."""
