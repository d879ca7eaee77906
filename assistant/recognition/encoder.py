"""The streaming encoder: log-mel frames to CTC log-probabilities.

A causal network, three times [depthwise convolution, feed-forward, LSTM], all residual,
at 40 ms a frame. Look-ahead is given by delay: the first ``lookahead`` outputs are
dropped, so output ``t`` has seen ``lookahead`` frames beyond ``t``. Nothing depends on
the chunk size, hence one set of weights serves any, and streaming equals whole.

Letters in shapes: B batch, T mel frames (10 ms), N encoder frames (40 ms), D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SUBSAMPLING = 4
"""Mel frames per encoder frame."""


@dataclass(frozen=True)
class EncoderShape:
    """Everything that decides the tensors' sizes; stored beside the weights."""

    tokens: int
    mels: int = 80
    width: int = 384
    hidden: int = 1024
    blocks: int = 3
    kernel: int = 9
    stacked_frames: int = 8
    lookahead: int = 5
    """Encoder frames of delay: 40 ms each."""


class EncoderState(NamedTuple):
    """What the encoder carries from chunk to chunk."""

    mels: Tensor
    """Last mel frames that the next subsampled frame looks back at: (B, stacked - 4, mels)."""
    history: Tensor
    """Inputs of each depthwise convolution: (blocks, B, kernel - 1, D)."""
    hidden: Tensor
    """LSTM outputs: (blocks, B, D)."""
    cell: Tensor
    """LSTM cells: (blocks, B, D)."""


class Block(nn.Module):
    """Depthwise causal convolution, feed-forward and LSTM, each residual and pre-normed."""

    def __init__(self, shape: EncoderShape, dropout: float) -> None:
        super().__init__()
        width = shape.width
        self.kernel = shape.kernel
        self.norm_conv = nn.LayerNorm(width)
        self.taps = nn.Parameter(torch.randn(shape.kernel, width) * shape.kernel**-0.5)
        self.norm_feed = nn.LayerNorm(width)
        self.widen = nn.Linear(width, shape.hidden)
        self.narrow = nn.Linear(shape.hidden, width)
        self.norm_lstm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, history: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, N, D) and this block's state to (B, N, D) and the state after it."""
        padded = torch.cat([history, self.norm_conv(x)], dim=1)
        length = x.shape[1]
        # Shift-and-add is twice as fast as a grouped convolution on a CPU.
        mixed = padded[:, 0:length] * self.taps[0]
        for tap in range(1, self.kernel):
            mixed = mixed + padded[:, tap : tap + length] * self.taps[tap]
        x = x + functional.silu(mixed)
        x = x + self.narrow(functional.silu(self.widen(self.norm_feed(x))))
        recurrent, (hidden, cell) = self.lstm(self.norm_lstm(x), (hidden[None], cell[None]))
        return x + self.dropout(recurrent), padded[:, length:], hidden[0], cell[0]


class Encoder(nn.Module):
    """The whole network; ``step`` is pure, the state is handed in and out."""

    def __init__(self, shape: EncoderShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Linear(shape.mels * shape.stacked_frames, shape.width)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.blocks))
        self.norm = nn.LayerNorm(shape.width)
        self.output = nn.Linear(shape.width, shape.tokens)
        self.output_between = nn.Linear(shape.width, shape.tokens)
        """Second CTC output after the middle block: training only (arXiv 2102.03216)."""

    def initial(self, batch: int = 1) -> EncoderState:
        """State at the start of an utterance, zeros."""
        shape, where = self.shape, self.output.weight
        past = shape.stacked_frames - SUBSAMPLING
        return EncoderState(
            where.new_zeros(batch, past, shape.mels),
            where.new_zeros(shape.blocks, batch, shape.kernel - 1, shape.width),
            where.new_zeros(shape.blocks, batch, shape.width),
            where.new_zeros(shape.blocks, batch, shape.width),
        )

    def step(self, mels: Tensor, state: EncoderState) -> tuple[Tensor, EncoderState]:
        """(B, 4 n, mels) to log-probabilities (B, n, tokens), delayed by ``lookahead``."""
        x, _, state = self._encode(mels, state)
        return functional.log_softmax(self.output(x).float(), dim=-1), state

    def forward(self, mels: Tensor) -> tuple[Tensor, Tensor]:
        """Whole utterances for training: (B, T, mels) to two (B, N, tokens), undelayed."""
        ahead = self.shape.lookahead
        short = -mels.shape[1] % SUBSAMPLING
        mels = functional.pad(mels, (0, 0, 0, short + ahead * SUBSAMPLING))
        x, between, _ = self._encode(mels, self.initial(mels.shape[0]))
        outputs = self.output(x[:, ahead:]), self.output_between(between[:, ahead:])
        final, middle = (functional.log_softmax(logits.float(), dim=-1) for logits in outputs)
        return final, middle

    def _encode(self, mels: Tensor, state: EncoderState) -> tuple[Tensor, Tensor, EncoderState]:
        shape = self.shape
        padded = torch.cat([state.mels, mels], dim=1)
        stacked = padded.unfold(1, shape.stacked_frames, SUBSAMPLING)
        x = self.embed(stacked.transpose(2, 3).flatten(2))
        between = x
        history: list[Tensor] = []
        hidden: list[Tensor] = []
        cell: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            x, *after = block(x, state.history[index], state.hidden[index], state.cell[index])
            for kept, value in zip((history, hidden, cell), after, strict=True):
                kept.append(value)
            if index == shape.blocks // 2:
                between = x
        past = padded[:, padded.shape[1] - (shape.stacked_frames - SUBSAMPLING) :]
        stacks = (torch.stack(values) for values in (history, hidden, cell))
        return self.norm(x), self.norm(between), EncoderState(past, *stacks)
