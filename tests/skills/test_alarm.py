"""Alarms and reminders: meant times, repetition, clocks that are set, machines that are off."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.errors import SkillError
from assistant.messages import Ring, Stop
from assistant.skills.alarm import SNOOZE_S, Alarm


def clock(hour: int, minute: int = 0, meridiem: str | None = None) -> dict[str, object]:
    return {"hour": hour, "minute": minute, "meridiem": meridiem}


@pytest.mark.parametrize(
    ("slots", "when"),
    [
        ({"clock": clock(7)}, "7 pm"),  # it is eight in the morning: seven comes tonight
        ({"clock": clock(7, 0, "am")}, "7 am tomorrow"),
        ({"clock": clock(9, 30)}, "9:30 am"),
        ({"clock": clock(12)}, "noon"),
        ({"clock": clock(7), "date": {"days": 1}}, "7 am tomorrow"),
        ({"clock": clock(7), "date": {"days": 1}, "part": "pm"}, "7 pm tomorrow"),
        ({"clock": clock(7), "date": {"days": 0}}, "7 pm"),
        ({"clock": clock(7), "date": {"weekday": 2}}, "7 pm"),
        ({"clock": clock(7, 0, "am"), "date": {"weekday": 2}}, "7 am on Wednesday, May 13th"),
        ({"clock": clock(6), "date": {"weekday": 4}}, "6 am on Friday"),
        ({"duration": 1200.0}, "8:20 am"),
        ({"clock": clock(7), "repeat": "01234"}, "7 am on weekdays"),
        ({"clock": clock(7), "repeat": "0", "repeat_too": "4"}, "7 am every Monday and Friday"),
    ],
)
def test_the_time_meant(world: Any, slots: dict[str, object], when: str) -> None:
    """Wednesday, May 6th 2026, 8 am: the next time that fits, said back in full."""
    assert Alarm(world.surroundings).set(world.call(**slots)).facts["when"] == when


def test_past_times_are_refused(world: Any) -> None:
    """Yesterday, and a morning that is over."""
    alarm = Alarm(world.surroundings)
    for day in ({"days": -1}, {"day": 6, "month": 5, "year": 2025}):
        with pytest.raises(SkillError, match="past"):
            alarm.set(world.call(clock=clock(7, 0, "am"), date=day))
    with pytest.raises(SkillError, match="no such day"):
        alarm.set(world.call(clock=clock(7), date={"day": 31, "month": 2, "year": None}))
    with pytest.raises(SkillError, match="ten years"):
        alarm.set(world.call(clock=clock(7), date={"day": 1, "month": 2, "year": 2090}))


def test_it_rings_once_until_stop(world: Any) -> None:
    """At its time, said with its time; afterwards it is gone."""
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(8, 1)))
    assert world.pass_time(alarm, 59) == []
    rung = world.pass_time(alarm, 2)
    assert world.texts(rung) == ["It is 8:01 am. This is your alarm."]
    assert isinstance(world.messages(rung)[0], Ring)
    assert len(world.texts(world.pass_time(alarm, 61))) == 2
    [off] = world.messages(list(alarm.receive(Stop())))
    assert isinstance(off, Ring) and not off.on
    world.tick(alarm)
    assert alarm.entries == [] == Alarm(world.surroundings).entries


def test_a_repeating_alarm_follows_the_wall_across_the_switch(world: Any) -> None:
    """Seven o'clock every day, over the weekend on which the clocks go forward and back."""
    for month, days in ((3, (28, 29, 30)), (10, (24, 25, 26))):
        world.set_clock(2026, month, days[0] - 1, 12)
        alarm = Alarm(world.surroundings)
        alarm.set(world.call(clock=clock(7), repeat="0123456"))
        rung = []
        while world.now().day != days[-1] + 1:
            if world.texts(world.tick(alarm, 60)):
                rung.append((world.now().day, world.now().hour, world.now().minute))
                list(alarm.receive(Stop()))
                world.tick(alarm)
        assert rung == [(day, 7, 0) for day in days]
        alarm.cancel_all(world.call())


def test_a_skipped_time_rings_an_hour_later_a_doubled_one_once(world: Any) -> None:
    """Half past two on the nights of the switch."""
    for month, day, hour in ((3, 29, 3), (10, 25, 2)):
        world.set_clock(2026, month, day - 1, 22)
        alarm = Alarm(world.surroundings)
        alarm.set(world.call(clock=clock(2, 30, "am"), repeat="0123456"))
        rung = []
        while not (world.now().day == day and world.now().hour == 12):
            if world.texts(world.tick(alarm, 60)):
                rung.append((world.now().hour, world.now().minute))
                list(alarm.receive(Stop()))
                world.tick(alarm)
        assert rung == [(hour, 30)]
        alarm.cancel_all(world.call())


@pytest.mark.parametrize("slots", [{}, {"repeat": "0123456"}])
def test_clock_set_back_an_hour(world: Any, slots: dict[str, object]) -> None:
    """After it rang: not again. Before: it still comes, at its time on the wall."""
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(8, 1, "am"), **slots))
    world.pass_time(alarm, 62)
    list(alarm.receive(Stop()))
    world.tick(alarm)
    world.wall -= 3600
    assert world.texts(world.pass_time(alarm, 3 * 3600, 30)) == []
    alarm.cancel_all(world.call())

    world.set_clock(2026, 5, 7, 8)
    alarm.set(world.call(clock=clock(8, 30, "am"), **slots))
    world.pass_time(alarm, 1200, 30)
    world.wall -= 3600
    assert world.texts(world.pass_time(alarm, 3600, 30)) == []
    assert len(world.texts(world.pass_time(alarm, 660, 30))) >= 1
    assert world.now().strftime("%H:%M") == "08:31"


