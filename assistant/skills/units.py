"""Unit conversion, by pint."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from assistant.errors import SkillError
from assistant.messages import Message, Tick
from assistant.skills.api import Call, Outcome, Skill, Surroundings
from assistant.skills.arithmetic import spoken_number

NAMES = {
    "degC": ("degree Celsius", "degrees Celsius"),
    "degF": ("degree Fahrenheit", "degrees Fahrenheit"),
    "kelvin": ("kelvin", "kelvin"),
    "foot": ("foot", "feet"),
    "inch": ("inch", "inches"),
    "US_fluid_ounce": ("fluid ounce", "fluid ounces"),
    "metric_ton": ("tonne", "tonnes"),
    "stone": ("stone", "stone"),
    "mile_per_hour": ("mile per hour", "miles per hour"),
    "kilometer_per_hour": ("kilometre per hour", "kilometres per hour"),
    "meter_per_second": ("metre per second", "metres per second"),
    "square_meter": ("square metre", "square metres"),
    "square_foot": ("square foot", "square feet"),
    "square_kilometer": ("square kilometre", "square kilometres"),
    "square_mile": ("square mile", "square miles"),
    "cubic_meter": ("cubic metre", "cubic metres"),
    "century": ("century", "centuries"),
    "nautical_mile": ("nautical mile", "nautical miles"),
}
"""What is not simply the unit's name in pint, with an s for many."""
WARM_AFTER_S = 5.0
DIGITS = 4
"""Significant digits of a result that is not exact."""


class Units(Skill):
    """Convert."""

    name = "units"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._registry: Any = None
        self._lock = threading.Lock()
        self._begun = 0.0
        self._warming = False

    def convert(self, call: Call) -> Outcome:
        """``number`` (1 if not said) of unit ``from`` in unit ``to``."""
        number = call.value("number", 1)
        given, wanted = str(call.value("from")), str(call.value("to"))
        value = self._converted(float(number), given, wanted)
        said, whole = spoken_number(_rounded(value))
        facts = {
            "given": f"{spoken_number(Fraction(str(number)))[0]} {_unit(given, number == 1)}",
            "result": f"{said} {_unit(wanted, said == '1')}",
        }
        close = abs(float(_rounded(value)) - value) <= 1e-9 * max(1.0, abs(value))
        return Outcome(variant="exact" if whole and close else "about", facts=facts)

    def _converted(self, number: float, given: str, wanted: str) -> float:
        import pint

        try:
            return float(self._ready_registry().Quantity(number, given).to(wanted).magnitude)
        except pint.DimensionalityError as error:
            one, other = _unit(given, False), _unit(wanted, False)
            raise SkillError(f"{one.capitalize()} cannot be converted to {other}.") from error
        except (pint.UndefinedUnitError, OverflowError) as error:
            raise SkillError("I cannot convert that.") from error

    def receive(self, message: Message) -> Iterator[Outcome]:
        """Have the registry ready before it is needed, but not while the daemon starts."""
        if isinstance(message, Tick) and not self._warming:
            self._begun = self._begun or message.at
            if message.at - self._begun >= WARM_AFTER_S:
                self._warming = True
                threading.Thread(target=self._ready_registry, daemon=True).start()
        return iter(())

    def _ready_registry(self) -> Any:
        """pint's table of units, read from a text; takes half a second."""
        with self._lock:
            if self._registry is None:
                import pint

                self._registry = pint.UnitRegistry()
            return self._registry


def _unit(unit: str, one: bool) -> str:
    singular = unit.replace("liter", "litre").replace("meter", "metre").replace("_", " ")
    names = NAMES.get(unit, (singular, singular + "s"))
    return names[0 if one else 1]


def _rounded(value: float) -> Fraction:
    """To ``DIGITS`` significant digits, whole numbers left whole."""
    if abs(value) >= 10 ** (DIGITS - 1):
        return Fraction(round(value))
    return Fraction(f"{value:.{DIGITS}g}")
