"""Local times across daylight saving: tables of known switches, and properties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.skills.wall_time import (
    day_of,
    instants,
    likely_time,
    local_zone,
    next_instant,
    times_of,
)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


def utc(zone: str, *when: int, fold: int = 0) -> float:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).timestamp()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("zone", "day", "at", "shown"),
    [
        ("Europe/Berlin", (2026, 3, 29), (2, 30), ["03:30 +0200"]),
        ("Europe/Berlin", (2026, 3, 29), (3, 0), ["03:00 +0200"]),
        ("Europe/Berlin", (2026, 10, 25), (2, 30), ["02:30 +0200", "02:30 +0100"]),
        ("Europe/Berlin", (2026, 10, 25), (7, 0), ["07:00 +0100"]),
        ("America/New_York", (2026, 3, 8), (2, 15), ["03:15 -0400"]),
        ("America/New_York", (2026, 11, 1), (1, 30), ["01:30 -0400", "01:30 -0500"]),
        ("Australia/Lord_Howe", (2026, 10, 4), (2, 15), ["02:45 +1100"]),
        ("Australia/Lord_Howe", (2026, 4, 5), (1, 45), ["01:45 +1100", "01:45 +1030"]),
        ("Asia/Kolkata", (2026, 3, 29), (2, 30), ["02:30 +0530"]),
    ],
)
def test_times_at_the_switches(
    zone: str, day: tuple[int, int, int], at: tuple[int, int], shown: list[str]
) -> None:
    """Skipped times move on by the gap; times that come twice are two instants."""
    found = instants(date(*day), time(*at), ZoneInfo(zone))
    assert [f"{datetime.fromtimestamp(i, ZoneInfo(zone)):%H:%M %z}" for i in found] == shown


@pytest.mark.parametrize(
    ("zone", "after", "at", "expected"),
    [
        # seven in the morning stays seven, though the day has 23 or 25 hours
        ("Europe/Berlin", (2026, 3, 28, 7, 0), (7, 0), (2026, 3, 29, 7, 0)),
        ("Europe/Berlin", (2026, 10, 24, 7, 0), (7, 0), (2026, 10, 25, 7, 0)),
        ("America/New_York", (2026, 3, 7, 23, 0), (6, 30), (2026, 3, 8, 6, 30)),
        ("America/New_York", (2026, 10, 31, 23, 0), (6, 30), (2026, 11, 1, 6, 30)),
        ("Australia/Lord_Howe", (2026, 4, 4, 12, 0), (6, 0), (2026, 4, 5, 6, 0)),
        ("Australia/Lord_Howe", (2026, 10, 3, 12, 0), (6, 0), (2026, 10, 4, 6, 0)),
    ],
)
def test_the_next_morning_after_a_switch(
    zone: str, after: tuple[int, ...], at: tuple[int, int], expected: tuple[int, ...]
) -> None:
    """Alarms follow the clock on the wall."""
    assert next_instant(utc(zone, *after), time(*at), ZoneInfo(zone)) == utc(zone, *expected)


def test_an_hour_that_comes_twice() -> None:
    """Repeating alarms ring at its first coming only; "at half past two" may mean the second."""
    zone = ZoneInfo("Europe/Berlin")
    between = utc("Europe/Berlin", 2026, 10, 25, 2, 40)
    at = time(2, 30)
    assert next_instant(between, at, zone) == utc("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1)
    assert next_instant(between, at, zone, twice=False) == utc("Europe/Berlin", 2026, 10, 26, 2, 30)


@given(
    st.sampled_from(ZONES),
    st.integers(1_700_000_000, 1_900_000_000),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
)
def test_next_is_in_the_future_at_the_right_time(
    name: str, after: int, at: time, weekdays: frozenset[int]
) -> None:
    """Later than now, on an allowed day, showing the time meant (or moved by a gap)."""
    zone = ZoneInfo(name)
    found = next_instant(after, at, zone, weekdays)
    shown = datetime.fromtimestamp(found, zone)
    assert after < found <= after + 9 * 86_400
    exists = datetime.fromtimestamp(found, zone).replace(tzinfo=None).time() == at
    gap = datetime.combine(shown.date(), at, zone)
    assert exists or gap.utcoffset() != gap.replace(fold=1).utcoffset()
    assert shown.weekday() in weekdays


@given(st.sampled_from(ZONES), st.integers(1_700_000_000, 1_900_000_000))
def test_nothing_is_skipped(name: str, after: int) -> None:
    """A daily time comes again within 25 hours (half an hour more where it is moved)."""
    zone = ZoneInfo(name)
    found = next_instant(after, time(2, 15), zone, twice=False)
    assert found - after <= 26 * 3600


def test_am_and_pm() -> None:
    """An hour without its half means both; noon and midnight are what they are called."""
    assert times_of({"hour": 7, "minute": 30, "meridiem": None}) == [time(7, 30), time(19, 30)]
    assert times_of({"hour": 12, "minute": 0, "meridiem": "am"}) == [time(0)]
    assert times_of({"hour": 12, "minute": 0, "meridiem": "pm"}) == [time(12)]
    assert times_of({"hour": 12, "minute": 5, "meridiem": None}) == [time(0, 5), time(12, 5)]
    assert times_of({"hour": 19, "minute": 0, "meridiem": None}) == [time(19)]
    assert likely_time({"hour": 6, "minute": 0, "meridiem": None}, 5) == time(6)
    assert likely_time({"hour": 3, "minute": 0, "meridiem": None}, 7) == time(15)
    assert likely_time({"hour": 3, "minute": 0, "meridiem": "am"}, 7) == time(3)


def test_days_meant() -> None:
    """From today on; February 29th in the next leap year; no 31st of June."""
    today = date(2026, 5, 6)
    assert day_of({"days": 3}, today) == date(2026, 5, 9)
    assert day_of({"weekday": 2}, today) == today
    assert day_of({"weekday": 1}, today) == date(2026, 5, 12)
    assert day_of({"day": 5, "month": 5, "year": None}, today) == date(2027, 5, 5)
    assert day_of({"day": 29, "month": 2, "year": None}, today) == date(2028, 2, 29)
    with pytest.raises(ValueError, match="day"):
        day_of({"day": 31, "month": 6, "year": None}, today)


def test_the_zone_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time with nothing but today's offset still gets rules for daylight saving."""
    monkeypatch.setenv("TZ", "America/New_York")
    now = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5)))
    summer = datetime(2026, 7, 1, tzinfo=local_zone(now))
    assert summer.utcoffset() == timedelta(hours=-4)
    berlin = ZoneInfo("Europe/Berlin")
    assert local_zone(datetime(2026, 1, 1, tzinfo=berlin)) is berlin
