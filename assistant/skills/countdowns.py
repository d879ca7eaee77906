"""Timers as values: what there is to count down, and how the user means one of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from assistant.errors import SkillError
from assistant.skills import spoken

MOST_TIMERS = 100
_FILLERS = frozenset(("the", "my", "a", "an", "timer"))
LONGEST_S = 366 * 86_400.0


class Countdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One timer. Kept on disk, so all it says holds across a restart."""

    number: int
    name: str
    length_s: float
    due: float
    """Seconds since the epoch at which it ends, while it runs."""
    left_s: float | None = None
    """What is left, while it is paused."""

    @property
    def paused(self) -> bool:
        """True while it does not run."""
        return self.left_s is not None

    @property
    def title(self) -> str:
        """ "pizza timer", "5 minute timer"."""
        return f"{self.name or spoken.length_before_noun(self.length_s)} timer"

    def left_at(self, now: float) -> float:
        """Seconds left at ``now`` (since the epoch); 0 for one that rings."""
        return self.left_s if self.left_s is not None else max(0.0, self.due - now)

    def pause(self, now: float) -> Countdown:
        """It, stopped at ``now``."""
        return msgspec.structs.replace(self, left_s=self.left_at(now))

    def resume(self, now: float) -> Countdown:
        """It, running again from ``now``."""
        return msgspec.structs.replace(self, due=now + self.left_at(now), left_s=None)

    def change(self, seconds: float, now: float) -> Countdown:
        """It, longer or (negative) shorter; at ``now`` for one that rings already."""
        left = self.left_at(now) + seconds
        if self.paused:
            return msgspec.structs.replace(self, left_s=left)
        return msgspec.structs.replace(self, due=now + left)


def plain_name(words: str) -> str:
    """``the Pizza timer`` and ``pizza`` are the same name."""
    return " ".join(word for word in words.lower().split() if word not in _FILLERS)


def meant(
    timers: Sequence[Countdown], name: str, length_s: float | None, now: float
) -> list[Countdown]:
    """Those that ``name`` or ``length_s`` (either may be missing) can mean, soonest first."""
    found = sorted(timers, key=lambda timer: timer.left_at(now))
    if name:
        same = [timer for timer in found if timer.name == name]
        found = same or [timer for timer in found if set(name.split()) & set(timer.name.split())]
    if length_s is not None:
        found = [timer for timer in found if abs(timer.length_s - length_s) < 0.5]
    return found


def the_one(
    timers: Sequence[Countdown], name: str, length_s: float | None, now: float
) -> Countdown:
    """The timer that is meant.

    Raises:
        SkillError: there is none such, or several and nothing was said to tell them apart.
    """
    found = meant(timers, name, length_s, now)
    if not found:
        raise SkillError(_missing(name, length_s))
    if len(found) > 1 and not name and length_s is None:
        titles = spoken.joined([f"the {timer.title}" for timer in found], "or")
        raise SkillError(f"Which one: {titles}?")
    return found[0]


def _missing(name: str, length_s: float | None) -> str:
    if name:
        return f"There is no timer called {name}."
    if length_s is not None:
        return f"There is no {spoken.length_before_noun(length_s)} timer."
    return "There is no timer."


def described(timer: Countdown, now: float) -> str:
    """ "4 minutes left on the pizza timer"."""
    if timer.left_at(now) <= 0:
        return f"the {timer.title} is done"
    left = spoken.rough_length(timer.left_at(now))
    state = ", which is paused" if timer.paused else ""
    return f"{left} left on the {timer.title}{state}"


def checked_length(seconds: float) -> float:
    """``seconds`` if a timer can last so long.

    Raises:
        SkillError: under a second or over a year.
    """
    if not 1 <= seconds <= LONGEST_S:
        raise SkillError("A timer can last from one second to a year.")
    return seconds
