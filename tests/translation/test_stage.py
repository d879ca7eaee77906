"""The translation stage: every request gets one answer, with its number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import messages as m
from assistant.config import read_settings
from assistant.translation.apertium import Apertium
from assistant.translation.engines import CannotTranslate
from assistant.translation.stage import LONGEST_CHARACTERS, REST_AFTER_S, TranslationStage

SETTINGS = read_settings(None, {}, {})


@pytest.fixture(scope="module")
def stage() -> Iterator[TranslationStage]:
    stage = TranslationStage(SETTINGS)
    yield stage
    stage.close()


def ask(
    stage: TranslationStage, text: str, target: str = "es", source: str = "en"
) -> m.Translation:
    question = m.Translate(text=text, source=source, target=target, number=7, utterance="u1")
    (answer,) = stage.handle(question)
    assert isinstance(answer, m.Translation)
    assert (answer.number, answer.utterance, answer.target, answer.done) == (7, "u1", target, True)
    assert bool(answer.text) != bool(answer.error)
    return answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("good morning", "buenos días"),
        ("Good morning.", "Buenos días."),
        ("meet Anna at 3:30 pm", "cumple Anna en 3:30 pm"),
        ("Where is Anna?", "¿Dónde es Anna?"),
        ("123", "123"),
        ("<b>good morning</b>", "<b>buenos días</b>"),
    ],
)
def test_english_to_spanish(stage: TranslationStage, text: str, expected: str) -> None:
    """Capitals and marks are those of the source, Spanish questions open with their sign."""
    assert ask(stage, text).text == expected


def test_languages_go_by_code_or_name(stage: TranslationStage) -> None:
    """A skill hands on what the user said."""
    assert ask(stage, "good morning", "Spanish").text == "buenos días"
    assert ask(stage, "buenos días", "english", "es-MX").text == "good morning"
    assert ask(stage, "hello", "en").text == "hello"


def test_an_unknown_language_is_a_sentence_that_says_what_is_known(stage: TranslationStage) -> None:
    """It is spoken to the user as it is."""
    assert ask(stage, "hello", "klingon").error == "I cannot translate to Klingon; I know Spanish."
    assert ask(stage, "hello", "fr").error == "I cannot translate to French; I know Spanish."
    assert "I cannot translate from French" in ask(stage, "salut", "es", "fr").error


@pytest.mark.parametrize(
    "text", ["😀", "你好", "...", "one\ntwo\0three", "'", "word " * 1900, "a" * 9000, "? ! ?"]
)
def test_odd_text_gets_an_answer(stage: TranslationStage, text: str) -> None:
    """Whatever was recognised or typed, nothing hangs and nothing breaks."""
    ask(stage, text)
    assert ask(stage, "good morning").text == "buenos días"


def test_nothing_and_too_much_are_sentences(stage: TranslationStage) -> None:
    """Bounds are told, not silently applied."""
    assert ask(stage, "  ").error == "There is nothing to translate."
    assert "too long" in ask(stage, "word " * LONGEST_CHARACTERS).error


def test_a_missing_engine_names_the_packages(tmp_path) -> None:
    """What to install, in one sentence."""
    stage = TranslationStage(SETTINGS, engine=Apertium(str(tmp_path)))
    error = ask(stage, "hello").error
    assert "install the packages apertium and apertium-eng-spa" in error


def test_the_engine_none_says_so() -> None:
    """Switched off is not the same as missing."""
    stage = TranslationStage(read_settings(None, {}, {"translation.engine": "none"}))
    assert "switched off" in ask(stage, "hello").error


class Slow:
    """An engine that has no answer in time."""

    longest_characters = 100
    rested = 0

    def pairs(self) -> list[tuple[str, str]]:
        return [("en", "es")]

    def translate(self, text: str, pair: tuple[str, str], timeout_s: float) -> str:
        raise CannotTranslate("The translation took too long.")

    def rest(self) -> None:
        self.rested += 1

    def close(self) -> None: ...


def test_a_failure_is_an_answer_too() -> None:
    """Understanding never waits for one that does not come."""
    assert ask(TranslationStage(SETTINGS, engine=Slow()), "hello").error.endswith("too long.")


def test_an_unused_engine_rests() -> None:
    """Dictionaries do not fill the memory of a device that translates once a week."""
    now, engine = [0.0], Slow()
    stage = TranslationStage(SETTINGS, clock=lambda: now[0], engine=engine)
    tick = m.Tick(wall=0.0)
    ask(stage, "hello")
    for seconds in (REST_AFTER_S - 1, REST_AFTER_S + 1, 2 * REST_AFTER_S):
        now[0] = seconds
        assert list(stage.handle(tick)) == []
    assert engine.rested == 1
