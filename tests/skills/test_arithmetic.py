"""Sums and units: exact where they can be, rounded honestly where not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SkillError
from assistant.skills.arithmetic import Arithmetic, evaluate, root, spoken_number
from assistant.skills.units import Units


@pytest.mark.parametrize(
    ("slots", "variant", "result"),
    [
        ({"a": 17, "operator": "times", "b": 23}, "exact", "391"),
        ({"a": 0.1, "operator": "plus", "b": 0.2}, "exact", "0.3"),
        ({"a": 7, "operator": "by", "b": 2}, "exact", "3.5"),
        ({"a": 1, "operator": "by", "b": 3}, "about", "0.3333"),
        ({"a": 2, "operator": "by", "b": 3}, "about", "0.6667"),
        ({"a": 5, "operator": "minus", "b": 8}, "exact", "minus 3"),
        ({"a": 2, "operator": "plus", "b": 3, "then": "times", "c": 4}, "exact", "14"),
        ({"a": 10, "operator": "minus", "b": 3, "then": "minus", "c": 2}, "exact", "5"),
        ({"a": 2, "operator": "power", "b": 10}, "exact", "1024"),
        ({"a": 2, "operator": "power", "b": -1}, "exact", "0.5"),
        ({"a": 2, "operator": "power", "b": 0.5}, "about", "1.4142"),
        ({"a": 17, "operator": "modulo", "b": 5}, "exact", "2"),
        ({"a": 10, "operator": "power", "b": 20}, "about", "1 times 10 to the power of 20"),
        ({"a": 1, "operator": "by", "b": 3_000_000}, "about",
         "3.33 times 10 to the power of minus 7"),
    ],
)  # fmt: skip
def test_sums(world: Any, slots: dict[str, object], variant: str, result: str) -> None:
    """As one would do them on paper."""
    outcome = Arithmetic(world.surroundings).calculate(world.call(**slots))
    assert (outcome.variant, outcome.facts["result"]) == (variant, result)


@pytest.mark.parametrize(
    ("slots", "sentence"),
    [
        ({"a": 1, "operator": "by", "b": 0}, "divide by zero"),
        ({"a": 1, "operator": "modulo", "b": 0}, "divide by zero"),
        ({"a": 0, "operator": "power", "b": -1}, "divide by zero"),
        ({"a": -2, "operator": "power", "b": 0.5}, "not a real number"),
        ({"a": 9, "operator": "power", "b": 999_999_999}, "too long"),
        ({"a": 9.5, "operator": "power", "b": 999.5}, "too long"),
    ],
)
def test_what_cannot_be_calculated(world: Any, slots: dict[str, object], sentence: str) -> None:
    """A sentence at once, neither a crash nor an hour's work."""
    with pytest.raises(SkillError, match=sentence):
        Arithmetic(world.surroundings).calculate(world.call(**slots))


def test_percent_roots_and_parts(world: Any) -> None:
    """The other ways to ask."""
    sums = Arithmetic(world.surroundings)
    assert sums.percent_of(world.call(rate=20, whole=80)).facts["result"] == "16"
    assert sums.percent_off(world.call(rate=15, whole=80)).facts["result"] == "68"
    assert sums.part_of(world.call(part="3/4", whole=10)).facts["result"] == "7.5"
    assert sums.root(world.call(a=144, degree="2")).facts["result"] == "12"
    assert sums.root(world.call(a=2, degree="2")).variant == "about"
    assert sums.power(world.call(a=9, degree="3")).facts["result"] == "729"
    with pytest.raises(SkillError, match="no real square root"):
        sums.root(world.call(a=-4, degree="2"))


NUMBERS = st.fractions(min_value=-1000, max_value=1000, max_denominator=1000)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_products_before_sums(a: Fraction, b: Fraction, c: Fraction) -> None:
    """Whatever the order they are said in."""
    assert evaluate([a, b, c], ["plus", "times"]) == a + b * c
    assert evaluate([a, b, c], ["times", "minus"]) == a * b - c
    assert evaluate([a, b, c], ["minus", "minus"]) == a - b - c


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=999), st.integers(2, 4))
def test_roots_of_powers_are_exact(number: Fraction, degree: int) -> None:
    """The square root of a square is what was squared."""
    assert root(number**degree, degree) == number


@given(st.fractions(min_value=-(10**14), max_value=10**14, max_denominator=10**6))
def test_what_is_spoken_is_near(number: Fraction) -> None:
    """Rounded to four places, or exact and said to be so; tiny ones as powers of ten."""
    said, whole = spoken_number(number)
    if "times" in said:
        return
    value = Fraction(said.replace("minus ", "-"))
    assert abs(value - number) <= Fraction(1, 20_000)
    assert whole == (value == number)


@pytest.mark.parametrize(
    ("slots", "variant", "given", "result"),
    [
        ({"number": 10, "from": "mile", "to": "kilometer"}, "about", "10 miles",
         "16.09 kilometres"),
        ({"from": "liter", "to": "cup"}, "about", "1 litre", "4.227 cups"),
        ({"number": 2, "from": "kilogram", "to": "gram"}, "exact", "2 kilograms", "2000 grams"),
        ({"number": 212, "from": "degF", "to": "degC"}, "exact", "212 degrees Fahrenheit",
         "100 degrees Celsius"),
        ({"number": -40, "from": "degC", "to": "degF"}, "exact", "minus 40 degrees Celsius",
         "minus 40 degrees Fahrenheit"),
        ({"number": 12, "from": "inch", "to": "foot"}, "exact", "12 inches", "1 foot"),
        ({"number": 1, "from": "hour", "to": "minute"}, "exact", "1 hour", "60 minutes"),
        ({"number": 1, "from": "mile", "to": "meter"}, "about", "1 mile", "1609 metres"),
        ({"number": 100, "from": "kilometer_per_hour", "to": "mile_per_hour"}, "about",
         "100 kilometres per hour", "62.14 miles per hour"),
    ],
)  # fmt: skip
def test_units(world: Any, slots: dict[str, object], variant: str, given: str, result: str) -> None:
    """Right, in the right number, and said to be rounded only where it is."""
    outcome = Units(world.surroundings).convert(world.call(**slots))
    assert (outcome.variant, outcome.facts["given"], outcome.facts["result"]) == (
        variant, given, result,
    )  # fmt: skip


def test_units_that_do_not_fit(world: Any) -> None:
    """Litres are no kilometres."""
    with pytest.raises(SkillError, match="Litres cannot be converted to kilometres"):
        Units(world.surroundings).convert(world.call(**{"from": "liter", "to": "kilometer"}))
