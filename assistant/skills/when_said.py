"""From what was said about a time to the alarm that is meant."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Any

import msgspec

from assistant.errors import SkillError
from assistant.skills.agenda import Entry
from assistant.skills.api import Call
from assistant.skills.wall_time import day_of, instants, likely_time, next_instant, times_of

DAY_BEGINS = {"alarm": 5, "reminder": 7}
"""On a named day, "at six" is the first six o'clock from this hour on."""
REMIND_AT = {"hour": 9, "minute": 0, "meridiem": "am"}
"""A reminder for a day without a time."""
FURTHEST_S = 10 * 366 * 86_400.0


def entry_said(call: Call, blank: Entry, now: float, zone: tzinfo) -> Entry:
    """``blank`` with its time filled in.

    Slots: ``duration`` ("in ten minutes"); or ``clock``, with ``date`` and ``part`` (``am`` or
    ``pm``), or with ``repeat`` and ``repeat_too`` (digits of weekdays, Monday is 0).

    Raises:
        SkillError: the time is past, too far away, or on a day that does not exist.
    """
    if "duration" in call.slots:
        entry = msgspec.structs.replace(blank, due=now + float(call.value("duration")))
    elif weekdays := weekdays_said(call):
        at = likely_time(clock_said(call), DAY_BEGINS[blank.kind])
        repeating = msgspec.structs.replace(
            blank, at=f"{at:%H:%M}", weekdays=tuple(sorted(weekdays))
        )
        entry = repeating.following(now, zone)
    elif "date" in call.slots:
        entry = _at_instant(blank, _on_day(call, DAY_BEGINS[blank.kind], now, zone), zone)
    else:
        due = min(next_instant(now, at, zone) for at in times_of(clock_said(call)))
        entry = _at_instant(blank, due, zone)
    if entry.due - now > FURTHEST_S:
        raise SkillError("That is more than ten years away.")
    return entry


def fits(entry: Entry, call: Call, now: float, zone: tzinfo) -> bool:
    """Whether ``clock``, ``date`` and ``repeat``, as far as they were said, mean ``entry``."""
    when = datetime.fromtimestamp(entry.due, zone)
    at = time.fromisoformat(entry.at) if entry.at else time(when.hour, when.minute)
    if "clock" in call.slots and at not in times_of(clock_said(call)):
        return False
    if weekdays := weekdays_said(call):
        return weekdays == frozenset(entry.weekdays)
    today = datetime.fromtimestamp(now, zone).date()
    return "date" not in call.slots or when.date() == day_of(call.value("date"), today)


def weekdays_said(call: Call) -> frozenset[int]:
    """The days of ``repeat`` and ``repeat_too``."""
    digits = f"{call.value('repeat', '')}{call.value('repeat_too', '')}"
    return frozenset(int(digit) for digit in digits)


def clock_said(call: Call) -> dict[str, Any]:
    """``clock`` with the half of the day that ``part`` names."""
    clock: dict[str, Any] = dict(call.value("clock", REMIND_AT))
    if "part" in call.slots and not clock.get("meridiem"):
        clock["meridiem"] = call.value("part")
    return clock


def _on_day(call: Call, day_begins: int, now: float, zone: tzinfo) -> float:
    """The likely time on the day that was named, or the other half of that day."""
    day_slot, clock = call.value("date"), clock_said(call)
    try:
        day = day_of(day_slot, datetime.fromtimestamp(now, zone).date())
    except ValueError as error:
        raise SkillError("There is no such day.") from error
    for days in (0, 7) if "weekday" in day_slot else (0,):
        for at in (likely_time(clock, day_begins), *times_of(clock)):
            for due in instants(day + timedelta(days=days), at, zone):
                if due > now:
                    return due
    raise SkillError("That time is past.")


def _at_instant(entry: Entry, due: float, zone: tzinfo) -> Entry:
    when = datetime.fromtimestamp(due, zone)
    return msgspec.structs.replace(
        entry,
        due=due,
        at=f"{when:%H:%M}",
        day=when.date().isoformat(),
        second=bool(when.fold),
    )
