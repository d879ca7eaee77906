"""Protects what a changed configuration means for a running daemon."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.config import Settings
from assistant.reload import plan

STAGES = ["capture", "hearing", "recognition", "understanding", "translation", "voice", "playback"]


def planned(**new: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    made = plan(Settings(), Settings.model_validate(new), STAGES)
    return made.remade, made.changed, made.fixed


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({}, ([], [], [])),
        ({"voice": {"speed": 2.0}}, (["voice"], ["voice.speed"], [])),
        ({"mqtt": {"host": "b"}}, (["understanding"], ["mqtt.host"], [])),
        ({"trace": {"utterances": 5}}, ([], ["trace.utterances"], [])),
        ({"pipeline": {"voice": "process"}}, ([], [], ["pipeline.voice"])),
        (
            {"recognition": {"pronunciations": {"ecobee": ["IY"]}}},
            (["recognition"], ["recognition.pronunciations"], []),
        ),
        (
            {"bus": {"stop_s": 1.0}, "capture": {"device": "usb"}},
            (["capture"], ["capture.device"], ["bus.stop_s"]),
        ),
    ],
)
def test_each_key_concerns_its_reader(new: dict[str, Any], expected: Any) -> None:
    """Stages are made anew for their own sections only; addresses wait for the next start."""
    assert planned(**new) == expected


def test_what_is_fixed_keeps_its_old_value() -> None:
    """A second reload tells of the same key again, as it has still not been taken over."""
    new = Settings.model_validate({"bus": {"stop_s": 1.0}, "voice": {"speed": 2.0}})
    made = plan(Settings(), new, STAGES)
    assert made.settings.bus == Settings().bus
    assert made.settings.voice.speed == 2.0
    assert plan(made.settings, new, STAGES).fixed == ["bus.stop_s"]
