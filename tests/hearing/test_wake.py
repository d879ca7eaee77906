"""Wake words on real sound: they open the ear, and what follows them is heard."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from assistant import messages as m
from assistant.config import Hearing, read_settings
from assistant.hearing.stage import HearingStage
from assistant.hearing.wake import WakeWord, known_words
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16
from assistant.voice.espeak import Espeak


def speak(text: str) -> Int16:
    """``text`` at 16 kHz without the silence around it."""
    engine = Espeak("en-us")
    made = np.concatenate(list(engine.speak(text, "en-us", 0.85, 1.0)))
    sound = soxr.resample(made.astype(np.float32), engine.rate_hz, SAMPLE_RATE_HZ)
    loud = np.flatnonzero(np.abs(sound) > 300)
    return (0.5 * sound[loud[0] : loud[-1]]).astype(np.int16)


def room(seconds: float) -> Int16:
    return np.random.default_rng(1).normal(0, 8, int(16000 * seconds)).astype(np.int16)


def hear(audio: Int16, **hearing: object) -> list[m.Message]:
    overrides = {f"hearing.{key}": value for key, value in hearing.items()}
    stage = HearingStage(read_settings(None, {}, {"hearing.wake": "okay_nabu", **overrides}))
    out: list[m.Message] = []
    for start in range(0, audio.size, FRAME_SAMPLES):
        piece = audio[start : start + FRAME_SAMPLES]
        out += stage.handle(m.Frame(sample=start, at=1 + start / 16000, audio=piece.tobytes()))
    return [*out, *stage.handle(m.EndOfInput(sample=audio.size))]


def began(out: list[m.Message]) -> list[m.SpeechBegan]:
    return [message for message in out if isinstance(message, m.SpeechBegan)]


@pytest.fixture(scope="module")
def word() -> Int16:
    return speak("okay nabu")


@pytest.fixture(scope="module")
def command() -> Int16:
    return speak("turn the lights on")


@pytest.mark.parametrize("gap_s", [0.0, 0.4, 2.0])
def test_the_command_behind_the_word_is_heard(word: Int16, command: Int16, gap_s: float) -> None:
    """In one breath or after a pause: the command is whole, the wake word is not in it."""
    audio = np.concatenate([room(1), word, room(gap_s), command, room(1)])
    out = hear(audio)
    (utterance,) = began(out)
    word_end = 16000 + word.size
    start = word_end + int(16000 * gap_s)
    assert utterance.wake == "okay_nabu"
    assert word_end - 3200 <= utterance.sample <= start + 2400
    ended = [message for message in out if isinstance(message, m.SpeechEnded)]
    assert ended[0].sample >= start + command.size - 1600
    events = [message.kind for message in out if isinstance(message, m.Event)]
    assert events == ["listening", "began", "ended"]


def test_without_the_word_nothing_is_heard(command: Int16) -> None:
    """What is said in the room stays in the room."""
    assert began(hear(np.concatenate([room(1), command, room(1), command, room(1)]))) == []


def test_the_ear_closes_again(word: Int16, command: Int16) -> None:
    """One command for each wake word, and none after the time to listen."""
    late = np.concatenate([room(1), word, room(3), command, room(1)])
    assert began(hear(late, listen_s=2.0)) == []
    twice = np.concatenate([room(1), word, room(0.4), command, room(1.5), command, room(1)])
    assert len(began(hear(twice))) == 1


def test_the_word_alone_is_no_utterance(word: Int16) -> None:
    """The rest of the wake word is not taken for a command."""
    assert began(hear(np.concatenate([room(1), word, room(3)]))) == []


def test_the_word_said_again_begins_again(word: Int16, command: Int16) -> None:
    """Who starts over is heard from the second wake word on."""
    audio = np.concatenate([room(1), word, room(2), word, room(0.4), command, room(1)])
    out = hear(audio)
    assert began(out)[-1].sample > 16000 + 2 * word.size + 32000 - 3200
    assert len([x for x in out if isinstance(x, m.Event) and x.kind == "listening"]) == 2


def test_a_word_fires_once(word: Int16) -> None:
    """One detection, with a score above the word's own threshold."""
    engine = WakeWord(Hearing(wake="okay_nabu"))
    state, scores = engine.start(), []
    audio = np.concatenate([room(1), word, room(1)])
    for start in range(0, audio.size - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        state, fired, score = engine.step(state, audio[start : start + FRAME_SAMPLES])
        scores += [score] if fired else []
    assert len(scores) == 1 and 0.85 < scores[0] <= 1


@pytest.mark.parametrize("name", ["alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"])
def test_the_documented_words_are_there(name: str) -> None:
    """The configuration names them."""
    assert name in known_words()
    WakeWord(Hearing(wake=name)).start()
