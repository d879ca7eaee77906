"""Protects the rules: what is said for numbers, lengths, times and dates means what it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from assistant.grammar import EPSILON, WordGraph
from assistant.understanding.document import Place
from assistant.understanding.expression import NOTHING, Slot, read
from assistant.understanding.graph import word_graph
from assistant.understanding.rules import RULES
from assistant.understanding.sentences import Intent, Template
from assistant.understanding.spoken import words_of

NOWHERE = Place("", 0, 0)
Walk = Callable[[WordGraph, int], list[str]]
Check = Callable[[WordGraph], None]


def values(rule: str, text: str) -> list[Any]:
    """Every value that the whole of ``text`` has by ``rule``."""
    words = words_of(text)
    readings = read(RULES[rule], words.keys, 0, {})
    return [reading.value for reading in readings if reading.end == len(words.keys)]


def graph_of(rule: str) -> WordGraph:
    """The graph of what can be said for ``rule``."""
    node = Slot(rule, RULES[rule])
    template = Template(f"{{{rule}}}", node, Intent(rule, "test", NOWHERE), NOWHERE)
    return word_graph([template], NOTHING, NOTHING)


GRAPHS = {rule: graph_of(rule) for rule in RULES}


def at(hour: int, minute: int, meridiem: str | None = None) -> dict[str, Any]:
    """A clock time's value."""
    return {"hour": hour, "minute": minute, "meridiem": meridiem}


def on(day: int, month: int, year: int | None = None) -> dict[str, Any]:
    """A calendar day's value."""
    return {"day": day, "month": month, "year": year}


TABLE = [
    ("number", "seven", 7),
    ("number", "twenty five", 25),
    ("number", "zero", 0),
    ("number", "a hundred and one", 101),
    ("number", "two hundred thousand and six", 200006),
    ("number", "fifteen hundred", 1500),
    ("number", "three million", 3_000_000),
    ("number", "minus five point two", -5.2),
    ("number", "three point one four", 3.14),
    ("number", "two point oh five", 2.05),
    ("number", "two and a half", 2.5),
    ("number", "a dozen", 12),
    ("number", "3.5", 3.5),
    ("number", "-7", -7),
    ("number", "1,234,567", 1234567),
    ("percent", "fifty percent", 50),
    ("percent", "a hundred per cent", 100),
    ("percent", "fifty", 50),
    ("percent", "50%", 50),
    ("percent", "half", 50),
    ("duration", "twenty five minutes", 1500.0),
    ("duration", "one and a half hours", 5400.0),
    ("duration", "an hour and ten minutes", 4200.0),
    ("duration", "an hour and a half", 5400.0),
    ("duration", "half an hour", 1800.0),
    ("duration", "a quarter of an hour", 900.0),
    ("duration", "ninety seconds", 90.0),
    ("duration", "two hours five minutes and three seconds", 7503.0),
    ("duration", "two point five hours", 9000.0),
    ("duration", "three days", 259200.0),
    ("duration", "5 minutes", 300.0),
    ("duration", "1 hour 10 minutes", 4200.0),
    ("clock", "half past six", at(6, 30)),
    ("clock", "seven thirty p m", at(7, 30, "pm")),
    ("clock", "seven oh five a m", at(7, 5, "am")),
    ("clock", "a quarter to nine in the evening", at(8, 45, "pm")),
    ("clock", "quarter past twelve at night", at(12, 15, "am")),
    ("clock", "a quarter to one in the afternoon", at(12, 45, "pm")),
    ("clock", "ten to twelve p m", at(11, 50, "am")),
    ("clock", "twenty minutes to four", at(3, 40)),
    ("clock", "ten to midnight", at(11, 50, "pm")),
    ("clock", "six o'clock", at(6, 0)),
    ("clock", "noon", at(12, 0, "pm")),
    ("clock", "midnight", at(12, 0, "am")),
    ("clock", "nineteen thirty", at(19, 30)),
    ("clock", "eighteen hundred", at(18, 0)),
    ("clock", "7:30 pm", at(7, 30, "pm")),
    ("clock", "7pm", at(7, 0, "pm")),
    ("clock", "7:05 a.m.", at(7, 5, "am")),
    ("clock", "19:30", at(19, 30)),
    ("clock", "20:00", at(20, 0)),
    ("date", "today", {"days": 0}),
    ("date", "tomorrow", {"days": 1}),
    ("date", "the day after tomorrow", {"days": 2}),
    ("date", "in three days", {"days": 3}),
    ("date", "in two weeks", {"days": 14}),
    ("date", "a week from today", {"days": 7}),
    ("date", "friday", {"weekday": 4}),
    ("date", "on next friday", {"weekday": 4}),
    ("date", "the third of may", on(3, 5)),
    ("date", "may the third", on(3, 5)),
    ("date", "december twenty fifth twenty twenty six", on(25, 12, 2026)),
    ("date", "the first of january two thousand and thirty", on(1, 1, 2030)),
    ("date", "May 3rd, 2026", on(3, 5, 2026)),
    ("date", "3 May", on(3, 5)),
]


