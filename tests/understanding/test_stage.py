"""Protects the stage: messages in, messages out, with real files, skills and programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant import messages as m
from assistant.config import Settings
from assistant.errors import SkillError
from assistant.grammar import read_graph
from assistant.skills.api import Call, Outcome, Skill
from assistant.understanding.dialogue import WENT_WRONG
from assistant.understanding.stage import NOT_DONE, NOT_UNDERSTOOD, UnderstandingStage

TEXT = """language: en
intents:
  Light:
    data: [{sentences: ["light (on|off)"]}]
    answer: "Done."
  Room:
    data: [{sentences: ["lights in {room}"]}]
    answer: {default: "Lights in {{ room }}.", none: "No lights."}
    action: skill:probe.room
  Door:
    data: [{sentences: ["open the {what}"]}]
    confirm: "Open the {{ what }}?"
    answer: "Open."
  Slow: {data: [{sentences: [go slowly]}], action: {run: [sh, -c, "sleep 0.5; echo slow"]}, answer: "{{ result }}"}
  Quiet: {data: [{sentences: [go quietly]}], action: {run: ['true']}}
  Later: {data: [{sentences: ["later"]}], action: skill:probe.later}
  Refuse: {data: [{sentences: ["refuse"]}], action: skill:probe.refuse}
  Crash: {data: [{sentences: ["crash"]}], action: skill:probe.crash}
  Missing: {data: [{sentences: ["missing"]}], action: skill:nobody.there}
  Stop: {data: [{sentences: [stop]}], action: skill:stop.stop}
lists:
  room: {values: [kitchen]}
  what: {values: [gate]}
"""  # noqa: E501


class Probe(Skill):
    """A skill that does what the tests need; ``ring`` makes it speak up by itself."""

    name = "probe"
    ring = False

    def room(self, call: Call) -> Outcome:
        """Picks a variant by the time."""
        return Outcome(variant="none" if self.surroundings.now().hour < 6 else "")

    def later(self, call: Call) -> Outcome:
        """Asks for a translation and answers when it comes."""
        return Outcome(messages=[m.Translate(text="hello", target="es", number=7)], later=True)

    def refuse(self, call: Call) -> Outcome:
        """Cannot."""
        raise SkillError("I cannot do that.")

    def crash(self, call: Call) -> Outcome:
        """A bug."""
        raise KeyError("bug")

    def receive(self, message: m.Message) -> Iterator[Outcome]:
        """Translations are said; a ring is an alarm."""
        if isinstance(message, m.Translation):
            yield Outcome(text=message.text, language="es")
        if isinstance(message, m.Tick) and self.ring:
            self.ring = False
            yield Outcome(text="Ring", priority="alarm", messages=[m.Ring(name="x")])


class Room:
    """The stage, with a clock of its own."""

    def __init__(self, folder: Path, **sections: dict[str, Any]) -> None:
        self.path = folder / "own.yaml"
        if not self.path.exists():
            self.path.write_text(TEXT, "utf-8")
        values: dict[str, Any] = {
            "bus": {"folder": str(folder / "run")},
            "understanding": {
                "sentences": [str(self.path)], "skills": [], "state": str(folder / "state"),
            },
        }  # fmt: skip
        for name, section in sections.items():
            values.setdefault(name, {}).update(section)
        settings = Settings.model_validate(values)
        now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
        self.stage = UnderstandingStage(settings, now=lambda: now)
        self.probe = Probe(self.stage._surroundings)
        self.stage._dialogue.skills["probe"] = self.probe
        self.at = 1000.0

    def tick(self, seconds: float = 0.1) -> list[m.Message]:
        """Time passes."""
        self.at += seconds
        return list(self.stage.handle(m.Tick(at=self.at, wall=0.0)))

    def hear(self, text: str, confidence: float = 0.9, **fields: Any) -> list[m.Message]:
        """Someone says ``text``."""
        final = m.Final(text=text, confidence=confidence, utterance="u1", at=self.at, **fields)
        return list(self.stage.handle(final))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """The stage after its first tick."""
    made = Room(tmp_path)
    made.tick()
    yield made
    made.stage.close()


def said(messages: list[m.Message]) -> list[str]:
    """What is spoken."""
    return [message.text for message in messages if isinstance(message, m.Say)]


def events(messages: list[m.Message], kind: str) -> list[dict[str, Any]]:
    """Facts of the events of ``kind``."""
    return [one.facts for one in messages if isinstance(one, m.Event) and one.kind == kind]


def test_the_grammar_comes_first(tmp_path: Path) -> None:
    """Recognition needs it before anyone speaks."""
    first = Room(tmp_path).tick()[0]
    assert isinstance(first, m.Grammar)
    words = {arc.word for arc in read_graph(Path(first.path), first.digest).arcs}
    assert {"light", "gate", "yes"} <= words


def test_a_command_is_done_and_answered(room: Room) -> None:
    """Intent event, answer, answer event, all with the utterance's id."""
    messages = room.hear("lights in kitchen")
    assert said(messages) == ["Lights in kitchen."]
    (intent,) = events(messages, "intent")
    assert intent["intent"] == "Room"
    assert intent["slots"]["room"]["value"] == "kitchen"
    (answer,) = events(messages, "answer")
    assert 0 < answer["understanding_ms"] < 1000
    assert {message.utterance for message in messages} == {"u1"}
    assert room.stage._dialogue.last_answer == ("Lights in kitchen.", "en")


