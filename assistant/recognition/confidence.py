"""How far a hypothesis can be trusted, from 0 to 1.

Compared on the same sound: what the hypothesis explains, what anything could explain (the
free decode), what saying nothing would (blanks alone), and what the next best command
does. The weights that turn these into a probability of being right are fitted on speakers
that were not trained on, half of whose sentences the search could not know
(``assistant export confidence``).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.align import Alignment, align
from assistant.recognition.ctc import free_score, silence_score
from assistant.recognition.search import Hypothesis

FILE = "confidence.json"
MOST_MARGIN = 6.0
"""Nats; to be further ahead of the rivals proves nothing more."""
Search = Literal["commands", "open"]
Weights = tuple[float, ...]
"""One for each of ``features``."""


class Evidence(NamedTuple):
    """What is known about a hypothesis; all but ``phones`` in nats."""

    shortfall: float
    """Log-probability less that of the free decode, for each phone: 0 at best."""
    worst: float
    """The shortfall of the worst word, a mean over its phones' frames."""
    gain: float
    """Log-probability above that of silence, for each phone."""
    phones: int
    margin: float = 0.0
    """Score above the next best command that sounds different; 0 in the open search."""


@dataclass(frozen=True)
class Calibration:
    """Logistic models of a command being right, and of a word of the open search."""

    commands: Weights = (-4.0, 0.75, 0.65, 0.0, 0.0, 1.0)
    open: Weights = (-1.4, 2.5, -0.4, 0.65, 0.0, 0.0)
    least_gain: float = -0.5
    """Nats a phone; below it silence explains the sound better."""

    def confidence(self, evidence: Evidence, search: Search) -> float:
        """Probability that the hypothesis is right."""
        if not evidence.phones or evidence.gain < self.least_gain:
            return 0.0
        weights = self.commands if search == "commands" else self.open
        weighed = float(np.dot(weights, features(evidence)))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, weighed))))


def features(evidence: Evidence) -> tuple[float, ...]:
    """The numbers that the logistic models weigh."""
    return (
        1.0,
        max(-8.0, evidence.shortfall),
        max(-8.0, evidence.worst),
        min(8.0, evidence.gain),
        math.log(max(1, evidence.phones)),
        min(MOST_MARGIN, evidence.margin),
    )


class Judged(NamedTuple):
    """A hypothesis, its place in the sound, and what it is worth."""

    hypothesis: Hypothesis
    alignment: Alignment
    evidence: Evidence
    confidence: float


def judge(
    hypothesis: Hypothesis,
    log_probs: Float32,
    calibration: Calibration,
    search: Search,
    margin: float = 0.0,
) -> Judged:
    """Align ``hypothesis`` with the whole utterance's log-probabilities (N, tokens)."""
    alignment = align(log_probs, hypothesis.tokens)
    phones = len(hypothesis.tokens)
    if not phones or not math.isfinite(alignment.score):
        return Judged(hypothesis, alignment, Evidence(0.0, 0.0, 0.0, 0), 0.0)
    evidence = Evidence(
        (alignment.score - free_score(log_probs)) / phones,
        min(word_shortfalls(hypothesis, alignment)),
        (alignment.score - silence_score(log_probs)) / phones,
        phones,
        margin,
    )
    return Judged(hypothesis, alignment, evidence, calibration.confidence(evidence, search))


def word_shortfalls(hypothesis: Hypothesis, alignment: Alignment) -> list[float]:
    """The mean shortfall of each word's phones, nats a frame."""
    ends = np.cumsum([len(phones) for phones in hypothesis.phones])
    pairs = zip([0, *ends[:-1]], ends, strict=True)
    return [float(alignment.shortfalls[first:end].mean()) for first, end in pairs]


def word_confidence(whole: float, shortfall: float) -> float:
    """A word's share of the utterance's confidence: certain where its sound is the best."""
    return round(math.sqrt(max(0.0, whole) * math.exp(max(-30.0, min(0.0, shortfall)))), 3)


def read_calibration(folder: Path) -> Calibration:
    """The fit that lies beside the weights; the defaults where there is none.

    Raises:
        ModelError: the file is not one.
    """
    path = folder / FILE
    if not path.exists():
        return Calibration()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        count = len(features(Evidence(0.0, 0.0, 0.0, 1)))
        rows = [tuple(float(value) for value in values[name]) for name in ("commands", "open")]
        if any(len(row) != count for row in rows):
            raise ValueError(f"expected {count} weights")
        return Calibration(rows[0], rows[1], float(values["least_gain"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path}: not a calibration of confidences: {error}") from error


def write_calibration(calibration: Calibration, folder: Path) -> None:
    """Put the fit beside the weights."""
    text = json.dumps(asdict(calibration))
    (folder / FILE).write_text(text + "\n", encoding="utf-8")
