"""espeak-ng in process: it sounds, at a plausible length, in the right voice."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.pcm import level_db
from assistant.voice import espeak
from assistant.voice.espeak import Espeak

TWELVE_WORDS = "The kitchen timer is set for ten minutes, and the light is on."


def audio(engine: Espeak, text: str, language: str = "en", speed: float = 1.0, pitch: float = 1.0):
    chunks = list(engine.speak(text, language, speed, pitch))
    assert all(0 < chunk.size <= 0.1 * engine.rate_hz for chunk in chunks)
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


@pytest.fixture(scope="module")
def engine() -> Espeak:
    return Espeak()


def test_a_sentence_sounds(engine: Espeak) -> None:
    """Neither silent nor clipped, and as long as a person would take."""
    sound = audio(engine, TWELVE_WORDS)
    assert 2.0 < sound.size / engine.rate_hz < 6.0
    assert -35 < level_db(sound) < -6
    assert np.mean(np.abs(sound.astype(int)) >= 32767) < 0.001


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """As long as each other: espeak's breath is random, its timing is not."""
    return abs(one.size - other.size) < 0.01 * one.size


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "zh", "pt", "ru"])
def test_languages_have_voices(engine: Espeak, language: str) -> None:
    """The languages of answers and of translations can be spoken."""
    assert engine.speaks(language)
    assert audio(engine, "1 2 3", language).size > 0.3 * engine.rate_hz


def test_each_language_sounds_its_own_way(engine: Espeak) -> None:
    """The voice follows the sentence, and comes back."""
    english = audio(engine, TWELVE_WORDS, "en")
    assert not alike(english, audio(engine, TWELVE_WORDS, "es"))
    assert alike(english, audio(engine, TWELVE_WORDS, "en"))


def test_a_language_without_a_voice_is_read_by_the_default_one(engine: Espeak) -> None:
    """Something is heard rather than nothing."""
    assert not engine.speaks("tlh")
    assert alike(audio(engine, TWELVE_WORDS, "tlh"), audio(engine, TWELVE_WORDS, "en"))


def pitch_of(sound: np.ndarray) -> float:
    """Strongest period between 60 and 400 Hz of the whole, as a frequency."""
    spectrum = np.abs(np.fft.rfft(sound.astype(float), 1 << 18)) ** 2
    periodicity = np.fft.irfft(spectrum)
    low, high = 22050 // 400, 22050 // 60
    return 22050 / (low + int(np.argmax(periodicity[low:high])))


def test_speed_and_pitch(engine: Espeak) -> None:
    """Faster is shorter; extremes are bounded, not refused."""
    plain = audio(engine, TWELVE_WORDS)
    assert audio(engine, TWELVE_WORDS, speed=1.8).size < 0.75 * plain.size
    assert pitch_of(audio(engine, TWELVE_WORDS, pitch=1.8)) > 1.2 * pitch_of(plain)
    assert audio(engine, "one", speed=3, pitch=3).size > 0


@pytest.mark.parametrize(
    "text", ["", " ", "😀", "\0", "\ud800", "<speak>", "[[x]]", "漢字", "a" * 240]
)
def test_odd_text_neither_breaks_nor_hangs(engine: Espeak, text: str) -> None:
    """Whatever reaches the engine, it comes back with bounded audio."""
    assert audio(engine, text).size <= espeak.LONGEST_AUDIO_S * engine.rate_hz


def test_two_threads_do_not_disturb_each_other(engine: Espeak) -> None:
    """The library is not re-entrant; the lock around it is what makes this work."""
    jobs = [(TWELVE_WORDS, "en"), (TWELVE_WORDS, "es"), (TWELVE_WORDS, "de")] * 8
    expected = [audio(engine, *job) for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda job: audio(Espeak(), *job), jobs))
    assert all(map(alike, expected, found))


def test_an_unknown_voice_is_named(engine: Espeak) -> None:
    """A misspelt setting is one sentence."""
    with pytest.raises(ModelError, match=r"voice\.name = 'nobody': espeak-ng has no such voice"):
        Espeak("nobody")


def test_a_variant_is_kept_across_languages() -> None:
    """Who chose a woman's voice gets it in the translation too."""
    woman = Espeak("en-us+f3")
    spanish = audio(woman, "buenos días", "es")
    assert pitch_of(spanish) > 1.3 * pitch_of(audio(Espeak(), "buenos días", "es"))


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """espeak-ng is GPL and can be left out."""
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(ModelError, match=r"pip install 'assistant\[espeak\]'"):
        espeak._Library()