def test_two_commands_are_both_done(room: Room) -> None:
    """In the order in which they were said."""
    assert said(room.hear("light on and lights in kitchen")) == ["Done.", "Lights in kitchen."]


@pytest.mark.parametrize(
    ("how", "kinds"), [("say", ["Say"]), ("earcon", ["Earcon"]), ("silent", [])]
)
def test_what_is_not_understood(tmp_path: Path, how: str, kinds: list[str]) -> None:
    """Told in the way that the user has chosen, with an event that says why."""
    room = Room(tmp_path, understanding={"not_understood": how})
    messages = room.hear("good morning")
    got = [type(message).__name__ for message in messages]
    assert [name for name in got if name in ("Say", "Earcon")] == kinds
    assert events(messages, "intent")[0]["why"] == "no sentence fits"


def test_listening_only_does_and_says_nothing(tmp_path: Path) -> None:
    """With ``act = false`` a command is told on the tap, and that is all."""
    room = Room(tmp_path, understanding={"act": False, "not_understood": "silent"})
    room.tick()
    messages = room.hear("lights in kitchen")
    assert events(messages, "intent")[0]["intent"] == "Room"
    assert [type(message) for message in messages] == [m.Event]


def test_nothing_heard_is_answered_by_nothing(room: Room) -> None:
    """A slammed door gets no answer."""
    assert not said(room.hear(""))
    assert not said(room.hear("light on", stop_only=True))


def test_without_the_wake_phrase_nothing_is_said(tmp_path: Path) -> None:
    """A conversation in the room is none of its business."""
    room = Room(tmp_path, hearing={"wake": "phrase", "wake_phrases": ["computer"]})
    assert not said(room.hear("light on")) and not said(room.hear("good morning"))
    assert said(room.hear("computer light on")) == ["Done."]
    messages = room.hear("computer")
    assert [type(one) for one in messages if not isinstance(one, m.Event | m.Grammar)] == [
        m.Earcon,
        m.Expect,
    ]


def test_a_question_waits_for_yes(room: Room) -> None:
    """Asked, awaited when the question has sounded, done after yes."""
    asked = room.hear("open the gate")
    assert said(asked) == ["Open the gate?"]
    question = next(one for one in asked if isinstance(one, m.Say))
    assert any(isinstance(one, m.Expect) for one in asked)
    heard = list(room.stage.handle(m.Spoken(answer=question.answer, at=room.at + 2)))
    assert [one.seconds for one in heard if isinstance(one, m.Expect)] == [8.0]
    assert said(room.hear("yes")) == ["Open."]
    assert said(room.hear("yes")) == [NOT_UNDERSTOOD]


def test_a_question_answered_with_no_or_something_else(room: Room) -> None:
    """No ends it; another command is done instead."""
    room.hear("open the gate")
    assert said(room.hear("no")) == [NOT_DONE]
    room.hear("open the gate")
    assert said(room.hear("light on")) == ["Done."]
    assert said(room.hear("yes")) == [NOT_UNDERSTOOD]


def test_a_question_is_over_after_a_while(room: Room) -> None:
    """A yes to someone else, much later, opens no gate."""
    room.hear("open the gate")
    room.tick(60)
    assert said(room.hear("yes")) == [NOT_UNDERSTOOD]


def test_stop_ends_a_question(room: Room) -> None:
    """After "stop" nothing is waiting."""
    room.hear("open the gate")
    list(room.stage.interrupt(m.Stop()))
    assert said(room.hear("yes")) == [NOT_UNDERSTOOD]


def test_a_slow_program_is_answered_when_it_is_done(room: Room) -> None:
    """Meanwhile other commands work, and the end of the recording waits for it."""
    assert not said(room.hear("go slowly"))
    assert list(room.stage.handle(m.EndOfInput(file="x.wav"))) == []
    assert said(room.hear("light on")) == ["Done."]
    messages: list[m.Message] = []
    for _ in range(100):
        messages += room.tick(0.001)
        if said(messages):
            break
        time.sleep(0.05)
    assert said(messages) == ["slow"]
    assert messages[-1] == m.EndOfInput(file="x.wav")
    assert next(one for one in messages if isinstance(one, m.Say)).utterance == "u1"


