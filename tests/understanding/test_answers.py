"""Protects answers: what templates may do, what they may not, and how values are spoken."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from jinja2 import TemplateSyntaxError

from assistant.errors import SkillError
from assistant.skills.api import Slot
from assistant.understanding.answers import ANSWER_CHARACTERS_MAX, Answer

SLOTS = {
    "duration": Slot(value=300.0, text="5 minutes"),
    "clock": Slot(value={"hour": 7, "minute": 5, "meridiem": "pm"}, text="five past seven p m"),
    "room": Slot(value="living_room", text="lounge"),
}


@pytest.mark.parametrize(
    ("template", "facts", "said"),
    [
        ("{{ label or 'Timer' }} set for {{ duration }}.", {}, "Timer set for 5 minutes."),
        ("{{ room }} is {{ room.value }}, {{ slots.room }}", {}, "lounge is living_room, lounge"),
        ("{{ duration | duration }}", {}, "five minutes"),
        ("{{ left | duration }}", {"left": 4200}, "one hour and ten minutes"),
        ("{{ left | duration }}", {"left": 90061}, "one day, one hour and one minute"),
        ("{{ left | duration }}", {"left": 0.2}, "zero seconds"),
        ("{{ clock | clock }}", {}, "7:05 PM"),
        ("{{ at | clock }}", {"at": time(0, 30)}, "12:30 AM"),
        ("{{ day | date }}", {"day": date(2026, 5, 22)}, "Friday, the 22nd of May"),
        ("{{ items | spoken_list }}", {"items": ["milk", "bread", "eggs"]}, "milk, bread and eggs"),
        ("{{ items | spoken_list('or') }}", {"items": ["a", "b"]}, "a or b"),
        ("{{ n | plural('timer') }}", {"n": 1}, "1 timer"),
        ("{{ n | plural('box', 'boxes') }}", {"n": 3}, "3 boxes"),
        ("{{ x | number }}", {"x": 2.50004}, "2.5"),
        ("{{ x | number }}", {"x": 12345678901234567890}, "12345678901234567890"),
        ("{{ slots.nobody.said }}x", {}, "x"),
        ("a\n  b", {}, "a b"),
    ],
)
def test_what_is_said(template: str, facts: dict[str, Any], said: str) -> None:
    """Slots print as they were said; filters make values speakable."""
    assert Answer(template).render(SLOTS, facts) == said


def test_the_sandbox_shows_no_insides() -> None:
    """Python behind a value is not there."""
    assert Answer("{{ ''.__class__.__mro__ }}{{ room.__class__ }}").render(SLOTS, {}) == ""


def test_facts_stand_before_slots() -> None:
    """A skill knows better than what was said."""
    assert Answer("{{ room }}").render(SLOTS, {"room": "kitchen"}) == "kitchen"


@pytest.mark.parametrize(
    "template",
    [
        "{{ 2 ** 99999 }}",
        "{{ 1 / 0 }}",
        "{{ duration | plural }}",
        "{{ nothing.x() }}",
        "{% for i in range(999999999) %}x{% endfor %}",
    ],
)
def test_what_templates_may_not_do_is_a_sentence(template: str) -> None:
    """A template cannot leave the sandbox, and its failure is no crash."""
    with pytest.raises(SkillError, match="template failed|may not use"):
        Answer(template).render(SLOTS, {})


@pytest.mark.parametrize(
    "template", ["{{ 'ab ' * 10**9 }}", "{{ 'ab ' * 999999999 }}", "{{ ('ab ' * 9999) * 9999 }}",
                 "{% for i in range(90000) %}word {% endfor %}"],
)  # fmt: skip
def test_answers_are_bounded(template: str) -> None:
    """Nobody listens to a minute of it, and it cannot eat the memory."""
    if "**" in template:
        with pytest.raises(SkillError):
            Answer(template).render({}, {})
        return
    said = Answer(template).render({}, {})
    assert len(said) <= ANSWER_CHARACTERS_MAX + len(", and so on.")


def test_a_bad_template_is_found_when_it_is_read() -> None:
    """Not when it is to be spoken; and its line is known."""
    with pytest.raises(TemplateSyntaxError) as error:
        Answer("fine\n{{ x")
    assert error.value.lineno == 2
