"""What the log-probabilities say by themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.evaluation.measures import collapse
from assistant.recognition.ctc import free_score, greedy, silence_score, without_blank
from assistant.recognition.lexicon import BLANK, TOKENS


def certain(path: list[int]) -> np.ndarray:
    """Log-probabilities of a network that is sure of ``path``."""
    scores = np.full((len(path), len(TOKENS)), -20.0, np.float32)
    scores[np.arange(len(path)), path] = -0.01
    return scores


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=30))
def test_greedy_collapses_as_training_does(path: list[int]) -> None:
    """Repeats merged, blanks out, each token at its first frame."""
    found = greedy(certain(path).reshape(len(path), len(TOKENS)))
    assert found.tokens == collapse(path)
    assert all(
        path[frame] == token for token, frame in zip(found.tokens, found.frames, strict=True)
    )
    assert found.frames == sorted(set(found.frames))


def test_scores_of_the_free_path_and_of_silence() -> None:
    """The free path is at least as probable as silence."""
    log_probs = certain([BLANK, 3, 3, BLANK])
    assert np.isclose(free_score(log_probs), -0.04)
    assert np.isclose(silence_score(log_probs), -40.02)


def test_a_penalty_changes_the_blank_alone() -> None:
    """The given array is left as it was."""
    log_probs = certain([BLANK, 3])
    changed = without_blank(log_probs, 2.0)
    np.testing.assert_allclose(changed[:, BLANK], log_probs[:, BLANK] - 2.0)
    np.testing.assert_array_equal(changed[:, 1:], log_probs[:, 1:])
    assert log_probs[0, BLANK] == np.float32(-0.01)
