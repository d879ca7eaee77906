"""Protects how sentence files and skills are found: the user's first, a broken one alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.config import Settings
from assistant.skills.api import Surroundings
from assistant.understanding.library import find_files, read_files, sayings
from assistant.understanding.registry import load_skills
from assistant.understanding.spoken import words_of

SKILL = '''
from assistant.skills.api import Call, Outcome, Skill

class Lamp(Skill):
    """Of another package."""
    name = "lamp"
    def on(self, call: Call) -> Outcome:
        return Outcome(text="On.")
'''
SENTENCES = """language: en
intents: {LampOn: {data: [{sentences: ["lamp on"]}], action: skill:lamp.on}}
"""


def install(folder: Path, module: str, text: str) -> None:
    """A package with one skill, as pip would leave it."""
    (folder / f"{module}.py").write_text(text, "utf-8")
    (folder / f"{module}.yaml").write_text(SENTENCES, "utf-8")
    facts = folder / f"{module}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[assistant.skills]\nlamp = {module}:Lamp\n")


def chosen(surroundings: Surroundings, skills: list[str]) -> Surroundings:
    """The same world with other skills on."""
    values = surroundings.settings.model_dump()
    values["understanding"]["skills"] = skills
    return replace(surroundings, settings=Settings.model_validate(values))


def test_a_skill_of_another_package(
    tmp_path: Path, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed is enough: its sentences and its class are found by the entry point."""
    install(tmp_path, "lamp_skill_a", SKILL)
    monkeypatch.syspath_prepend(str(tmp_path))
    world = chosen(surroundings, ["lamp"])
    skills, faults = load_skills(world)
    assert list(skills) == ["lamp"] and faults == []
    read, _ = read_files(find_files(world.settings), "en")
    assert read.matcher.match(words_of("lamp on"))[0].template.intent.group == "lamp"


def test_a_skill_that_does_not_load_is_one_fault(
    tmp_path: Path, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others work."""
    install(tmp_path, "lamp_skill_b", "raise RuntimeError('no lamp')")
    monkeypatch.syspath_prepend(str(tmp_path))
    skills, faults = load_skills(chosen(surroundings, ["lamp", "arithmetic"]))
    assert list(skills) == ["arithmetic"]
    assert faults == ["skill lamp: not loaded: RuntimeError: no lamp"]


def test_the_user_s_sentences_come_first(tmp_path: Path) -> None:
    """Where two fit equally well, his own is meant; folders are read whole."""
    text = "language: en\nintents: {Mine: {data: [{sentences: [what time is it]}], answer: late}}"
    (tmp_path / "b.yaml").write_text(text, "utf-8")
    (tmp_path / "a.yml").write_text("language: en\nlists: {x: {values: [y]}}", "utf-8")
    (tmp_path / "notes.txt").write_text("not a sentence file", "utf-8")
    files = find_files(Settings(), [tmp_path])
    assert [found.path.name for found in files[:2]] == ["a.yml", "b.yaml"]
    read, faults = read_files(files, "en")
    assert faults == []
    assert read.matcher.match(words_of("what time is it"))[0].intent == "Mine"


def test_a_missing_file_is_a_fault_and_the_rest_is_read(tmp_path: Path) -> None:
    """One line that names it."""
    _, faults = read_files(find_files(Settings(), [tmp_path / "none.yaml"]), "en")
    assert faults == [f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory"]


def test_a_file_at_fault_keeps_what_it_had(tmp_path: Path) -> None:
    """While the others are read anew."""
    one, two = tmp_path / "1.yaml", tmp_path / "2.yaml"
    text = "language: en\nintents: {%s: {data: [{sentences: [%s]}]}}"
    one.write_text(text % ("One", "first"), "utf-8")
    two.write_text(text % ("Two", "second"), "utf-8")
    files = find_files(Settings(), [one, two], with_skills=False)
    before, _ = read_files(files, "en")
    one.write_text(text % ("One", "'other ('"), "utf-8")
    two.write_text(text % ("Two", "another"), "utf-8")
    after, faults = read_files(files, "en", before)
    assert len(faults) == 1 and "1.yaml:2:" in faults[0]
    for said, intents in (("first", ["One"]), ("another", ["Two"]), ("second", [])):
        assert [match.intent for match in after.matcher.match(words_of(said))] == intents


def test_every_saying_can_be_said() -> None:
    """What "what can I say" offers is understood."""
    read, _ = read_files(find_files(Settings()), "en")
    examples = sayings(read)
    assert len(examples) > 30
    for example in examples:
        assert read.matcher.match(words_of(example)), example


def test_an_example_is_said_as_people_do() -> None:
    """With its articles; what is open stands in parentheses, which help fills in."""
    read, _ = read_files(find_files(Settings()), "en")
    examples = sayings(read)
    assert {"set an alarm for half past seven", "cancel all the timers", "resume the timer"} <= {
        *examples
    }
    assert "remind me to (phrase) at half past seven" in examples
