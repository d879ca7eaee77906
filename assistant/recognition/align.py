"""Forced alignment: where in the sound each phone of a hypothesis lies.

Viterbi over the CTC topology (blank, phone, blank, phone, …, blank), one vector operation
a frame. Letters: N frames, L phones, S = 2 L + 1 states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK

FRAME_S = 0.04
"""Length of an encoder frame."""


class Alignment(NamedTuple):
    """The best path of a token sequence through the frames."""

    score: float
    """Its log-probability; minus infinity where the frames are too few for the tokens."""
    starts: NDArray[np.int64]
    """First frame of each token, (L,)."""
    ends: NDArray[np.int64]
    """One past the last frame of each token, (L,)."""
    shortfalls: Float32
    """For each token, the mean over its frames of its log-probability less the best, (L,)."""


def align(log_probs: Float32, tokens: Sequence[int]) -> Alignment:
    """Align ``tokens``, without blanks, with log-probabilities (N, tokens)."""
    frames, length = len(log_probs), len(tokens)
    targets = np.full(2 * length + 1, BLANK)
    targets[1::2] = tokens
    nothing = np.zeros(length, np.int64)
    if frames < length or frames == 0 or length == 0:
        score = float(log_probs[:, BLANK].sum()) if not length else -np.inf
        return Alignment(score, nothing, nothing, np.full(length, -np.inf, np.float32))
    score, path = _viterbi(log_probs[:, targets], targets)
    if not np.isfinite(score):
        return Alignment(-np.inf, nothing, nothing, np.full(length, -np.inf, np.float32))
    states = 2 * np.arange(length) + 1
    starts = np.searchsorted(path, states)
    ends = np.searchsorted(path, states, side="right")
    short = log_probs[np.arange(frames), targets[path]] - log_probs.max(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(short, dtype=np.float64)])
    means = (sums[ends] - sums[starts]) / np.maximum(1, ends - starts)
    return Alignment(score, starts, ends, means.astype(np.float32))


def _viterbi(emitted: Float32, targets: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
    """Best score and the state of each frame, given the emissions (N, S) of the states."""
    frames, states = emitted.shape
    # a phone may follow a phone at once, unless it is the same one
    leap = np.zeros(states, np.bool_)
    leap[3::2] = targets[3::2] != targets[1:-2:2]
    scores = np.full(states, -np.inf)
    scores[:2] = emitted[0, :2]
    came = np.zeros((frames, states), np.int8)
    choices = np.full((3, states), -np.inf)
    for frame in range(1, frames):
        choices[0] = scores
        choices[1, 1:] = scores[:-1]
        choices[2, 2:] = np.where(leap[2:], scores[:-2], -np.inf)
        came[frame] = choices.argmax(axis=0)
        scores = choices.max(axis=0) + emitted[frame]
    state = states - 1 if scores[-1] >= scores[-2] else states - 2
    best = float(scores[state])
    path = np.empty(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(came[frame, state])
    return best, path
