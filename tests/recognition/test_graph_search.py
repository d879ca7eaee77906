"""The command search: the sentence that was said, nothing that no sentence is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.grammar import OPEN
from assistant.pcm import Float32
from assistant.recognition.align import align
from assistant.recognition.graph_search import GraphHypothesis, GraphSearch, GraphTuning
from assistant.recognition.network import build_network
from tests.recognition.conftest import VOCABULARY, graph_of, phones, pieces, said, spoken

SENTENCES = (
    "set a timer for five minutes",
    "set a timer for ten minutes",
    "set a timer",
    "stop",
    "add milk",
    "add ten",
)
SEARCH = GraphSearch(build_network(graph_of(*SENTENCES), VOCABULARY), GraphTuning())
WIDE = GraphTuning(threshold=1e6, alive=100_000)


def search(log_probs: Float32, within: GraphSearch = SEARCH) -> list[GraphHypothesis]:
    """The hypotheses at the end."""
    beam = within.begin()
    beam.step(log_probs)
    return beam.finish(5)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("seed", range(3))
def test_what_was_said_is_found(sentence: str, seed: int) -> None:
    """Each sentence, spoken with some noise."""
    assert search(said(sentence, seed=seed))[0].text == sentence


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(4, 60))
def test_only_sentences_come_out(seed: int, frames: int) -> None:
    """Any sound at all: a sentence of the graph, or nothing."""
    noise = np.random.default_rng(seed).normal(0.0, 3.0, (frames, 40)).astype(np.float32)
    assert {found.text for found in search(noise)} <= set(SENTENCES)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_best_sentence_is_found(seed: int) -> None:
    """With a wide beam: the best score of all sentences, each aligned by itself."""
    sentences = ("stop", "add milk", "set milk", "add ten")
    graph = graph_of(*sentences)
    within = GraphSearch(build_network(graph, VOCABULARY), WIDE)
    noise = np.random.default_rng(seed).normal(0.0, 2.0, (18, 40)).astype(np.float32)
    expected = {}
    for sentence in sentences:
        choices = product(*(VOCABULARY[word] for word in sentence.split()))
        sounds = [[token for word in words for token in word] for words in choices]
        price = np.log(4.0)
        expected[sentence] = max(align(noise, tokens).score for tokens in sounds) - price
    best = search(noise, within)[0]
    assert best.text == max(expected, key=lambda text: expected[text])
    assert best.score == pytest.approx(max(expected.values()), abs=1e-2)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=8))
def test_chunks_change_nothing(cuts: list[int]) -> None:
    """Cut anywhere: the same hypotheses with the same scores."""
    log_probs = said("set a timer for ten minutes")
    beam = SEARCH.begin()
    for piece in pieces(len(log_probs), cuts):
        beam.step(log_probs[piece])
    assert beam.finish(5) == search(log_probs)


def test_what_is_agreed_does_not_change() -> None:
    """While it grows, the words told as agreed are the first of the result."""
    log_probs = said("set a timer for ten minutes")
    final = search(log_probs)[0].words
    beam = SEARCH.begin()
    longest = 0
    for row in range(len(log_probs)):
        beam.step(log_probs[row : row + 1])
        agreed = beam.agreed()
        assert agreed == final[: len(agreed)]
        longest = max(longest, len(agreed))
    assert longest >= 3


def test_a_wildcard_takes_what_lies_between() -> None:
    """Its frames are those of the unknown word, give or take one."""
    within = GraphSearch(
        build_network(graph_of(f"add {OPEN} to", "stop"), VOCABULARY), GraphTuning()
    )
    unknown = phones("B AE N AE N AH Z")
    parts = [said("add", seed=1, pause=3), spoken(unknown, pause=0, seed=2), said("to", pause=3)]
    best = search(np.concatenate(parts), within)[0]
    assert best.words == ("add", OPEN, "to")
    (gap,) = best.gaps
    assert gap.word == 1
    first, end = len(parts[0]), len(parts[0]) + len(parts[1])
    assert abs(gap.first - first) <= 4
    assert abs(gap.end - end) <= 4


def test_silence_is_no_sentence_to_the_end() -> None:
    """Before anything is said, no word is told; at the end of nothing there is nothing."""
    beam = SEARCH.begin()
    assert beam.best().words == ()
    assert beam.agreed() == ()
    assert beam.finish(3) == []


def test_one_sound_may_end_a_word_and_begin_the_next() -> None:
    """ "five" "five", and words that meet in one phone without a pause."""
    within = GraphSearch(build_network(graph_of("set ten", "set"), VOCABULARY), GraphTuning())
    path = [*phones("S EH"), *phones("T"), *phones("T"), *phones("EH N")]
    log_probs = np.full((len(path) + 4, 40), -9.0, np.float32)
    log_probs[[0, 1, -2, -1], 0] = -0.01
    log_probs[np.arange(len(path)) + 2, path] = -0.01
    assert search(log_probs, within)[0].text == "set ten"
