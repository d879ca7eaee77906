"""Forced alignment against all paths, tried one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.evaluation.measures import collapse
from assistant.recognition.align import align
from tests.recognition.conftest import phones, spoken


@settings(max_examples=60, deadline=None)
@given(
    tokens=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    frames=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_the_best_of_all_paths_is_found(tokens: list[int], frames: int, seed: int) -> None:
    """Score and places of the best path that collapses to the tokens."""
    log_probs = np.random.default_rng(seed).normal(size=(frames, 3)).astype(np.float32)
    paths = [path for path in product(range(3), repeat=frames) if collapse(path) == tokens]
    found = align(log_probs, tokens)
    if not paths:
        assert found.score == -np.inf
        return
    scores = [sum(log_probs[t, k] for t, k in enumerate(path)) for path in paths]
    assert found.score == pytest.approx(max(scores), abs=1e-4)
    path = np.zeros(frames, int)
    for token, start, end in zip(tokens, found.starts, found.ends, strict=True):
        assert start < end
        path[start:end] = token
    assert collapse(path.tolist()) == tokens
    assert sum(log_probs[t, k] for t, k in enumerate(path)) == pytest.approx(found.score, abs=1e-4)


def test_words_are_found_where_they_were_said() -> None:
    """Each phone lies behind the one before, and what is certain falls short of nothing."""
    tokens = phones("S EH T AH T AY M ER")
    found = align(spoken(tokens, sure=8.0), tokens)
    assert (found.starts[1:] >= found.ends[:-1]).all()
    assert found.shortfalls.max() == 0.0
    assert found.starts[0] >= 4


@pytest.mark.parametrize("frames", [0, 2])
def test_too_little_sound_for_the_phones(frames: int) -> None:
    """No path is no score, not an error."""
    log_probs = spoken([], pause=5)[:frames]
    assert align(log_probs, phones("S EH T")).score == -np.inf
