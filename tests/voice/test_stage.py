"""The voice stage as its neighbours see it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from assistant import messages as m
from assistant.config import read_settings
from assistant.errors import ModelError
from assistant.pcm import Int16, level_db
from assistant.voice.stage import CACHED_SENTENCES, VoiceStage

SETTINGS = read_settings(None, {}, {})


class Tone:
    """An engine that keeps account of what it was asked for; 1 s of tone for a sentence."""

    rate_hz = 16_000

    def __init__(self, fails: str = "") -> None:
        self.made: list[str] = []
        self.chunks = 0
        self.closed = 0
        self.fails = fails

    def speak(self, sentence: str, language: str, speed: float, pitch: float) -> Iterator[Int16]:
        self.made.append(sentence)
        try:
            for index in range(10):
                if sentence == self.fails and index == 3:
                    raise ModelError("out of voice")
                self.chunks += 1
                yield np.full(1600, 5000, np.int16)
        finally:
            self.closed += 1

    def speaks(self, language: str) -> bool:
        return language in ("en", "es")

    def close(self) -> None:
        self.made.append("closed")


def say(text: str, **more: object) -> m.Say:
    return m.Say(text=text, answer="a1", utterance="u1", **more)


def kinds(messages: list[m.Message]) -> list[str]:
    return [x.kind if isinstance(x, m.Event) else type(x).__name__ for x in messages]


def test_an_answer_becomes_chunks_and_an_end() -> None:
    """Real sound, short chunks, the first marked, every message with its answer's ids."""
    stage = VoiceStage(SETTINGS)
    out = list(stage.handle(say("It is half past ten. Good night.", priority="alarm")))
    chunks = [x for x in out if isinstance(x, m.Chunk)]
    assert kinds(out)[:2] == ["Chunk", "first chunk"] and kinds(out)[-1] == "ChunkEnd"
    assert [chunk.first for chunk in chunks] == [True] + [False] * (len(chunks) - 1)
    assert {(x.answer, x.utterance, x.priority) for x in chunks} == {("a1", "u1", "alarm")}
    assert all(0 < chunk.samples.size <= 0.1 * chunk.rate_hz for chunk in chunks)
    sound = np.concatenate([chunk.samples for chunk in chunks])
    assert level_db(sound) > -40 and 1.0 < sound.size / chunks[0].rate_hz < 5.0
    assert np.flatnonzero(np.abs(sound.astype(int)) > 100)[0] < 0.02 * chunks[0].rate_hz


def test_the_second_sentence_waits_for_the_first_to_be_taken() -> None:
    """First audio is out before any later sentence costs anything."""
    engine = Tone()
    out = VoiceStage(SETTINGS, engine=engine).handle(say("First one. Second one."))
    first = next(out)
    assert isinstance(first, m.Chunk) and engine.made == ["First one."] and engine.chunks == 1
    assert sum(isinstance(x, m.Chunk) for x in out) > 20 and len(engine.made) == 2


def test_stop_in_mid_sentence_ends_the_work_at_once() -> None:
    """At most one more chunk, then the end; the engine's iterator is closed."""
    engine = Tone()
    stage = VoiceStage(SETTINGS, engine=engine)
    out = stage.handle(say("First one. Second one."))
    next(out)
    assert list(stage.interrupt(m.Stop(at=5.0))) == []
    rest = list(out)
    assert kinds(rest) == ["first chunk", "ChunkEnd"]
    assert engine.made == ["First one."] and engine.closed == 1 and engine.chunks == 1


def test_a_closed_iterator_closes_the_engine() -> None:
    """The runner drops the iterator when a stop overtakes."""
    engine = Tone()
    out = VoiceStage(SETTINGS, engine=engine).handle(say("First one. Second one."))
    next(out)
    out.close()
    assert engine.closed == 1


