"""What runs the encoder: one protocol, several engines, imported when they are chosen."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from assistant.config import Recognition
from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.weights import Weights

EngineState = Any
"""An engine's own tuple of arrays: handed in and out, never looked into, never changed."""
STATE_NAMES = ("past", "history", "hidden", "cell")
"""The arrays of a state in the order of ``encoder.EncoderState``."""


class Engine(Protocol):
    """The encoder as a pure step."""

    def initial(self, batch: int = 1) -> EngineState:
        """State at the start of ``batch`` utterances."""
        ...

    def step(self, mels: Float32, state: EngineState) -> tuple[Float32, EngineState]:
        """Mel frames (B, 4 n, mels) to log-probabilities (B, n, tokens) and the next state."""
        ...

    def join(self, states: Sequence[EngineState]) -> EngineState:
        """The states of several streams as one, so that one step serves them all."""
        ...

    def split(self, state: EngineState) -> list[EngineState]:
        """The opposite of ``join``: one state of batch 1 a stream."""
        ...


ENGINES = {
    "onnx": "assistant.recognition.onnx_engine:OnnxEngine",
    "torch": "assistant.recognition.torch_engine:TorchEngine",
}
"""Name in ``recognition.engine`` and the class, called with weights and number of threads."""


def open_engine(settings: Recognition, weights: Weights) -> Engine:
    """The engine that the settings name, loaded and ready.

    Raises:
        ModelError: its library is not installed, or its weights cannot be used.
    """
    if settings.engine not in ENGINES:
        known = ", ".join(ENGINES)
        raise ModelError(f"recognition.engine = {settings.engine!r}: not one of {known}")
    module, name = ENGINES[settings.engine].split(":")
    try:
        make: Callable[[Weights, int], Engine] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise ModelError(
            f"recognition.engine = {settings.engine!r} needs {error.name}, which is not installed: "
            f"pip install 'assistant[{settings.engine}]', or choose onnx"
        ) from error
    return make(weights, settings.threads)
