"""Protects ``assistant explain``: what it would do, and why the near misses missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.commands.explain import explain
from assistant.errors import AssistantError, UsageError

TEXT = """language: en
intents:
  Timer:
    data: [{sentences: ["set a timer for {duration}"]}]
    action: skill:timer.start
    answer: "Timer for {{ duration }}."
  Light: {data: [{sentences: ["turn the kitchen light on"]}], confirm: true, costly: true}
"""


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    """A file with two sentences."""
    path = tmp_path / "own.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def run(sentences: Path, *arguments: str) -> Result:
    """The command with that file alone."""
    chosen = ["--sentences", str(sentences), "--no-skills"]
    return CliRunner().invoke(explain, [*arguments, *chosen])


def test_it_says_what_would_be_done(sentences: Path) -> None:
    """Intent, place, slots, action and answer."""
    facts = json.loads(run(sentences, "set a timer for ten minutes", "--json").output)
    assert facts["kind"] == "act"
    (command,) = facts["commands"]
    assert command["intent"] == "Timer"
    assert command["slots"] == {"duration": {"value": 600.0, "text": "ten minutes"}}
    assert command["action"] == "skill:timer.start"
    assert command["answers"] == {"": "Timer for {{ duration }}."}
    assert command["place"] == f"{sentences}:4:26"


@pytest.mark.parametrize(
    ("said", "intent", "why"),
    [
        ("set a timer for ten minuts", "Timer", "expected 'minute', heard 'minuts'"),
        ("set timer for ten minutes", "Timer", "expected 'a' after 'set'"),
        ("turn the kitchen light on now", "Light", "'now' is too much"),
        ("turn kitchen light off", "Light", "expected 'the' after 'turn'; "
                                            "expected 'on', heard 'off'"),
    ],
)  # fmt: skip
def test_it_says_why_a_near_miss_missed(sentences: Path, said: str, intent: str, why: str) -> None:
    """Which word was expected and which was heard."""
    facts = json.loads(run(sentences, said, "--json").output)
    assert facts["commands"] == []
    assert (facts["near"][0]["intent"], facts["near"][0]["why"]) == (intent, why)


def test_for_a_person(sentences: Path) -> None:
    """The same in lines."""
    lines = run(sentences, "turn the kitchen light on").output
    assert "intent    Light" in lines and "asks      Shall I really do that?" in lines
    assert "does nothing: no sentence fits" in run(sentences, "hello world").output


def test_faults_of_the_file_are_told_beside(sentences: Path) -> None:
    """The rest of the file is explained all the same."""
    sentences.write_text(TEXT + "  Bad: {data: [{sentences: ['(x']}]}\n", "utf-8")
    result = run(sentences, "set a timer for ten minutes")
    assert "own.yaml:8:" in result.stderr and "intent    Timer" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["--last", "a sentence"]])
def test_wrong_use(sentences: Path, arguments: list[str]) -> None:
    """A sentence or --last, not both, not neither."""
    error = run(sentences, *arguments).exception
    assert isinstance(error, UsageError) and error.exit_code == 2


def test_last_without_a_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says that none runs."""
    monkeypatch.setenv("ASSISTANT__BUS__FOLDER", str(tmp_path))
    error = CliRunner().invoke(explain, ["--last"]).exception
    assert isinstance(error, AssistantError)
