"""N-gram models are probability distributions, and KenLM reads what is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.training.mixing import mix, prune
from assistant.training.ngrams import BEGIN, SPECIAL, Model, count, encode, smooth, write_arpa

WORDS = ["red", "green", "blue", "light"]
VOCABULARY = [*SPECIAL, *WORDS]
NUMBER = {word: index for index, word in enumerate(VOCABULARY)}
sentences = st.lists(
    st.lists(st.sampled_from([*WORDS, "mauve"]), min_size=1, max_size=6), min_size=1, max_size=30
)


def model_of(text: list[list[str]], order: int = 3) -> Model:
    return smooth(count(encode(text, NUMBER), len(VOCABULARY), order))


def log_probability(model: Model, ngram: tuple[int, ...]) -> float:
    """Natural logarithm of the last word's probability after the others, by backing off."""
    row = 0
    for index, table in enumerate(model.tables[: len(ngram)]):
        found = table.find(np.array([row]), np.array([ngram[index]]), model.words)[0]
        if found < 0 and index < len(ngram) - 1:
            return log_probability(model, ngram[1:])
        if found < 0:
            return float(model.log_backoff[index - 1][row]) + log_probability(model, ngram[1:])
        row = int(found)
    return float(model.log_probability[len(ngram) - 1][row])


def assert_sums_to_one(model: Model) -> None:
    ends = [word for word in range(len(VOCABULARY)) if word != BEGIN]
    for first in range(1, len(VOCABULARY)):
        for history in ((first,), (BEGIN, first)):
            total = sum(np.exp(log_probability(model, (*history, word))) for word in ends)
            assert total == pytest.approx(1.0, abs=1e-6), history


@settings(max_examples=30, deadline=None)
@given(sentences, sentences)
def test_every_history_leaves_probability_one(
    left: list[list[str]], right: list[list[str]]
) -> None:
    """Smoothed, mixed and pruned: what may follow any words sums to one."""
    assert_sums_to_one(model_of(left))
    mixed = mix([model_of(left), model_of(right)], [0.3, 0.7])
    assert_sums_to_one(mixed)
    assert_sums_to_one(prune(mixed, 0.01))


def test_sentences_and_unknown_words_part_ngrams() -> None:
    """Words of two sentences, or around an unknown word, never make an n-gram."""
    counts = count(encode([["red", "light"], ["blue", "mauve", "green"]], NUMBER), 7, 2)
    table = counts.tables[1]
    pairs = {(VOCABULARY[c], VOCABULARY[w]) for c, w in zip(table.context, table.word, strict=True)}
    assert pairs == {
        ("<s>", "red"), ("red", "light"), ("light", "</s>"), ("<s>", "blue"), ("green", "</s>")
    }  # fmt: skip


def test_what_is_seen_often_is_likelier() -> None:
    """The counts reach the probabilities: an estimate by rank, not by chance."""
    model = model_of([["red", "light"]] * 9 + [["red", "green"]])
    red, light, green = (NUMBER[word] for word in ("red", "light", "green"))
    often, once = (log_probability(model, (BEGIN, red, word)) for word in (light, green))
    assert often > once + 1.0


@settings(max_examples=20, deadline=None)
@given(sentences)
def test_a_model_mixed_with_itself_is_itself(text: list[list[str]]) -> None:
    """Mixing neither loses nor gains probability."""
    model = model_of(text)
    mixed = mix([model, model], [0.5, 0.5])
    for before, after in zip(model.log_probability, mixed.log_probability, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-9)


def test_a_source_speaks_only_of_histories_it_uses() -> None:
    """After words that one source alone uses, the other has no say."""
    commands = model_of([["red", "light"]] * 20)
    prose = model_of([["blue", "green"]] * 20)
    mixed = mix([commands, prose], [0.1, 0.9])
    pair = (NUMBER["red"], NUMBER["light"])
    assert log_probability(mixed, pair) == pytest.approx(log_probability(commands, pair))


def test_pruning_keeps_what_matters() -> None:
    """A higher threshold leaves fewer n-grams; the frequent ones are the last to go."""
    rng = np.random.default_rng(3)
    text = [list(rng.choice(WORDS, size=4, p=[0.6, 0.2, 0.1, 0.1])) for _ in range(200)]
    model = model_of(text)
    sizes = [len(prune(model, threshold).tables[2]) for threshold in (0.0, 1e-4, 1e-3, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[1] > 0 == sizes[-1]


def test_kenlm_gives_the_same_scores(tmp_path: Path) -> None:
    """The ARPA file means to the recogniser's KenLM what the model means here."""
    rng = np.random.default_rng(5)
    model = prune(model_of([list(rng.choice(WORDS, size=5)) for _ in range(100)]), 1e-4)
    write_arpa(model, VOCABULARY, tmp_path / "small.arpa")
    scorer = KenLM(str(tmp_path / "small.arpa"), Dictionary(WORDS))
    for _ in range(20):
        said = list(rng.choice(WORDS, size=4))
        state, past = scorer.start(False), (BEGIN,)
        for word in said:
            state, score = scorer.score(state, WORDS.index(word))
            past = (*past, NUMBER[word])[-3:]
            expected = log_probability(model, past) / np.log(10.0)
            assert score == pytest.approx(expected, abs=1e-4)