def test_an_action_without_an_answer_gives_a_sign(room: Room) -> None:
    """The user is not left in doubt."""
    messages = room.hear("go quietly")
    assert m.Earcon(name="done", utterance="u1") in messages and not said(messages)


def test_an_answer_that_comes_later_keeps_its_utterance(room: Room) -> None:
    """Translations travel; the trace stays whole, the end of the recording waits."""
    asked = room.hear("later")
    assert m.Translate(text="hello", target="es", number=7, utterance="u1") in asked
    assert list(room.stage.handle(m.EndOfInput())) == []
    done = list(room.stage.handle(m.Translation(text="hola", number=7)))
    (say,) = [one for one in done if isinstance(one, m.Say)]
    assert (say.text, say.language, say.utterance) == ("hola", "es", "u1")
    assert isinstance(done[-1], m.EndOfInput)


def test_an_answer_that_never_comes_holds_nothing_up(room: Room) -> None:
    """The end of a recording does not wait forever."""
    room.hear("later")
    list(room.stage.handle(m.EndOfInput()))
    assert isinstance(room.tick(60)[-1], m.EndOfInput)


def test_failures_are_spoken_and_survived(room: Room) -> None:
    """A refusal is its sentence; a bug is an event and an apology; the next command works."""
    assert said(room.hear("refuse")) == ["I cannot do that."]
    crashed = room.hear("crash")
    assert said(crashed) == [WENT_WRONG]
    assert "KeyError" in events(crashed, "error")[0]["message"]
    assert said(room.hear("missing")) == ["The skill nobody is not available."]
    assert said(room.hear("light on")) == ["Done."]


def test_what_a_skill_says_by_itself(room: Room) -> None:
    """An alarm belongs to no utterance and goes first."""
    room.probe.ring = True
    messages = room.tick()
    (say,) = [one for one in messages if isinstance(one, m.Say)]
    assert (say.text, say.priority, say.utterance) == ("Ring", "alarm", "")
    assert m.Ring(name="x") in messages


def until_told(room: Room, kind: type[m.Message], digest: str = "") -> list[m.Message]:
    """Ticks until a message of ``kind`` (a grammar other than ``digest``) comes."""
    messages: list[m.Message] = []
    for _ in range(200):
        messages += room.tick(2.5)
        for one in messages:
            if isinstance(one, kind) and getattr(one, "digest", None) != digest:
                return messages
        time.sleep(0.02)
    raise AssertionError(f"no {kind.__name__}")


def test_changed_sentences_are_in_force_at_once(room: Room) -> None:
    """No restart: the grammar is told, the new sentence works, the old one is gone."""
    before = room.stage._grammar.digest
    room.path.write_text(TEXT.replace("light (on|off)", "lamp (on|off)"), "utf-8")
    until_told(room, m.Grammar, before)
    assert said(room.hear("lamp on")) == ["Done."]
    assert said(room.hear("light on")) == [NOT_UNDERSTOOD]


def test_a_changed_list_file_is_in_force_at_once(tmp_path: Path) -> None:
    """The values may lie in a file of their own."""
    own = TEXT.replace("lists:", "lists:\n  piece: {file: pieces.txt}", 1)
    own = own.replace("light (on|off)", 'light (on|off)", "play {piece}', 1)
    (tmp_path / "own.yaml").write_text(own, "utf-8")
    (tmp_path / "pieces.txt").write_text("bolero\n", "utf-8")
    room = Room(tmp_path)
    assert said(room.hear("play bolero")) == ["Done."]
    before = room.stage._grammar.digest
    (tmp_path / "pieces.txt").write_text("bolero\nboeuf sur le toit\n", "utf-8")
    until_told(room, m.Grammar, before)
    assert said(room.hear("play boeuf sur le toit")) == ["Done."]


def test_a_fault_keeps_the_last_good_sentences(room: Room) -> None:
    """A slip of the keyboard does not make the assistant deaf; the fault is told with its line."""
    room.path.write_text(TEXT + "  oops: [", "utf-8")
    messages = until_told(room, m.Event)
    assert f"{room.path}:" in events(messages, "error")[0]["message"]
    assert said(room.hear("light on")) == ["Done."]


def test_faults_of_the_start_are_events(tmp_path: Path) -> None:
    """What is right in the file works all the same."""
    (tmp_path / "own.yaml").write_text(TEXT.replace("[go quietly]", "['go (']"), "utf-8")
    room = Room(tmp_path)
    messages = room.tick()
    assert "never closed" in events(messages, "error")[0]["message"]
    assert said(room.hear("light on")) == ["Done."]