@pytest.mark.parametrize(("rule", "text", "value"), TABLE, ids=[row[1] for row in TABLE])
def test_what_is_said_has_one_value(rule: str, text: str, value: Any) -> None:
    """The table of what people say and what skills are given."""
    assert values(rule, text) == [pytest.approx(value) if isinstance(value, float) else value]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("number", "hundred"),
        ("number", "twenty fifteen"),
        ("number", "point"),
        ("percent", "two hundred percent"),
        ("duration", "ten"),
        ("duration", "minutes"),
        ("clock", "twenty five"),
        ("clock", "half past thirteen"),
        ("date", "thirtieth of february"),
        ("date", "the thirty first of april"),
    ],
)
def test_what_nobody_means_has_no_value(rule: str, text: str) -> None:
    """A rule that takes anything would put wrong values into commands."""
    assert values(rule, text) == []


@given(st.integers(min_value=-999_999_999, max_value=999_999_999))
@settings(max_examples=300, deadline=None)
def test_numbers_as_num2words_spells_them(number: int) -> None:
    """An independent speller agrees, and what it says can be said."""
    text = str(num2words(number)).replace("-", " ").replace(",", "")
    assert values("number", text) == [number]
    assert said_by(GRAPHS["number"], text.split())


@given(st.integers(min_value=-99_999, max_value=99_999), st.integers(min_value=0, max_value=999))
@settings(max_examples=100, deadline=None)
def test_decimals_typed_in_figures(whole: int, fraction: int) -> None:
    """Typed figures take the same way as spoken ones."""
    text = f"{whole}.{fraction}"
    assert values("number", text) == [pytest.approx(float(text))]


@given(st.integers(0, 23), st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_typed_clock_times(hour: int, minute: int) -> None:
    """Every time of the day can be typed with a colon."""
    assert values("clock", f"{hour}:{minute:02d}") == [at(hour, minute)]


@pytest.mark.parametrize("rule", RULES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_all_that_the_graph_says_has_a_value(walk: Walk, rule: str, seed: int) -> None:
    """What recognition may find, understanding can read."""
    words = walk(GRAPHS[rule], seed)
    assert values(rule, " ".join(words)), words


@pytest.mark.parametrize("rule", RULES)
def test_words_are_those_of_the_recogniser(check_graph: Check, rule: str) -> None:
    """Only a-z and the apostrophe, and costs that are probabilities at each state."""
    check_graph(GRAPHS[rule])


def said_by(graph: WordGraph, words: list[str]) -> bool:
    """Whether some path has exactly ``words``."""
    reached: list[set[int]] = [set() for _ in range(graph.states)]
    reached[0].add(0)
    for arc in graph.arcs:
        for place in reached[arc.source]:
            if arc.word == EPSILON:
                reached[arc.target].add(place)
            elif place < len(words) and words[place] == arc.word:
                reached[arc.target].add(place + 1)
    return any(len(words) in reached[state] for state in graph.finals)
