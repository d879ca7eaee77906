"""Any rate and channel count to one channel at another rate, block by block (soxr)."""

from __future__ import annotations

from typing import Any

import numpy as np

from assistant.pcm import FULL_SCALE, Float32, Int16, to_int16


def mono(block: Int16 | Float32, channel: int = 0) -> Float32:
    """One channel of ``block`` (samples, channels), in [-1, 1).

    Args:
        channel: its number from 1; 0, or a number the device does not have: the mean of all.
    """
    scale = np.float32(1 / FULL_SCALE) if block.dtype == np.int16 else np.float32(1)
    if block.shape[1] == 1 or 1 <= channel <= block.shape[1]:
        return block[:, max(channel, 1) - 1].astype(np.float32) * scale
    weights = np.full(block.shape[1], scale / block.shape[1], dtype=np.float32)
    return np.asarray(block.astype(np.float32) @ weights)


class Resampler:
    """Streaming; equal rates pass unchanged. Works in float: integers would be dithered."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self.from_hz, self.to_hz = from_hz, to_hz
        self._stream: Any = None
        if from_hz != to_hz:
            import soxr

            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")

    def feed(self, block: Float32, last: bool = False) -> Float32:
        """The samples that can be given now; with ``last`` also those held back."""
        if self._stream is None:
            return block
        resampled: Float32 = self._stream.resample_chunk(np.ascontiguousarray(block), last=last)
        return resampled

    def feed_int16(self, block: Int16, last: bool = False) -> Int16:
        """As ``feed``, for int16 in and out."""
        if self._stream is None:
            return block
        return to_int16(self.feed(block.astype(np.float32) / np.float32(FULL_SCALE), last))

    @property
    def delay_s(self) -> float:
        """Sound that has gone in and not yet come out."""
        return 0.0 if self._stream is None else float(self._stream.delay()) / self.to_hz
