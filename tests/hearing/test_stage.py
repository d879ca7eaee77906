"""The hearing stage as its neighbours see it: messages in, messages out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from assistant import messages as m
from assistant.config import Settings, read_settings
from assistant.errors import ModelError
from assistant.hearing.stage import PIECE_SAMPLES, HearingStage
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16

START_S = 1000.0


def settings(**hearing: object) -> Settings:
    overrides = {f"hearing.{key}": value for key, value in {"wake": "none", **hearing}.items()}
    return read_settings(None, {}, overrides)


class Clock:
    """Time that passes with the frames."""

    now = START_S

    def __call__(self) -> float:
        return self.now


def frames(audio: Int16, first: int = 0) -> Iterable[m.Frame]:
    for start in range(0, audio.size, FRAME_SAMPLES):
        piece = audio[start : start + FRAME_SAMPLES]
        at = START_S + (first + start + piece.size) / SAMPLE_RATE_HZ
        yield m.Frame(sample=first + start, at=at, file="a.wav", audio=piece.tobytes())


def quiet(seconds: float) -> Int16:
    return np.random.default_rng(1).normal(0, 5, int(16000 * seconds)).astype(np.int16)


def hear(stage: HearingStage, audio: Int16, clock: Clock, first: int = 0) -> list[m.Message]:
    out: list[m.Message] = []
    for frame in frames(audio, first):
        clock.now = frame.at + 0.002
        out += stage.handle(frame)
    return out


def of(kind: type[m.Message], out: list[m.Message]) -> list:
    return [message for message in out if isinstance(message, kind)]


def events(out: list[m.Message], kind: str) -> list[m.Event]:
    return [event for event in of(m.Event, out) if event.kind == kind]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(clock: Clock) -> HearingStage:
    return HearingStage(settings(), clock, run="test")


def test_an_utterance_arrives_whole(stage: HearingStage, clock: Clock, spoken: Int16) -> None:
    """Its audio is that of the microphone, in order, in small pieces, under one id."""
    audio = np.concatenate([quiet(1), spoken, quiet(1)])
    out = hear(stage, audio, clock)
    (began,), (ended,) = of(m.SpeechBegan, out), of(m.SpeechEnded, out)
    pieces = of(m.Speech, out)
    sent = np.concatenate([piece.samples for piece in pieces])
    assert np.array_equal(sent, audio[began.sample : ended.sample])
    assert max(piece.samples.size for piece in pieces) <= PIECE_SAMPLES
    assert {message.utterance for message in [began, ended, *pieces]} == {"test-1"}
    assert began.sample <= 16000 < 16000 + spoken.size <= ended.last_speech + 8000
    assert not began.stop_only and not began.wake and began.file == "a.wav"


def test_endpoint_ms_is_the_wait_behind_the_last_speech(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """Hangover and processing, and nothing else: it is the first span of the latency."""
    out = hear(stage, np.concatenate([quiet(1), spoken, quiet(1)]), clock)
    (ended,), (event,) = of(m.SpeechEnded, out), events(out, "ended")
    waited_ms = (ended.sample - ended.last_speech) / 16
    assert event.facts["reason"] == "silence"
    assert event.facts["endpoint_ms"] == pytest.approx(waited_ms + 2, abs=0.2)
    assert ended.at == pytest.approx(START_S + ended.sample / 16000 + 0.002)


def test_a_decision_ends_the_utterance_at_once(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """What follows is not waited for, and a late decision about another turn is nothing."""
    audio = np.concatenate([quiet(1), spoken])
    out = hear(stage, audio[:32000], clock)
    assert of(m.SpeechBegan, out) and not of(m.SpeechEnded, out)
    assert list(stage.handle(m.Decided(utterance="test-0"))) == []
    (ended,) = of(m.SpeechEnded, list(stage.handle(m.Decided(utterance="test-1"))))
    assert ended.reason == "decided" and ended.sample == 32000
    assert list(stage.handle(m.Decided(utterance="test-1"))) == []


def test_the_end_of_a_recording_closes_the_utterance_and_is_passed_on(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """A file that ends in the middle of a word is heard to its last sample."""
    audio = np.concatenate([quiet(1), spoken])
    hear(stage, audio, clock)
    out = list(stage.handle(m.EndOfInput(sample=audio.size, file="a.wav")))
    assert [type(message) for message in out] == [m.SpeechEnded, m.Event, m.EndOfInput]
    assert (out[0].reason, out[0].sample) == ("input", audio.size)
    assert out[-1].file == "a.wav"


def test_each_recording_is_heard_as_if_it_were_the_first(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """Noise floor and detector do not leak from one file into the next."""
    audio = np.concatenate([quiet(1), spoken, quiet(1)])
    loud = (np.random.default_rng(3).normal(0, 3000, 80_000)).astype(np.int16)
    first = [x.sample for x in of(m.SpeechBegan, hear(stage, audio, clock))]
    for other in (loud, audio):
        list(stage.handle(m.EndOfInput(sample=0)))
        last = hear(stage, other, clock)
    assert [x.sample for x in of(m.SpeechBegan, last)] == first


def test_ids_follow_from_the_run_alone(clock: Clock, spoken: Int16) -> None:
    """A replay gives the same ids, another run gives others."""
    audio = np.concatenate([quiet(1), spoken, quiet(1)])

    def ids(run: str) -> list[str]:
        out = hear(HearingStage(settings(), clock, run), audio, clock)
        return [began.utterance for began in of(m.SpeechBegan, out)]

    assert ids("a") == ids("a") == ["a-1"]
    assert ids("") != ids("")


def test_while_an_answer_sounds_only_stop_is_acted_on(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """Half duplex: the answer's own echo becomes no command; after its tail all is open."""
    out = hear(stage, quiet(1), clock)
    for frame in frames(spoken, 16000):
        stage_out = list(stage.handle(m.Played(active=True)))
        clock.now = frame.at
        out += stage_out + list(stage.handle(frame))
    end = 16000 + spoken.size
    out += hear(stage, np.concatenate([quiet(1), spoken, quiet(1)]), clock, end)
    first, second = of(m.SpeechBegan, out)
    assert first.stop_only and not second.stop_only
    assert second.sample >= end + 4000


