"""How far a hypothesis can be trusted, from 0 to 1.

Compared on the same sound: what the hypothesis explains, what anything could explain (the
free decode), and what saying nothing would (blanks alone). The weights that turn these
into a probability of being right are fitted on speakers of training corpora, half of
whose sentences the search could not know (``assistant export confidence``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.align import Alignment, align
from assistant.recognition.ctc import free_score, silence_score
from assistant.recognition.search import Hypothesis

FILE = "confidence.json"


class Evidence(NamedTuple):
    """What is known about a hypothesis; all but ``phones`` in nats a phone."""

    shortfall: float
    """Log-probability less that of the free decode, 0 at best."""
    worst: float
    """The shortfall of the worst word, a mean over its phones' frames."""
    gain: float
    """Log-probability above that of silence."""
    phones: int


@dataclass(frozen=True)
class Calibration:
    """Weights of a logistic model of being right."""

    bias: float = 3.0
    shortfall: float = 2.0
    worst: float = 0.5
    gain: float = 0.3
    length: float = 0.3
    """For the logarithm of the number of phones."""
    least_gain: float = 0.5
    """Nats a phone; below it the sound was no speech."""

    def confidence(self, evidence: Evidence) -> float:
        """Probability that the hypothesis is right."""
        if not evidence.phones or evidence.gain < self.least_gain:
            return 0.0
        weighed = np.dot(self.weights, features(evidence))
        return float(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, weighed)))))

    @property
    def weights(self) -> tuple[float, ...]:
        """In the order of ``features``."""
        return self.bias, self.shortfall, self.worst, self.gain, self.length


class Judged(NamedTuple):
    """A hypothesis, its place in the sound, and what it is worth."""

    hypothesis: Hypothesis
    alignment: Alignment
    evidence: Evidence
    confidence: float


def features(evidence: Evidence) -> tuple[float, ...]:
    """The numbers that the logistic model weighs."""
    return (
        1.0,
        max(-8.0, evidence.shortfall),
        max(-8.0, evidence.worst),
        min(8.0, evidence.gain),
        math.log(max(1, evidence.phones)),
    )


def judge(hypothesis: Hypothesis, log_probs: Float32, calibration: Calibration) -> Judged:
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
    )
    return Judged(hypothesis, alignment, evidence, calibration.confidence(evidence))


def word_shortfalls(hypothesis: Hypothesis, alignment: Alignment) -> list[float]:
    """The mean shortfall of each word's phones, nats a frame."""
    ends = np.cumsum([len(phones) for phones in hypothesis.phones])
    pairs: Sequence[tuple[int, int]] = list(zip([0, *ends[:-1]], ends, strict=True))
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
        known = {field.name for field in fields(Calibration)}
        return Calibration(**{name: float(values[name]) for name in known & set(values)})
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: not a calibration of confidences: {error}") from error


def write_calibration(calibration: Calibration, folder: Path) -> None:
    """Put the fit beside the weights."""
    text = json.dumps(asdict(calibration), indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")
