"""What time it is, here and elsewhere, and what day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.errors import SkillError
from assistant.skills import spoken
from assistant.skills.api import Call, Outcome, Skill
from assistant.skills.wall_time import day_of, local_zone


class Clock(Skill):
    """Time, date, weekday, week."""

    name = "clock"

    def time(self, call: Call) -> Outcome:
        """The time here."""
        return Outcome(facts={"time": spoken.clock(self._now())})

    def time_in(self, call: Call) -> Outcome:
        """The time in ``city``, whose value is a zone of the tz database."""
        here = self._now()
        try:
            there = here.astimezone(ZoneInfo(str(call.value("city"))))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SkillError("I do not know the time there.") from error
        day = spoken.near_day(there.date(), here.date())
        facts = {"time": spoken.clock(there), "day": "" if day == "today" else day}
        return Outcome(facts=facts)

    def today(self, call: Call) -> Outcome:
        """Today's date."""
        return Outcome(facts={"day": spoken.calendar_day(self._now().date())})

    def weekday(self, call: Call) -> Outcome:
        """Today's weekday."""
        return Outcome(facts={"day": spoken.WEEKDAYS[self._now().weekday()]})

    def day_of(self, call: Call) -> Outcome:
        """Weekday and date of ``date`` or ``feast``."""
        day, today = self._day(call), self._now().date()
        away = (day - today).days
        near = {-1: "Yesterday was", 0: "Today is", 1: "Tomorrow is"}.get(away, "That is")
        told = spoken.calendar_day(day, with_year=day.year != today.year)
        return Outcome(facts={"near": "That was" if away < -1 else near, "day": told})

    def days_until(self, call: Call) -> Outcome:
        """Days from today to ``date`` or ``feast``."""
        away = (self._day(call) - self._now().date()).days
        if away < 0:
            raise SkillError(f"That was {spoken.counted(-away, 'day')} ago.")
        if away == 0:
            raise SkillError("That is today.")
        return Outcome(facts={"days": spoken.counted(away, "day")})

    def week(self, call: Call) -> Outcome:
        """The week's number by ISO 8601."""
        return Outcome(facts={"week": self._now().isocalendar().week})

    def year(self, call: Call) -> Outcome:
        """The year, and the month."""
        now = self._now()
        return Outcome(facts={"year": now.year, "month": spoken.MONTHS[now.month - 1]})

    def _day(self, call: Call) -> date:
        said: dict[str, Any] = call.value("date") or _feast(str(call.value("feast")))
        try:
            return day_of(said, self._now().date())
        except ValueError as error:
            raise SkillError("There is no such day.") from error

    def _now(self) -> datetime:
        now = self.surroundings.now()
        return now.astimezone(local_zone(now))


def _feast(month_and_day: str) -> dict[str, Any]:
    """``12-25`` as a date slot."""
    month, day = month_and_day.split("-")
    return {"month": int(month), "day": int(day), "year": None}
