"""The encoder under torch: on a GPU where there is one, many streams in one step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.encoder import Encoder, EncoderShape, EncoderState
from assistant.recognition.weights import TENSORS, Weights

PREFIX = "encoder."


def load_encoder(weights: Weights) -> Encoder:
    """The network with its weights, in single precision, on the CPU.

    Raises:
        ModelError: the tensors are not those of the shape beside them.
    """
    path = weights.checked(TENSORS)
    try:
        tensors = load_file(path)
        encoder = Encoder(EncoderShape(**weights.shape))
        found = {name: t.float() for name, t in tensors.items() if name.startswith(PREFIX)}
        encoder.load_state_dict({name.removeprefix(PREFIX): t for name, t in found.items()})
    except (SafetensorError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path}: tensors do not fit the shape: {reason}") from error
    return encoder.eval()


class TorchEngine:
    """``recogniser.safetensors`` in single precision."""

    def __init__(self, weights: Weights, threads: int = 1, device: str = "") -> None:
        torch.set_num_threads(threads)
        chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._device = torch.device(chosen)
        self._encoder = load_encoder(weights).to(self._device)

    @torch.inference_mode()
    def initial(self, batch: int = 1) -> EncoderState:
        """Zeros, on the device."""
        return self._encoder.initial(batch)

    @torch.inference_mode()
    def step(self, mels: Float32, state: EncoderState) -> tuple[Float32, EncoderState]:
        """Mel frames (B, 4 n, mels) to log-probabilities (B, n, tokens) and the next state."""
        log_probs, after = self._encoder.step(torch.from_numpy(mels).to(self._device), state)
        values: Float32 = log_probs.cpu().numpy()
        return values, after

    def join(self, states: Sequence[EncoderState]) -> EncoderState:
        """Several streams as one batch."""
        parts = zip(*states, strict=True)
        return EncoderState(*(torch.cat(part, dim=min(i, 1)) for i, part in enumerate(parts)))

    def split(self, state: EncoderState) -> list[EncoderState]:
        """One state a stream."""
        streams = range(len(state.mels))
        others = [[part[:, b : b + 1] for part in state[1:]] for b in streams]
        return [EncoderState(state.mels[b : b + 1], *others[b]) for b in streams]
