"""Alarms and reminders as values: when each is due, and when again."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Literal

import msgspec

from assistant.skills import spoken
from assistant.skills.wall_time import instants, next_instant

MOST_ENTRIES = 200


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One alarm or reminder. Kept on disk.

    The time on the wall is what was meant, ``due`` what follows from it in the zone of the
    moment: a move to another zone, or a new rule for daylight saving, changes only ``due``.
    """

    number: int
    kind: Literal["alarm", "reminder"]
    text: str
    """What to remind of, or the alarm's name."""
    due: float
    """Seconds since the epoch."""
    at: str = ""
    """``HH:MM`` on the wall; empty: ``due`` was meant itself ("in ten minutes")."""
    day: str = ""
    """``YYYY-MM-DD``; empty for those that repeat."""
    weekdays: tuple[int, ...] = ()
    """Days on which it repeats, Monday is 0; empty: once."""
    second: bool = False
    """Of an hour that comes twice, the second is meant."""
    rung: float = 0.0
    """``due`` of the last time it rang, if it repeats."""

    @property
    def repeats(self) -> bool:
        """True for one that comes again."""
        return bool(self.weekdays)

    def describe(self, zone: tzinfo, now: float) -> str:
        """ "7 am tomorrow", "7 am on weekdays"."""
        when = datetime.fromtimestamp(self.due, zone)
        if not self.repeats:
            return spoken.moment(when, datetime.fromtimestamp(now, zone))
        times = f"{spoken.clock(time.fromisoformat(self.at))} "
        return times + spoken.repetition(frozenset(self.weekdays))

    def following(self, now: float, zone: tzinfo) -> Entry:
        """A repeating one, due next after ``now``; never again for the time it rang last.

        The clock may have been set back past that time since.
        """
        at, days = time.fromisoformat(self.at), frozenset(self.weekdays)
        due = next_instant(now, at, zone, days, twice=False)
        if due == self.rung:
            due = next_instant(due, at, zone, days, twice=False)
        return msgspec.structs.replace(self, due=due)

    def settled(self, now: float, zone: tzinfo) -> Entry:
        """It, with ``due`` made anew for ``zone``."""
        if self.repeats:
            return self.following(now, zone)
        if not self.at:
            return self
        found = instants(date.fromisoformat(self.day), time.fromisoformat(self.at), zone)
        return msgspec.structs.replace(self, due=found[-1 if self.second else 0])

    def after_ringing(self, now: float, zone: tzinfo) -> Entry | None:
        """What is left of it once it has rung: nothing, or its next time."""
        if not self.repeats:
            return None
        rung = msgspec.structs.replace(self, rung=self.due)
        return rung.following(max(now, self.due), zone)


def sentence(entry: Entry, zone: tzinfo) -> str:
    """What is said when it rings."""
    if entry.kind == "reminder":
        return f"Reminder: {entry.text}."
    at = spoken.clock(datetime.fromtimestamp(entry.due, zone))
    return f"It is {at}: {entry.text}." if entry.text else f"It is {at}. This is your alarm."


def missed(entry: Entry, zone: tzinfo, now: float) -> str:
    """What is said of one that fell due while nobody could ring it."""
    when = spoken.moment(datetime.fromtimestamp(entry.due, zone), datetime.fromtimestamp(now, zone))
    if entry.kind == "reminder":
        return f"At {when} I was to remind you: {entry.text}."
    name = f", {entry.text}" if entry.text else ""
    return f"You missed the alarm of {when}{name}."