def test_clock_set_far_back_does_not_lose_a_repeating_alarm(world: Any) -> None:
    """A clock that was wrong by years (no battery, then the network's time) is corrected."""
    world.set_clock(2030, 1, 1, 12)
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(7), repeat="0123456"))
    world.tick(alarm)
    world.set_clock(2026, 5, 6, 6, 59)
    world.tick(alarm)
    assert len(world.texts(world.pass_time(alarm, 61))) == 1


def test_off_or_asleep_when_due(world: Any) -> None:
    """Minutes ago: it rings. Hours ago: told once, and the repeating one waits for its next."""
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(9), repeat="0123456"))
    alarm.set(world.call(clock=clock(11, 55)))
    alarm.remind(world.call(clock=clock(10), phrase="call my mother"))
    world.set_clock(2026, 5, 6, 12)
    alarm = Alarm(world.surroundings)
    said = world.texts(world.tick(alarm))
    assert said == [
        "It is 11:55 am. This is your alarm.",
        "You missed the alarm of 9 am. At 10 am I was to remind you: call your mother.",
    ]
    assert world.texts(world.tick(alarm)) == []
    list(alarm.receive(Stop()))
    world.tick(alarm)
    assert [entry.describe(world.zone, world.wall) for entry in alarm.entries] == ["9 am every day"]
    assert alarm.next(world.call()).facts["when"] == "9 am every day"


def test_a_move_to_another_zone(world: Any) -> None:
    """Seven is seven there too; "in two hours" stays in two hours."""
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(7, 0, "am"), date={"days": 1}))
    alarm.set(world.call(duration=7200.0))
    absolute = alarm.entries[1].due
    world.tick(alarm)
    world.zone = ZoneInfo("America/New_York")
    world.pass_time(alarm, 120, 60)
    dues = [entry.describe(world.zone, world.wall) for entry in alarm.entries]
    assert dues[0] == "7 am tomorrow"
    assert alarm.entries[1].due == absolute


def test_snooze(world: Any) -> None:
    """It comes again after a while; a repeating one also at its next time."""
    alarm = Alarm(world.surroundings)
    with pytest.raises(SkillError, match="No alarm is ringing"):
        alarm.snooze(world.call())
    alarm.set(world.call(clock=clock(8, 1, "am"), repeat="0123456"))
    world.pass_time(alarm, 62)
    outcome = alarm.snooze(world.call())
    assert [message.on for message in outcome.messages] == [False]
    assert world.texts(world.pass_time(alarm, SNOOZE_S - 10)) == []
    assert len(world.texts(world.pass_time(alarm, 12))) == 1
    list(alarm.receive(Stop()))
    world.tick(alarm)
    assert alarm.next(world.call()).facts["when"] == "8:01 am every day"


def test_cancel_by_time_day_and_repetition(world: Any) -> None:
    """Which one is asked only where it is not clear."""
    alarm = Alarm(world.surroundings)
    alarm.set(world.call(clock=clock(7, 0, "pm")))
    alarm.set(world.call(clock=clock(6, 30), repeat="01234"))
    alarm.set(world.call(clock=clock(9), repeat="56"))
    with pytest.raises(SkillError, match="Which one: 7 pm, 6:30 am on weekdays or 9 am"):
        alarm.cancel(world.call())
    with pytest.raises(SkillError, match="no such alarm"):
        alarm.cancel(world.call(clock=clock(4)))
    assert alarm.cancel(world.call(clock=clock(7))).facts["when"] == "7 pm"
    assert alarm.cancel(world.call(repeat="56")).facts["when"] == "9 am on weekends"
    assert alarm.cancel(world.call()).facts["when"] == "6:30 am on weekdays"
    assert alarm.cancel_all(world.call()).variant == "none"


def test_two_alarms_at_one_time_are_cancelled_together(world: Any) -> None:
    """Nobody can say which; and what rings does not make others go unasked."""
    alarm = Alarm(world.surroundings)
    for label in ("", "gym"):
        alarm.set(world.call(clock=clock(9), label=label))
    assert alarm.cancel(world.call(clock=clock(9))).variant == "many"
    for hour in (9, 10, 10):
        alarm.set(world.call(clock=clock(hour), date={"days": 1}))
    world.set_clock(2026, 5, 7, 9)
    world.tick(alarm)
    alarm.set(world.call(clock=clock(10), date={"days": 1}))
    with pytest.raises(SkillError, match="Which one: 10 am or 10 am tomorrow"):
        alarm.cancel(world.call(clock=clock(10)))
    assert alarm.cancel(world.call()).facts["when"] == "9 am", "the one that rings"


def test_reminders(world: Any) -> None:
    """Said to the user in his words turned round; kept apart from alarms; found by a word."""
    alarm = Alarm(world.surroundings)
    first = alarm.remind(world.call(phrase="call my mother", duration=600.0))
    assert first.facts["text"] == "call your mother"
    alarm.remind(world.call(phrase="water the plants", date={"days": 1}))
    listed = alarm.show_reminders(world.call()).facts["entries"]
    assert listed == ["8:10 am: call your mother", "9 am tomorrow: water the plants"]
    assert alarm.show(world.call()).variant == "none"
    assert alarm.cancel_reminder(world.call(phrase="the plants")).variant == "one"
    assert world.texts(world.pass_time(alarm, 601)) == ["Reminder: call your mother."]
