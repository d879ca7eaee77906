"""Confidences: high for what was said, low for what was not, none for silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.recognition.confidence import (
    FILE,
    Calibration,
    Evidence,
    features,
    judge,
    read_calibration,
    word_confidence,
    write_calibration,
)
from assistant.recognition.search import Hypothesis
from tests.recognition.conftest import VOCABULARY, said, spoken


def hypothesis(text: str) -> Hypothesis:
    """The words with their first pronunciations."""
    words = tuple(text.split())
    return Hypothesis(words, tuple(VOCABULARY[word][0] for word in words))


def test_what_was_said_is_trusted_more_than_what_was_not() -> None:
    """The right sentence near 1, a wrong one near 0."""
    log_probs = said("set a timer for ten minutes")
    right = judge(
        hypothesis("set a timer for ten minutes"), log_probs, Calibration(), "commands", 10.0
    )
    wrong = judge(hypothesis("add milk to two"), log_probs, Calibration(), "commands", 10.0)
    assert right.confidence > 0.6
    assert wrong.confidence < 0.1


def test_silence_says_nothing() -> None:
    """A word that no sound supports has no confidence at all."""
    silence = spoken([], pause=30, sure=8.0)
    assert judge(hypothesis("stop"), silence, Calibration(), "open").confidence == 0.0
    assert judge(Hypothesis((), ()), silence, Calibration(), "open").confidence == 0.0


def test_confidences_grow_with_the_evidence() -> None:
    """Less shortfall, more lead: never less confident."""
    better = [Evidence(-x, -x, 2.0, 10, 5.0 - x) for x in (4.0, 2.0, 1.0, 0.0)]
    found = [Calibration().confidence(evidence, "commands") for evidence in better]
    assert found == sorted(found)
    assert all(0.0 <= confidence <= 1.0 for confidence in found)


def test_words_share_the_confidence_of_the_whole() -> None:
    """A word that is the best possible has most of it, a doubtful one less."""
    assert word_confidence(1.0, 0.0) == 1.0
    assert word_confidence(0.8, -3.0) < word_confidence(0.8, -0.1) < 1.0
    assert word_confidence(0.0, 0.0) == 0.0


def test_the_fit_is_kept_beside_the_weights(tmp_path: Path) -> None:
    """Written and read again it is the same; without a file the defaults hold."""
    assert read_calibration(tmp_path) == Calibration()
    count = len(features(Evidence(0.0, 0.0, 0.0, 1)))
    fitted = Calibration(tuple(np.arange(count) / 4.0), (0.5,) * count, 0.25)
    write_calibration(fitted, tmp_path)
    assert read_calibration(tmp_path) == fitted


@pytest.mark.parametrize("text", ["{", "[]", '{"commands": [1], "open": [1], "least_gain": 0}'])
def test_a_damaged_fit(tmp_path: Path, text: str) -> None:
    """One clear line."""
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ModelError, match="not a calibration"):
        read_calibration(tmp_path)
