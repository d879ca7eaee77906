"""What the log-probabilities say by themselves, without words.

Shapes: N frames of 40 ms, log-probabilities (N, tokens), token 0 the blank.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK


class Greedy(NamedTuple):
    """The most probable path, collapsed."""

    tokens: list[int]
    frames: list[int]
    """The first frame of each token."""


def greedy(log_probs: Float32) -> Greedy:
    """The best token of each frame; repeats merged, blanks left out."""
    path = log_probs.argmax(axis=1)
    new = np.diff(path, prepend=-1) != 0
    frames = np.flatnonzero(new & (path != BLANK))
    return Greedy(path[frames].tolist(), frames.tolist())


def without_blank(log_probs: Float32, penalty: float) -> Float32:
    """The log-probabilities with ``penalty`` nats taken from the blank in every frame.

    CTC networks leave phones out rather than put wrong ones in; searches that compare
    sentences of different lengths need them weighed evenly.
    """
    changed = log_probs.copy()
    changed[:, BLANK] -= np.float32(penalty)
    return changed


def free_score(log_probs: Float32) -> float:
    """Log-probability of the most probable path: no hypothesis can have more."""
    return float(log_probs.max(axis=1).sum(dtype=np.float64))


def silence_score(log_probs: Float32) -> float:
    """Log-probability of the path of blanks alone: what saying nothing would cost."""
    return float(log_probs[:, BLANK].sum(dtype=np.float64))
