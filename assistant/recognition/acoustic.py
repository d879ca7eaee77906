"""Samples to log-probabilities: front end and encoder joined, chunk by chunk, pure.

The encoder always steps by the same number of frames, counted from the start of the
utterance, so how the samples were cut on their way changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.pcm import Float32, Int16
from assistant.recognition.engines import Engine, EngineState
from assistant.recognition.features import MELS, FeatureState, LogMel
from assistant.recognition.lexicon import TOKENS

SUBSAMPLING = 4
"""Mel frames of 10 ms in an encoder frame."""


class AcousticState(NamedTuple):
    """What is carried through an utterance."""

    front: FeatureState
    mels: Float32
    """Frames that wait for a whole chunk: (frames, MELS)."""
    engine: EngineState
    ahead: int
    """Outputs still to be dropped: they lie before the first frame."""


class Acoustics:
    """Constants only: the state is handed in and out.

    Args:
        chunk_frames: mel frames of one step, a multiple of 4.
        lookahead: encoder frames of delay, from the weights' shape.
    """

    def __init__(self, front: LogMel, engine: Engine, chunk_frames: int, lookahead: int) -> None:
        self._front, self._engine = front, engine
        self._chunk_frames, self._lookahead = chunk_frames, lookahead

    def initial(self) -> AcousticState:
        """State at the start of an utterance."""
        mels = np.zeros((0, MELS), np.float32)
        return AcousticState(self._front.initial(), mels, self._engine.initial(), self._lookahead)

    def step(self, samples: Int16, state: AcousticState) -> tuple[Float32, AcousticState]:
        """Any number of samples to the log-probabilities that are ready: (n, tokens)."""
        new, front = self._front.step(samples, state.front)
        mels = np.concatenate([state.mels, new])
        whole = len(mels) - len(mels) % self._chunk_frames
        state = state._replace(front=front, mels=mels[whole:])
        return self._encode(mels[:whole], state)

    def finish(self, state: AcousticState) -> Float32:
        """The log-probabilities of the rest, look-ahead filled with zeros: (n, tokens)."""
        short = -len(state.mels) % SUBSAMPLING + self._lookahead * SUBSAMPLING
        rest = np.concatenate([state.mels, np.zeros((short, MELS), np.float32)])
        return self._encode(rest, state)[0]

    def _encode(self, mels: Float32, state: AcousticState) -> tuple[Float32, AcousticState]:
        outputs = [np.zeros((0, len(TOKENS)), np.float32)]
        engine = state.engine
        for first in range(0, len(mels), self._chunk_frames):
            chunk = mels[None, first : first + self._chunk_frames]
            log_probs, engine = self._engine.step(chunk, engine)
            outputs.append(log_probs[0])
        found = np.concatenate(outputs)
        dropped = min(state.ahead, len(found))
        return found[dropped:], state._replace(engine=engine, ahead=state.ahead - dropped)
