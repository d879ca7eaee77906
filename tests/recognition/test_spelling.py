"""Words that no dictionary has still get a pronunciation, whatever they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import ModelError
from assistant.evaluation.measures import edit_distance
from assistant.recognition.lexicon import BLANK, TOKENS, read_lexicon
from assistant.recognition.spelling import LONGEST_WORD, MODEL, MOST_READINGS, Speller
from assistant.resources import resource


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(resource("lexicon"))


def said(speller: Speller, word: str) -> str:
    return " ".join(TOKENS[token] for token in speller.pronounce(word)[0])


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("zigbee", "Z IH G B IY"),
        ("café", "K AE F EY"),
        ("CAFE", "K AE F EY"),
        ("b", "B IY"),
        ("tv", "T IY V IY"),
        ("mp3", "EH M P IY TH R IY"),
        ("4k", "F AO R K EY"),
        ("lamp-post", "L AE M P P OW S T"),
    ],
)
def test_reads_new_words_letters_and_digits(speller: Speller, word: str, phones: str) -> None:
    """Names, accents, capitals, abbreviations, digits and compounds are said as people do."""
    assert said(speller, word) == phones


@pytest.mark.parametrize("word", ["", "''", "日本", "—", " \t"])
def test_what_cannot_be_said_has_no_reading(speller: Speller, word: str) -> None:
    """Nothing to say is an empty list, not an invented word and not an exception."""
    assert speller.pronounce(word, 3) == []


def test_agrees_with_the_dictionary(speller: Speller) -> None:
    """Weights and graphones belong together: most of the dictionary comes out nearly right."""
    lexicon = read_lexicon(resource("lexicon/cmudict.dict.xz"))
    words = [word for word in lexicon if word.isalpha() and len(word) > 2][::700]
    wrong = sum(
        min(edit_distance(phones, speller.pronounce(word)[0]) for phones in lexicon[word])
        for word in words
    )
    assert wrong < 0.05 * sum(len(lexicon[word][0]) for word in words)


def test_readings_come_best_first_and_add_up(speller: Speller) -> None:
    """Probabilities fall, no reading comes twice, and together they are at most one."""
    readings = speller.read("jargal", 100)
    weights = [reading.probability for reading in readings]
    assert 1 < len(readings) <= MOST_READINGS
    assert len({reading.pronunciation for reading in readings}) == len(readings)
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) <= 1.0 + 1e-9
    assert speller.pronounce("jargal", 2) == [r.pronunciation for r in readings[:2]]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.integers(1, 5))
def test_any_text_is_read_or_refused(word: str, n: int) -> None:
    """No text breaks the search; what comes out are phonemes, never blanks, never too many."""
    readings = Speller(resource("lexicon")).pronounce(word, n)
    assert len(readings) <= n
    for phones in readings:
        assert phones
        assert all(BLANK < token < len(TOKENS) for token in phones)


def test_length_is_bounded(speller: Speller) -> None:
    """Of an endless word the beginning is read: time and result stay bounded."""
    assert speller.pronounce("ma" * 5000) == speller.pronounce(("ma" * 5000)[:LONGEST_WORD])


def test_a_missing_or_damaged_model_is_named(tmp_path: Path) -> None:
    """The error says which file is no spelling model and what makes one."""
    with pytest.raises(ModelError, match="train spelling"):
        Speller(tmp_path / "nothing").pronounce("hello")
    (tmp_path / "spelling.txt").write_text("h:HH\n")
    (tmp_path / MODEL).write_bytes(b"\0" * 4096)
    with pytest.raises(ModelError, match=MODEL):
        Speller(tmp_path).pronounce("hello")
