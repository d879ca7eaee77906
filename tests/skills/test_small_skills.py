"""Clock, notes, talk and translation."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import SkillError
from assistant.messages import Stop, Translate, Translation
from assistant.skills.api import Call, Slot
from assistant.skills.clock import Clock
from assistant.skills.notes import Notes
from assistant.skills.talk import Talk
from assistant.skills.translate import MOST_WAITING, Translator


def test_the_time_here_and_elsewhere(world: Any) -> None:
    """With the other day where it is another day there."""
    skill = Clock(world.surroundings)
    assert skill.time(world.call()).facts["time"] == "8 am"
    assert skill.time_in(world.call(city="Asia/Kolkata")).facts == {"time": "11:30 am", "day": ""}
    there = skill.time_in(world.call(city="America/Los_Angeles")).facts
    assert there == {"time": "11 pm", "day": "yesterday"}
    with pytest.raises(SkillError, match="do not know"):
        skill.time_in(world.call(city="Nowhere/Else"))


def test_dates(world: Any) -> None:
    """Today, named days, and days to go."""
    skill = Clock(world.surroundings)
    assert skill.today(world.call()).facts["day"] == "Wednesday, May 6th"
    assert skill.weekday(world.call()).facts["day"] == "Wednesday"
    assert skill.week(world.call()).facts["week"] == 19
    tomorrow = skill.day_of(world.call(date={"days": 1})).facts
    assert tomorrow == {"near": "Tomorrow is", "day": "Thursday, May 7th"}
    christmas = skill.day_of(world.call(feast="12-25")).facts
    assert christmas == {"near": "That is", "day": "Friday, December 25th"}
    past = skill.day_of(world.call(date={"days": -3})).facts
    assert past == {"near": "That was", "day": "Sunday, May 3rd"}
    assert skill.days_until(world.call(feast="12-25")).facts["days"] == "233 days"
    with pytest.raises(SkillError, match="2 days ago"):
        skill.days_until(world.call(date={"days": -2}))
    with pytest.raises(SkillError, match="no such day"):
        skill.day_of(world.call(date={"day": 30, "month": 2, "year": None}))


def test_notes(world: Any) -> None:
    """Taken as said, read newest first with their day, the last deleted."""
    notes = Notes(world.surroundings)
    assert notes.read(world.call()).variant == "none"
    assert notes.delete_last(world.call()).variant == "none"
    notes.take(world.call(phrase="buy  flowers"))
    world.wall += 86_400
    notes.take(world.call(phrase="call anna"))
    path = world.state / "notes.txt"
    assert path.read_text() == "2026-05-06 08:00\tbuy flowers\n2026-05-07 08:00\tcall anna\n"
    told = notes.read(world.call()).facts["notes"]
    assert told == ["Today: call anna", "Yesterday: buy flowers"]
    assert notes.delete_last(world.call()).facts["note"] == "call anna"
    path.write_text("written by hand\n")
    assert notes.read_last(world.call()).facts["notes"] == ["written by hand"]


def test_talk(world: Any) -> None:
    """Stop silences everything and says nothing; repeat says the last answer again."""
    talk = Talk(world.surroundings)
    stopped = talk.stop(world.call())
    assert (stopped.text, stopped.messages) == ("", [Stop(scope="all")])
    assert talk.repeat(world.call()).variant == "nothing"
    world.said.append("It is noon.")
    assert talk.repeat(world.call()).text == "It is noon."
    world.said.append("Buenos días.")
    world.language = "es"
    again = talk.repeat(world.call())
    assert (again.text, again.language) == ("Buenos días.", "es"), "in the voice it was said in"


def test_help(world: Any) -> None:
    """Examples from what is active, others each time, on a topic where one is named."""
    talk = Talk(world.surroundings)
    assert talk.help(world.call()).variant == "none"
    world.examples += [f"command {i}" for i in range(10)] + ["set a (label) timer", "cancel timers"]
    first = talk.help(world.call()).facts["examples"]
    assert first != talk.help(world.call()).facts["examples"]
    about = talk.help(world.call(topic="timers")).facts["examples"]
    assert about == "set a pizza timer or cancel timers"
    assert talk.help(world.call(topic="the weather")).variant == "none"


def translation_call(phrase: str = "good morning", code: str = "es") -> Call:
    slots = {
        "phrase": Slot(value=phrase, text=phrase),
        "language": Slot(value=code, text="spanish"),
    }
    return Call(intent="Translate", slots=slots, text="", utterance="u1")


def test_translation(world: Any) -> None:
    """Asked at once, answered later in the language that was asked for."""
    skill = Translator(world.surroundings)
    asked = skill.translate(translation_call())
    assert asked.later
    [question] = asked.messages
    assert isinstance(question, Translate)
    assert (question.text, question.target, question.utterance) == ("good morning", "es", "u1")
    answer = Translation(text="buenos días", target="es", number=question.number)
    [said] = list(skill.receive(answer))
    assert (said.text, said.language) == ("buenos días", "es")
    assert list(skill.receive(answer)) == []


def test_translation_that_fails(world: Any) -> None:
    """The reason is said in English; one that never comes is given up; a jam is refused."""
    skill = Translator(world.surroundings)
    [question] = skill.translate(translation_call()).messages
    failed = Translation(number=question.number, error="I cannot translate to Spanish.")
    [said] = list(skill.receive(failed))
    assert (said.text, said.language) == ("I cannot translate to Spanish.", "en")
    for _ in range(MOST_WAITING):
        skill.translate(translation_call())
    with pytest.raises(SkillError, match="busy"):
        skill.translate(translation_call())
    given_up = world.texts(world.pass_time(skill, 30))
    assert given_up == ["The translator does not answer."] * MOST_WAITING
    skill.translate(translation_call())


def test_translation_to_the_users_own_language(world: Any) -> None:
    """Needs no translator."""
    assert Translator(world.surroundings).translate(translation_call(code="en")).text == (
        "good morning"
    )
