"""What is written becomes what is said, whatever is written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.voice import markup, sentences
from assistant.voice.normalise import speakable
from assistant.voice.numbers import in_words


def said(text: str, language: str = "en", longest: int = 5000) -> list[str]:
    return [sentence for sentence, _ in speakable(text, language, longest)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith paid. He left.", ["Doctor Smith paid.", "He left."]),
        ("It is 3.5 km. Go!", ["It is three point five kilometres.", "Go!"]),
        ("Fruit, e.g. apples. Yes.", ["Fruit, for example apples.", "Yes."]),
        ("J. R. R. Tolkien wrote it. Did he?", ["J. R. R. Tolkien wrote it.", "Did he?"]),
        ("Wait... what? No.", ["Wait... what?", "No."]),
        ("See No. 7. No. Not now.", ["See Number seven.", "No.", "Not now."]),
        ("One\ntwo", ["One", "two"]),
        ("你好。再见。", ["你好。", "再见。"]),
    ],
)
def test_sentences_survive_abbreviations_and_decimals(text: str, expected: list[str]) -> None:
    """A full stop is not always an end."""
    assert said(text, "zh" if "你" in text else "en") == expected


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("at 10:30", "at ten thirty"),
        ("at 10:05 pm", "at ten oh five PM"),
        ("at 3:00 p.m.", "at three PM"),
        ("at 7:00", "at seven o'clock"),
        ("7 am", "seven AM"),
        ("1,234 people", "one thousand two hundred and thirty-four people"),
        ("$3.50 or €1", "three dollars and fifty cents or one euro"),
        ("$0.01", "one cent"),
        ("-5 °C", "minus five degrees Celsius"),
        ("1 kg or 2 kg", "one kilogram or two kilograms"),
        ("50%", "fifty percent"),
        ("the 21st", "the twenty-first"),
        ("in 1999", "in nineteen ninety-nine"),
        ("on 2024-05-03", "on May third, twenty twenty-four"),
        ("3-5 days", "three to five days"),
        ("5 - 3 = 2", "five minus three equals two"),
        ("007", "zero zero seven"),
        ("0.1", "zero point one"),
        ("A & B", "A and B"),
    ],
)
def test_english_numbers(written: str, spoken: str) -> None:
    """Times, dates, money and units as people say them."""
    assert in_words(written, "en") == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("es", "Son las 10:30.", "Son las diez y treinta."),
        ("es", "1 km y 12,50 €", "un kilómetro y doce euros con cincuenta céntimos"),
        ("es", "1.234 o 3.5", "mil doscientos treinta y cuatro o tres punto cinco"),
        ("fr", "à 10h30", "à dix heures trente"),
        ("de", "um 1:30 Uhr", "um ein Uhr dreißig"),
        ("de", "1,5 kg, z. B. hier", "eins Komma fünf Kilogramm, zum Beispiel hier"),
        ("ja", "10:30", "10:30"),
    ],
)
def test_numbers_in_other_languages(language: str, written: str, spoken: str) -> None:
    """Comma and full stop change their meaning; unknown languages keep their digits."""
    assert in_words(written, language) == spoken


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("**Done!** 😀👍🏽", "Done!"),
        ("<b>Bold</b> &amp; <br/>", "Bold &"),
        ("[the page](https://x.org/a?b) `code`", "the page code"),
        ("see https://www.example.com/a/b?c=d now", "see www.example.com now"),
        ("# Title\n- one\n* two\n> three", "Title\none\ntwo\nthree"),
        ("snake_case and 2*3*4 and a < b", "snake_case and 2*3*4 and a < b"),
        ("a\x00b\u200dc\x1b[0m", "abc[0m"),
    ],
)
def test_markup_is_not_read_aloud(written: str, plain: str) -> None:
    """Stars, tags and emoji are for the eye; signs within words and sums are not markup."""
    assert markup.strip(written) == plain


@pytest.mark.parametrize("nothing", ["", "   \n", "😀🎉", "...!?", "*** --- ```", "\x00"])
def test_nothing_to_say_is_no_sentence(nothing: str) -> None:
    """The engine is never asked for an empty sentence."""
    assert said(nothing) == []


def test_another_script_is_read_in_its_own_language() -> None:
    """An English voice would spell Cyrillic out."""
    found = [language for _, language in speakable("Hello. Привет. Γεια. 你好。かな。", "en", 999)]
    assert found == ["en", "ru", "el", "zh", "ja"]
    assert sentences.language_of("Привіт", "uk") == "uk"


def test_a_long_text_is_cut_at_a_sentence_and_says_so() -> None:
    """Bounded, never in the middle of a word."""
    found = said("This is a sentence. " * 100, longest=100)
    assert found == ["This is a sentence."] * 5 + ["And so on."]
    assert said("Uno. Dos. Tres.", "es", longest=8)[-1] == "Etcétera."


def test_a_text_of_just_the_longest_length_is_not_cut() -> None:
    """The bound itself is within the bound."""
    assert said("Abcd. Efg.", longest=9) == ["Abcd.", "Efg."]


def test_ten_thousand_words_take_no_time() -> None:
    """Only as much is read as may be spoken, and the first sentence waits for nothing else."""
    text = "Many words 12 with, commas 3.5 and $5 in it " * 1200
    began = time.process_time()
    found = said(text)
    assert time.process_time() - began < 2.0
    assert all(len(sentence) < 1000 for sentence in found) and len(found) > 10
    assert found[-1] == "And so on."


@given(st.text(max_size=400), st.sampled_from(["en", "es", "fr", "de", "zh", "", "x-y"]))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_sentences(text: str, language: str) -> None:
    """No input breaks it, and every sentence holds something to be spoken."""
    for sentence in said(text, language):
        assert any(map(str.isalnum, sentence))


@given(st.text(alphabet="abc ,.", max_size=2000))
@settings(max_examples=100, deadline=None)
def test_splitting_loses_no_letter(text: str) -> None:
    """Pieces are short, in order and complete."""
    pieces = list(sentences.split(text))
    letters = [letter for letter in text if letter.isalnum()]
    assert [letter for piece in pieces for letter in piece if letter.isalnum()] == letters
    assert all(len(piece) <= sentences.LONGEST_PIECE for piece in pieces)
