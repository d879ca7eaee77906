"""The encoder under onnxruntime: no torch, the default."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.engines import STATE_NAMES
from assistant.recognition.weights import GRAPH, Weights

OnnxState = tuple[Float32, ...]
"""As ``encoder.EncoderState``: past mels (B, …), the others with the batch second."""


class OnnxEngine:
    """``recogniser.onnx`` on the processor.

    The eight-bit graph scales each chunk's activations by their largest, so its results
    are the same again only for the same chunks; in single precision any chunks agree.

    Args:
        path: a graph elsewhere, for tests and measurements.
    """

    def __init__(self, weights: Weights, threads: int = 1, path: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Waiting threads that spin would burn a core between chunks.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        chosen = path or weights.checked(GRAPH)
        try:
            # InvalidGraph and its like share no public base class but Exception
            self._session = onnxruntime.InferenceSession(
                str(chosen), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(f"{chosen}: onnxruntime cannot use it: {error}") from error
        self._shape = weights.shape
        self._outputs = ["log_probs", *(f"{name}_out" for name in STATE_NAMES)]

    def initial(self, batch: int = 1) -> OnnxState:
        """Zeros."""
        s = self._shape
        sizes = (
            (batch, s["stacked_frames"] - 4, s["mels"]),
            (s["blocks"], batch, s["kernel"] - 1, s["width"]),
            (s["blocks"], batch, s["width"]),
            (s["blocks"], batch, s["width"]),
        )
        return tuple(np.zeros(size, np.float32) for size in sizes)

    def step(self, mels: Float32, state: OnnxState) -> tuple[Float32, OnnxState]:
        """Mel frames (B, 4 n, mels) to log-probabilities (B, n, tokens) and the next state."""
        inputs = {"mels": mels, **dict(zip(STATE_NAMES, state, strict=True))}
        log_probs, *after = self._session.run(self._outputs, inputs)
        return log_probs, tuple(after)

    def join(self, states: Sequence[OnnxState]) -> OnnxState:
        """Several streams as one batch."""
        parts = zip(*states, strict=True)
        return tuple(np.concatenate(part, axis=min(i, 1)) for i, part in enumerate(parts))

    def split(self, state: OnnxState) -> list[OnnxState]:
        """One state a stream."""
        batch = range(len(state[0]))
        return [(state[0][b : b + 1], *(part[:, b : b + 1] for part in state[1:])) for b in batch]
