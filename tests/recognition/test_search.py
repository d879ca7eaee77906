"""The open search: words in any order, by their sound and by what is usual."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import ModelError
from assistant.recognition.search import Hypothesis, LexiconSearch, Tuning
from tests.recognition.conftest import VOCABULARY, phones, pieces, said, spoken

PAIRS = (("set", "a"), ("a", "timer"), ("for", "ten"), ("to", "milk"), ("add", "milk"))


def write_arpa(path: Path) -> Path:
    """A bigram model of the vocabulary: every word alike, some pairs favoured."""
    each = math.log10(1 / (len(VOCABULARY) + 1))
    words = "".join(f"{each:.4f}\t{word}\t-0.3\n" for word in VOCABULARY)
    pairs = "".join(f"-0.3\t{first} {second}\n" for first, second in PAIRS)
    path.write_text(
        f"\\data\\\nngram 1={len(VOCABULARY) + 3}\nngram 2={len(PAIRS)}\n\n\\1-grams:\n"
        f"-3\t<unk>\n-99\t<s>\t-0.3\n{each:.4f}\t</s>\n{words}\n\\2-grams:\n{pairs}\n\\end\\\n"
    )
    return path


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> LexiconSearch:
    """The vocabulary of these tests."""
    model = write_arpa(tmp_path_factory.mktemp("lm") / "small.arpa")
    return LexiconSearch(VOCABULARY, model, Tuning(), spare=2)


def hear(search: LexiconSearch, log_probs: object) -> list[Hypothesis]:
    """The hypotheses at the end."""
    beam = search.begin()
    beam.step(log_probs)  # type: ignore[arg-type]
    return beam.finish(5)


@pytest.mark.parametrize(
    "text", ["set a timer for five minutes", "stop", "add milk", "timer for ten minutes"]
)
def test_words_are_found_in_any_order(search: LexiconSearch, text: str) -> None:
    """Said clearly, each phone of a word is told with it."""
    best = hear(search, said(text, hold=1))[0]
    assert best.text == text
    assert [phone for word in best.phones for phone in word] == best.tokens
    assert all(best.phones[i] in VOCABULARY[word] for i, word in enumerate(best.words))


def test_the_model_decides_between_words_that_sound_alike(search: LexiconSearch) -> None:
    """ "to milk" is usual, "two milk" is not."""
    assert hear(search, spoken(phones("T UW M IH L K"), hold=1))[0].text == "to milk"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=8))
def test_chunks_change_nothing(search: LexiconSearch, cuts: list[int]) -> None:
    """Cut anywhere: the same hypotheses with the same scores."""
    log_probs = said("set a timer for ten minutes")
    beam = search.begin()
    for piece in pieces(len(log_probs), cuts):
        beam.step(log_probs[piece])
    assert beam.finish(5) == hear(search, log_probs)


def test_what_is_agreed_does_not_change(search: LexiconSearch) -> None:
    """While it grows, the words told as agreed are the first of the result."""
    log_probs = said("set a timer for ten minutes", hold=1)
    final = hear(search, log_probs)[0].words
    beam = search.begin()
    for row in range(len(log_probs)):
        beam.step(log_probs[row : row + 1])
        agreed = beam.agreed()
        assert agreed == final[: len(agreed)]


def test_new_words_can_be_added(search: LexiconSearch) -> None:
    """As many as labels were kept free; the search without them stays as it was."""
    sound = {"ecobee": [phones("IY K OW B IY")], "zigbee": [phones("Z IH G B IY")]}
    grown = search.with_words(sound | {"hue": [phones("HH Y UW")]})
    log_probs = spoken(phones("S EH T IY K OW B IY"), hold=1)
    assert hear(grown, log_probs)[0].text == "set ecobee"
    assert hear(search, log_probs)[0].text != "set ecobee"
    assert grown.words[-2:] == ["ecobee", "zigbee"]


def test_nothing_was_said(search: LexiconSearch) -> None:
    """No frames: no hypotheses, no words, nothing agreed."""
    beam = search.begin()
    assert beam.best().words == beam.agreed() == ()
    assert beam.finish(3) == []


def test_a_file_that_is_no_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One clear line."""
    (tmp_path / "lm.arpa").write_text("hello")
    with pytest.raises(ModelError, match="not a language model"):
        LexiconSearch(VOCABULARY, tmp_path / "lm.arpa", Tuning())
    capfd.readouterr()