def test_what_was_meant_before_the_stop_is_not_said_after_it() -> None:
    """Stop empties the queue too; the next answer is spoken."""
    engine = Tone()
    stage = VoiceStage(SETTINGS, engine=engine)
    list(stage.interrupt(m.Stop(at=5.0)))
    assert kinds(list(stage.handle(say("Old.", at=4.9)))) == ["ChunkEnd"]
    assert "Chunk" in kinds(list(stage.handle(say("New.", at=5.1))))
    assert engine.made == ["New."]


def test_a_cancelled_utterance_is_not_answered() -> None:
    """Neither what is being spoken nor what still waits."""
    stage = VoiceStage(SETTINGS, engine=Tone())
    out = stage.handle(say("First one."))
    next(out)
    list(stage.interrupt(m.Cancel(utterance="u1")))
    assert kinds(list(out)) == ["first chunk", "ChunkEnd"]
    assert kinds(list(stage.handle(say("Again.")))) == ["ChunkEnd"]


def test_a_failing_engine_is_an_event_and_an_end() -> None:
    """Playback never waits for an answer that will not come, and the stage lives on."""
    stage = VoiceStage(SETTINGS, engine=Tone(fails="Bad."))
    out = list(stage.handle(say("Bad.")))
    assert kinds(out)[-2:] == ["error", "ChunkEnd"]
    assert "out of voice" in out[-2].facts["message"]
    assert kinds(list(stage.handle(say("Good."))))[-1] == "ChunkEnd"
    assert kinds(list(stage.handle(say("Bad."))))[-2] == "error"


@pytest.mark.parametrize("text", ["", "😀", " \n "])
def test_nothing_to_say_is_only_an_end(text: str) -> None:
    """An empty answer is over at once."""
    assert kinds(list(VoiceStage(SETTINGS, engine=Tone()).handle(say(text)))) == ["ChunkEnd"]


def test_a_missing_voice_is_told_once() -> None:
    """One event for each language, not one for each sentence."""
    stage = VoiceStage(SETTINGS, engine=Tone())
    out = list(stage.handle(say("Qapla. Nuqneh.", language="tlh")))
    out += list(stage.handle(say("Again.", language="tlh")))
    errors = [x for x in out if isinstance(x, m.Event) and x.kind == "error"]
    assert [x.facts["message"] for x in errors] == [
        "no voice for the language 'tlh': the default voice reads it"
    ]


def test_a_repeated_answer_is_not_made_again_and_the_cache_is_bounded() -> None:
    """The usual "OK" comes from memory; memory stays flat."""
    engine = Tone()
    stage = VoiceStage(SETTINGS, engine=engine)
    first = [x.audio for x in stage.handle(say("OK.")) if isinstance(x, m.Chunk)]
    again = [x.audio for x in stage.handle(say("OK.")) if isinstance(x, m.Chunk)]
    assert first == again and engine.made == ["OK."]
    for letter in range(CACHED_SENTENCES + 10):
        list(stage.handle(say("x" * (letter + 1))))
    assert len(stage._cache) == CACHED_SENTENCES


def test_an_abandoned_sentence_is_not_taken_for_whole() -> None:
    """Only what was made to its end may be said from memory."""
    stage = VoiceStage(SETTINGS, engine=Tone())
    out = stage.handle(say("OK."))
    next(out)
    out.close()
    assert sum(isinstance(x, m.Chunk) for x in stage.handle(say("OK."))) >= 10


def test_the_end_of_the_input_is_passed_on_behind_the_answer() -> None:
    """Playback knows that nothing more will come."""
    assert list(VoiceStage(SETTINGS, engine=Tone()).handle(m.EndOfInput(file="a"))) == [
        m.EndOfInput(file="a")
    ]


def test_the_engine_none_is_silent() -> None:
    """Answers without a voice still come to their end."""
    stage = VoiceStage(read_settings(None, {}, {"voice.engine": "none"}))
    assert kinds(list(stage.handle(say("Hello.")))) == ["ChunkEnd"]
