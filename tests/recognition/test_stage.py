"""The stage: one final for each utterance, whatever comes, in any pieces."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.config import Settings, read_settings
from assistant.grammar import write_graph
from assistant.messages import (
    Bias,
    Cancel,
    EndOfInput,
    Event,
    Final,
    Grammar,
    Message,
    Partial,
    Speech,
    SpeechBegan,
    SpeechEnded,
    Tick,
)
from assistant.pcm import SAMPLE_RATE_HZ, Float32
from assistant.recognition.stage import RecognitionStage
from assistant.recognition.transcribe import LONGEST_S
from tests.recognition.conftest import ScriptedEngine, graph_of, pieces, said, spoken

SENTENCE = "set a timer for ten minutes"


class Heard:
    """A stage that hears what it is told that the sound says."""

    def __init__(self, stage: RecognitionStage, engine: ScriptedEngine) -> None:
        self.stage, self.engine = stage, engine

    def send(self, messages: Iterable[Message]) -> list[Message]:
        """All that follows."""
        return [out for message in messages for out in self.stage.handle(message)]

    def say(
        self, log_probs: Float32, cuts: list[int] | None = None, name: str = "u1"
    ) -> list[Message]:
        """An utterance, from its beginning to its end."""
        count = self.engine.play(log_probs)
        return self.send(utterance(count, cuts or [count // 2], name))

    def final(self, log_probs: Float32) -> Final:
        """The one final of an utterance."""
        (final,) = [m for m in self.say(log_probs) if isinstance(m, Final)]
        return final


def utterance(
    count: int, cuts: list[int], name: str = "u1", first: int = 8000
) -> Iterator[Message]:
    """``count`` samples from ``first`` on, cut at ``cuts``."""
    yield SpeechBegan(utterance=name, sample=first, file="x.wav", wake="hey", stop_only=True)
    sound = np.zeros(count, np.int16)
    for piece in pieces(count, cuts):
        audio = sound[piece].tobytes()
        yield Speech(utterance=name, sample=first + piece.start, audio=audio)
    end = first + count
    yield SpeechEnded(utterance=name, sample=end, last_speech=end - 4800, at=time.monotonic())


@pytest.fixture(scope="module")
def configuration(tiny_weights: Path) -> Settings:
    """Weights that nobody listens to."""
    return read_settings(environment={}, overrides={"recognition.model": str(tiny_weights)})


@pytest.fixture(scope="module")
def heard(configuration: Settings) -> Heard:
    """One stage for all tests: loading it takes a second."""
    engine = ScriptedEngine()
    return Heard(RecognitionStage(configuration, engine), engine)


@pytest.fixture
def commanded(heard: Heard, tmp_path: Path) -> Heard:
    """The stage with a grammar in force."""
    path = tmp_path / "g.msgpack"
    digest = write_graph(graph_of(SENTENCE, "stop", "add milk"), path)
    heard.send([Grammar(path=str(path), digest=digest)])
    deadline = time.monotonic() + 20
    while heard.stage.tick_s and time.monotonic() < deadline:
        time.sleep(0.01)
    assert heard.stage.accepts()
    return heard


def test_a_command_becomes_partials_and_a_final(commanded: Heard) -> None:
    """Texts that grow, then the sentence with its words in time, spans, and what came with it."""
    log_probs = said(SENTENCE)
    count = commanded.engine.play(log_probs)
    out = commanded.send(utterance(count, list(range(0, count, 1600))))
    partials = [message.text for message in out if isinstance(message, Partial)]
    (final,) = [message for message in out if isinstance(message, Final)]
    assert len(partials) >= 3
    assert len(set(partials)) == len(partials)
    assert final.text == SENTENCE
    assert final.alternatives[0].search == "commands"
    assert final.confidence > 0.5
    starts = [word.start for word in final.words]
    assert starts == sorted(starts)
    assert starts[0] >= 0.5
    assert set(final.spans) == {"endpoint", "recognition"}
    assert final.spans["endpoint"] == 300.0
    assert (final.file, final.wake, final.stop_only) == ("x.wav", "hey", True)
    assert final.ended == final.sample - 4800
    kinds = [message.kind for message in out if isinstance(message, Event)]
    assert kinds == ["partial"] * len(partials) + ["final"]


def test_stable_words_do_not_change(commanded: Heard) -> None:
    """What a partial calls stable is how the result begins."""
    count = commanded.engine.play(said(SENTENCE))
    out = commanded.send(utterance(count, list(range(0, count, 640))))
    (final,) = [message for message in out if isinstance(message, Final)]
    for partial in (message for message in out if isinstance(message, Partial)):
        stable = partial.text.split()[: partial.stable]
        assert stable == final.text.split()[: partial.stable]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 40_000), max_size=8))
def test_pieces_of_any_size_end_in_the_same_final(commanded: Heard, cuts: list[int]) -> None:
    """The cuts of the sound are not in the result."""
    log_probs = said(SENTENCE, seed=3)
    finals = [
        message
        for chosen in (cuts, [])
        for message in commanded.say(log_probs, chosen)
        if isinstance(message, Final)
    ]
    assert len(finals) == 2
    assert finals[0].alternatives == finals[1].alternatives


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 2.0])
def test_nothing_said_is_an_empty_final(heard: Heard, seconds: float) -> None:
    """Also without a single frame: exactly one final, no words."""
    heard.engine.play(spoken([], pause=100, sure=8.0))
    out = heard.send(utterance(round(seconds * SAMPLE_RATE_HZ), []))
    (final,) = [message for message in out if isinstance(message, Final)]
    assert (final.text, final.words, final.alternatives) == ("", [], [])


def test_a_cancelled_utterance_ends_in_silence(heard: Heard) -> None:
    """Nothing more of it, the next one is whole."""
    count = heard.engine.play(said("stop"))
    began, *rest = utterance(count, [])
    assert heard.send([began, rest[0]]) is not None
    assert list(heard.stage.interrupt(Cancel(utterance="other"))) == []
    heard.stage.interrupt(Cancel(utterance="u1"))
    assert [m for m in heard.send(rest) if isinstance(m, Final)] == []
    (final,) = [m for m in heard.say(said("stop"), name="u2") if isinstance(m, Final)]
    assert final.utterance == "u2"


def test_hearing_may_cancel_too(heard: Heard) -> None:
    """An end for the reason ``cancelled`` has no final."""
    heard.engine.play(said("stop"))
    *most, _ = utterance(8000, [])
    ended = SpeechEnded(utterance="u1", sample=16000, reason="cancelled")
    assert [m for m in heard.send([*most, ended]) if isinstance(m, Final)] == []


def test_an_utterance_without_end_is_ended_by_the_next(heard: Heard) -> None:
    """Still exactly one final each."""
    heard.engine.play(said("stop"))
    *first, _ = utterance(9000, [], "u1")
    out = heard.send([*first, *utterance(9000, [], "u2", first=20_000)])
    assert [m.utterance for m in out if isinstance(m, Final)] == ["u1", "u2"]


def test_sound_that_belongs_to_nothing_is_left_alone(heard: Heard) -> None:
    """Without a beginning there is nothing to end."""
    _, *rest = utterance(9000, [], "lost")
    assert heard.send(rest) == []


def test_an_endless_utterance_is_bounded(heard: Heard) -> None:
    """Beyond the limit one event tells so; the final still comes."""
    heard.engine.play(spoken([], pause=20))
    minute = np.zeros(SAMPLE_RATE_HZ * 10, np.int16).tobytes()
    began, *_, ended = utterance(0, [])
    count = int(LONGEST_S / 10) + 3
    out = heard.send([began, *(Speech(utterance="u1", audio=minute) for _ in range(count)), ended])
    errors = [m for m in out if isinstance(m, Event) and m.kind == "error"]
    assert len(errors) == 1
    assert "not listened to" in errors[0].facts["message"]
    assert sum(isinstance(m, Final) for m in out) == 1


def test_the_end_of_a_recording_is_passed_on(heard: Heard) -> None:
    """Behind everything that it caused."""
    end = EndOfInput(sample=5, file="x.wav")
    assert heard.send([end]) == [end]


def test_a_grammar_that_cannot_be_read_is_an_event(heard: Heard, tmp_path: Path) -> None:
    """The stage lives on with what it had."""
    heard.send([Grammar(path=str(tmp_path / "none"), digest="0" * 64)])
    deadline = time.monotonic() + 20
    out: list[Message] = []
    while not out and time.monotonic() < deadline:
        out = heard.send([Tick(wall=0.0)])
        time.sleep(0.01)
    assert [m.kind for m in out if isinstance(m, Event)] == ["error"]
    assert heard.final(said("stop")).utterance == "u1"


def test_the_first_grammar_is_waited_for(configuration: Settings, tmp_path: Path) -> None:
    """No utterance is taken while the first one is built, so that none misses it."""
    engine = ScriptedEngine()
    fresh = Heard(RecognitionStage(configuration, engine), engine)
    assert fresh.stage.accepts()
    path = tmp_path / "g.msgpack"
    digest = write_graph(graph_of(SENTENCE), path)
    fresh.send([Grammar(path=str(path), digest=digest)])
    deadline = time.monotonic() + 20
    while not fresh.stage.accepts() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert fresh.final(said(SENTENCE)).alternatives[0].search == "commands"


def test_favoured_words_are_heard(heard: Heard) -> None:
    """A word that no list has, once it is favoured; and not any more after."""
    from tests.recognition.conftest import phones

    log_probs = spoken(phones("B L AO R P IY"), sure=8.0, hold=1)
    heard.send([Bias(phrases=["Blorpy"])])
    with_it = heard.final(log_probs)
    heard.send([Bias(phrases=[])])
    without = heard.final(log_probs)
    assert "blorpy" in [alternative.text for alternative in with_it.alternatives]
    assert "blorpy" not in [alternative.text for alternative in without.alternatives]
