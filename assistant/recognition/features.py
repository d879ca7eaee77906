"""Log-mel features, streamed: numpy only, so that serving needs no torch.

The numbers are those of ``torchaudio.functional.melscale_fbanks`` (HTK scale) on a
power spectrum; a test holds the two together. ``training`` uses ``mel_filters`` and
``window`` from here, so that what is trained is what is served.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assistant.pcm import SAMPLE_RATE_HZ, Float32, Int16, to_float

WINDOW_SAMPLES = 400
HOP_SAMPLES = 160
FFT_SAMPLES = 512
MELS = 80
LOWEST_HZ = 20.0
HIGHEST_HZ = 7600.0
LOG_FLOOR = 1e-7
"""Added to every mel power: about the level of 16-bit rounding noise."""
PRIOR_FRAMES = 100.0
"""Weight of the corpus mean in the running mean, in frames."""


def window() -> Float32:
    """Hann window, shape (WINDOW_SAMPLES,)."""
    n = np.arange(WINDOW_SAMPLES)
    return (0.5 - 0.5 * np.cos(2 * np.pi * n / WINDOW_SAMPLES)).astype(np.float32)


def mel_filters() -> Float32:
    """Triangular filters on the HTK mel scale, shape (FFT_SAMPLES // 2 + 1, MELS)."""

    def mel(hertz: float) -> float:
        return 2595.0 * float(np.log10(1.0 + hertz / 700.0))

    edges_mel = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), MELS + 2)
    edges_hz = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins_hz = np.linspace(0, SAMPLE_RATE_HZ // 2, FFT_SAMPLES // 2 + 1)
    slopes = edges_hz[None, :] - bins_hz[:, None]
    rising = -slopes[:, :-2] / np.diff(edges_hz)[:-1]
    falling = slopes[:, 2:] / np.diff(edges_hz)[1:]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


class Normalisation(NamedTuple):
    """Statistics of the training data, one value per mel: shape (MELS,) each."""

    mean: Float32
    deviation: Float32


class FeatureState(NamedTuple):
    """What the front end carries from chunk to chunk."""

    rest: Int16
    """Samples not yet used up by a full window: fewer than WINDOW_SAMPLES."""
    total: Float32
    """Sum of all log-mels so far plus the prior, shape (MELS,)."""
    frames: float
    """How many frames ``total`` sums up, prior included."""


class LogMel:
    """Log-mel front end with a causal running mean.

    Holds constants only; the stream's state is handed in and out.
    """

    def __init__(self, normalisation: Normalisation) -> None:
        self._normalisation = normalisation
        self._window = window()
        self._filters = mel_filters()

    def initial(self) -> FeatureState:
        """State at the start of an utterance."""
        mean = self._normalisation.mean
        return FeatureState(np.zeros(0, np.int16), mean * np.float32(PRIOR_FRAMES), PRIOR_FRAMES)

    def step(self, samples: Int16, state: FeatureState) -> tuple[Float32, FeatureState]:
        """Any number of samples in, the frames that are complete out: (frames, MELS)."""
        pending = np.concatenate([state.rest, samples])
        count = max(0, (len(pending) - WINDOW_SAMPLES) // HOP_SAMPLES + 1)
        if count == 0:
            return np.zeros((0, MELS), np.float32), state._replace(rest=pending)
        raw = self._log_mel(pending, count)
        sums = state.total + np.cumsum(raw, axis=0, dtype=np.float32)
        frames = state.frames + np.arange(1, count + 1, dtype=np.float32)
        normal = (raw - sums / frames[:, None]) / self._normalisation.deviation
        rest = pending[count * HOP_SAMPLES :]
        return normal, FeatureState(rest, sums[-1], state.frames + count)

    def _log_mel(self, samples: Int16, count: int) -> Float32:
        frames = np.lib.stride_tricks.sliding_window_view(to_float(samples), WINDOW_SAMPLES)
        frames = frames[: count * HOP_SAMPLES : HOP_SAMPLES] * self._window
        spectrum = np.fft.rfft(frames, FFT_SAMPLES)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        mel: Float32 = np.log(power.astype(np.float32) @ self._filters + np.float32(LOG_FLOOR))
        return mel
