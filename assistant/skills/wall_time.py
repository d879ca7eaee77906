"""Wall-clock times: local zone, next occurrences, right across daylight saving.

A local time that does not exist (the clock skips it in spring) is read with the offset
from before the gap, as RFC 5545 does: 2:30 becomes 3:30. One that comes twice (autumn)
means the first, or the second if the first is past already.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")
EVERY_DAY = frozenset(range(7))
SEARCH_DAYS = 8
"""Every repetition comes round within a week; the eighth day is today's weekday again."""


def local_zone(now: datetime) -> tzinfo:
    """The zone with its daylight saving rules.

    ``now`` may carry only today's offset (``datetime.astimezone`` gives no more); then the
    rules are the system's.
    """
    if isinstance(now.tzinfo, ZoneInfo):
        return now.tzinfo
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name:
            return ZoneInfo(name)
        with LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return now.tzinfo or UTC


def instants(day: date, at: time, zone: tzinfo) -> list[float]:
    """Seconds since the epoch at which clocks in ``zone`` show ``at`` on ``day``, in order.

    One, two where the hour comes twice, and one (moved by the gap) where it is skipped.
    """
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=zone, fold=0).timestamp()
    second = local.replace(tzinfo=zone, fold=1).timestamp()
    return [first, second] if second > first else [first]


def next_instant(
    after: float,
    at: time,
    zone: tzinfo,
    weekdays: frozenset[int] = EVERY_DAY,
    *,
    twice: bool = True,
) -> float:
    """The first instant past ``after`` (seconds since the epoch) at which it is ``at``.

    Args:
        weekdays: Monday is 0.
        twice: also the second of an hour that comes twice; a repeating alarm wants the first.
    """
    today = datetime.fromtimestamp(after, zone).date()
    for days in range(-1, SEARCH_DAYS + 1):
        day = today + timedelta(days=days)
        if day.weekday() not in weekdays:
            continue
        found = instants(day, at, zone)
        for instant in found if twice else found[:1]:
            if instant > after:
                return instant
    raise ValueError("weekdays is empty")


def hours_of(clock: dict[str, Any]) -> list[int]:
    """The hours of the day that ``clock`` (see ``Slot``) can mean."""
    hour, meridiem = int(clock["hour"]), clock.get("meridiem")
    if meridiem:
        return [hour % 12 + (12 if meridiem == "pm" else 0)] if hour <= 12 else [hour]
    return [hour % 12, hour % 12 + 12] if 1 <= hour <= 12 else [hour]


def times_of(clock: dict[str, Any]) -> list[time]:
    """The times of day that ``clock`` can mean: two where am or pm was not said."""
    return [time(hour % 24, int(clock.get("minute") or 0)) for hour in hours_of(clock)]


def likely_time(clock: dict[str, Any], day_begins: int) -> time:
    """The one time meant on a named day: the first from ``day_begins`` o'clock on."""
    times = times_of(clock)
    return next((at for at in times if at.hour >= day_begins), times[-1])


def day_of(spoken: dict[str, Any], today: date) -> date:
    """The day that a ``date`` slot means, today or later where no year was said.

    Raises:
        ValueError: there is no such day.
    """
    if "days" in spoken:
        return today + timedelta(days=int(spoken["days"]))
    if "weekday" in spoken:
        return today + timedelta(days=(int(spoken["weekday"]) - today.weekday()) % 7)
    return _calendar_day(spoken, today)


def _calendar_day(spoken: dict[str, Any], today: date) -> date:
    month, day = int(spoken["month"]), int(spoken["day"])
    if spoken.get("year"):
        return date(int(spoken["year"]), month, day)
    for found in _in_coming_years(month, day, today):
        if found >= today:
            return found
    raise ValueError("there is no such day")


def _in_coming_years(month: int, day: int, today: date) -> Iterator[date]:
    """The day in this and the next years; February 29th is up to eight years away."""
    for year in range(today.year, today.year + 9):
        try:
            yield date(year, month, day)
        except ValueError:
            continue