def test_the_answer_to_the_last_recording_is_not_in_the_next(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """What the speaker was given before comes in late: a recording always has the same result."""
    audio = np.concatenate([spoken, quiet(1)])
    hear(stage, audio, clock)
    list(stage.handle(m.EndOfInput(file="a.wav")))
    first, *rest = frames(audio, first=3 * SAMPLE_RATE_HZ)
    out = list(stage.handle(first))
    list(stage.handle(m.Played(active=True, at=first.at - 0.01)))
    for frame in rest:
        out += stage.handle(frame)
    assert [began.stop_only for began in of(m.SpeechBegan, out)] == [False]


@pytest.mark.parametrize("missing", [320, 3200])
def test_lost_frames_are_told_and_the_utterance_goes_on(
    stage: HearingStage, clock: Clock, spoken: Int16, missing: int
) -> None:
    """The positions stay true: word times after the gap are right."""
    audio = np.concatenate([quiet(1), spoken, quiet(1)])
    out = hear(stage, audio[:32000], clock)
    out += hear(stage, audio[32000 + missing :], clock, 32000 + missing)
    (dropped,), (ended,) = events(out, "dropped"), of(m.SpeechEnded, out)
    assert dropped.facts["count"] == missing and dropped.utterance == "test-1"
    sent = np.concatenate([piece.samples for piece in of(m.Speech, out)])
    assert of(m.SpeechBegan, out)[0].sample + sent.size == ended.sample
    assert not sent[32000 - ended.sample :][:missing].any()


def test_a_long_gap_ends_the_utterance(stage: HearingStage, clock: Clock, spoken: Int16) -> None:
    """After a lost device nobody knows what was said between."""
    audio = np.concatenate([quiet(1), spoken])
    out = hear(stage, audio[:32000], clock) + hear(stage, quiet(1), clock, 320_000)
    (ended,) = of(m.SpeechEnded, out)
    assert ended.sample == 32000


def test_a_microphone_that_begins_to_count_anew_is_heard(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """Capture was restarted: an answer of before does not keep the ear shut for hours."""
    late = 3600 * SAMPLE_RATE_HZ
    hear(stage, quiet(1), clock, first=late)
    list(stage.handle(m.Played(active=True)))
    at_once = hear(stage, np.concatenate([spoken, quiet(1)]), clock)
    assert [began.stop_only for began in of(m.SpeechBegan, at_once)] == [True], "its echo"
    hear(stage, quiet(1), clock, first=late)
    list(stage.handle(m.Played(active=True)))
    later = hear(stage, np.concatenate([quiet(1), spoken, quiet(1)]), clock)
    assert [began.stop_only for began in of(m.SpeechBegan, later)] == [False]


def test_a_muted_microphone_hears_nothing(stage: HearingStage, clock: Clock, spoken: Int16) -> None:
    """The open utterance is given up everywhere; nothing said while muted is kept."""
    audio = np.concatenate([quiet(1), spoken])
    hear(stage, audio[:32000], clock)
    out = list(stage.interrupt(m.Mute(on=True)))
    assert of(m.Cancel, out)[0].utterance == "test-1"
    assert of(m.SpeechEnded, out)[0].reason == "cancelled"
    assert events(out, "muted")[0].facts == {"on": True}
    assert hear(stage, audio[32000:], clock, 32000) == []
    list(stage.interrupt(m.Mute(on=False)))
    end = audio.size
    out = hear(stage, np.concatenate([quiet(1), spoken, quiet(1)]), clock, end)
    assert of(m.SpeechBegan, out)[0].sample > end
    assert events(out, "dropped") == []


def test_a_cancelled_utterance_ends_and_the_next_is_whole(
    stage: HearingStage, clock: Clock, spoken: Int16
) -> None:
    """When recognition cannot follow, no second half of a sentence is sent."""
    audio = np.concatenate([quiet(1), spoken, quiet(1), spoken, quiet(1)])
    hear(stage, audio[:28800], clock)
    (ended, _) = list(stage.interrupt(m.Cancel(utterance="test-1")))
    assert ended.reason == "cancelled"
    assert list(stage.interrupt(m.Cancel(utterance="test-1"))) == []
    out = hear(stage, audio[28800:], clock, 28800)
    assert of(m.SpeechBegan, out)[-1].sample == pytest.approx(32000 + spoken.size, abs=8000)


def test_an_unknown_wake_word_is_named_with_those_there_are() -> None:
    """A misspelt setting is one sentence that can be acted on."""
    with pytest.raises(ModelError, match="no such wake word; there are none, phrase, alexa"):
        HearingStage(settings(wake="ok_computer"))


def test_a_closed_ear_passes_nothing_on_but_what_was_expected(clock: Clock, spoken: Int16) -> None:
    """Without the wake word nothing leaves hearing, except the answer to a question."""
    stage = HearingStage(settings(wake="okay_nabu"), clock)
    audio = np.concatenate([quiet(1), spoken, quiet(1)])
    assert hear(stage, audio, clock) == []
    list(stage.handle(m.Expect(seconds=5)))
    out = hear(stage, audio, clock, audio.size)
    assert len(of(m.SpeechBegan, out)) == 1
    assert hear(stage, audio, clock, 2 * audio.size) == []
