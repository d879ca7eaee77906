"""Sums, exact as long as they can be: rational numbers, rounded only to be spoken."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from assistant.errors import SkillError
from assistant.skills.api import Call, Outcome, Skill

PLACES = 4
"""Decimals that are spoken."""
LONGEST_DIGITS = 15
"""Longer numbers are spoken as powers of ten."""
MOST_BITS = 20_000
ZERO = Fraction(0)


class Arithmetic(Skill):
    """Calculate."""

    name = "arithmetic"

    def calculate(self, call: Call) -> Outcome:
        """``a`` ``operator`` ``b``, and perhaps ``then`` ``c``; products before sums."""
        numbers = [exact(call.value(name)) for name in ("a", "b", "c") if name in call.slots]
        operators = [str(call.value(name)) for name in ("operator", "then") if name in call.slots]
        return _told(evaluate(numbers, operators))

    def percent_of(self, call: Call) -> Outcome:
        """``rate`` percent of ``whole``."""
        return _told(exact(call.value("whole")) * exact(call.value("rate")) / 100)

    def percent_off(self, call: Call) -> Outcome:
        """``whole`` less ``rate`` percent."""
        return _told(exact(call.value("whole")) * (100 - exact(call.value("rate"))) / 100)

    def part_of(self, call: Call) -> Outcome:
        """``part`` (``1/2``, ``2``: half of, twice) of ``whole``."""
        return _told(Fraction(str(call.value("part"))) * exact(call.value("whole")))

    def root(self, call: Call) -> Outcome:
        """The ``degree``-th root of ``a``."""
        return _told(root(exact(call.value("a")), int(call.value("degree"))))

    def power(self, call: Call) -> Outcome:
        """``a`` to the ``degree``."""
        return _told(power(exact(call.value("a")), Fraction(int(call.value("degree")))))


def exact(number: int | float) -> Fraction:
    """The number as it was said: 0.1 is a tenth."""
    return Fraction(str(number))


def divide(one: Fraction, other: Fraction) -> Fraction:
    """Raises ``SkillError`` for a division by zero."""
    if other == 0:
        raise SkillError("I cannot divide by zero.")
    return one / other


def remainder(one: Fraction, other: Fraction) -> Fraction:
    """Raises ``SkillError`` for a division by zero."""
    return one - other * math.floor(divide(one, other))


def power(one: Fraction, other: Fraction) -> Fraction:
    """Exact for whole exponents, rounded to double precision for others.

    Raises:
        SkillError: not a real number, or too long to say.
    """
    if other.denominator == 1:
        return _whole_power(one, other.numerator)
    if one < 0:
        raise SkillError("That is not a real number.")
    try:
        return Fraction(float(one) ** float(other)) if one else ZERO
    except OverflowError as error:
        raise SkillError("That number is too long for me.") from error


def _whole_power(one: Fraction, exponent: int) -> Fraction:
    if one == 0 and exponent < 0:
        raise SkillError("I cannot divide by zero.")
    bits = max(one.numerator.bit_length(), one.denominator.bit_length())
    if bits * abs(exponent) > MOST_BITS and abs(one) not in (0, 1):
        raise SkillError("That number is too long for me.")
    return one ** (exponent % 2 if abs(one) == 1 else exponent)


def root(number: Fraction, degree: int) -> Fraction:
    """Exact where it is rational, else rounded to double precision.

    Raises:
        SkillError: an even root of a negative number.
    """
    if number < 0 and degree % 2 == 0:
        raise SkillError("A negative number has no real square root.")
    size = Fraction(_whole_root(abs(number).numerator, degree)) / _whole_root(
        number.denominator, degree
    )
    if size**degree != abs(number):
        size = Fraction(math.exp(math.log(abs(number)) / degree))
    return -size if number < 0 else size


def _whole_root(number: int, degree: int) -> int:
    """The whole number nearest to the root."""
    guess = round(number ** (1 / degree)) if number.bit_length() < 900 else 1
    return max(guess, 1) if number else 0


OPERATORS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "plus": lambda one, other: one + other,
    "minus": lambda one, other: one - other,
    "times": lambda one, other: one * other,
    "by": divide,
    "modulo": remainder,
    "power": power,
}
_RANK = {"plus": 0, "minus": 0, "times": 1, "by": 1, "modulo": 1, "power": 2}


def evaluate(numbers: list[Fraction], operators: list[str]) -> Fraction:
    """``numbers`` joined by ``operators``: powers before products before sums."""
    numbers, operators = list(numbers), list(operators)
    while operators:
        at = max(range(len(operators)), key=lambda i: (_RANK[operators[i]], -i))
        result = OPERATORS[operators.pop(at)](numbers[at], numbers.pop(at + 1))
        numbers[at] = result
    return numbers[0]


def spoken_number(number: Fraction) -> tuple[str, bool]:
    """How ``number`` is said, and whether that is all of it (no rounding)."""
    sign = "minus " if number < 0 else ""
    size = abs(number)
    if size >= 10**LONGEST_DIGITS:
        return sign + _scientific(size), False
    if size and size < Fraction(1, 10**PLACES):
        return sign + _scientific(size), False
    rounded = Fraction(round(size * 10**PLACES), 10**PLACES)
    whole, rest = divmod(rounded, 1)
    decimals = f"{round(rest * 10**PLACES):0{PLACES}d}".rstrip("0")
    return sign + (f"{whole}.{decimals}" if decimals else str(whole)), rounded == size


def _scientific(size: Fraction) -> str:
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    exponent -= size < Fraction(10) ** exponent
    mantissa = f"{float(size / Fraction(10) ** exponent):.2f}".rstrip("0").rstrip(".")
    power_said = f"minus {-exponent}" if exponent < 0 else str(exponent)
    return f"{mantissa} times 10 to the power of {power_said}"


def _told(number: Fraction) -> Outcome:
    result, whole = spoken_number(number)
    return Outcome(variant="exact" if whole else "about", facts={"result": result})
