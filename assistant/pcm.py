"""The one place for audio units: sample rate, int16 and float32, durations, levels.

Inside the daemon audio is always 16 kHz, mono, int16. Files and devices are
converted at the rim.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000
FULL_SCALE = 32768.0
SILENCE_DB = -120.0

Int16 = npt.NDArray[np.int16]
Float32 = npt.NDArray[np.float32]


def samples_of(seconds: float) -> int:
    """Seconds to samples, rounded."""
    return round(seconds * SAMPLE_RATE_HZ)


def seconds_of(samples: int) -> float:
    """Samples to seconds."""
    return samples / SAMPLE_RATE_HZ


def to_float(samples: Int16) -> Float32:
    """int16 to float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(FULL_SCALE)


def to_int16(samples: Float32) -> Int16:
    """float32 in [-1, 1] to int16; louder values are clipped."""
    scaled: Int16 = np.clip(np.rint(samples * FULL_SCALE), -32768, 32767).astype(np.int16)
    return scaled


def level_db(samples: Int16) -> float:
    """Root-mean-square level in dBFS; ``SILENCE_DB`` for nothing or exact zeros."""
    if samples.size == 0:
        return SILENCE_DB
    power = float(np.mean(np.square(samples.astype(np.float64)))) / FULL_SCALE**2
    return max(10.0 * float(np.log10(power)), SILENCE_DB) if power > 0 else SILENCE_DB
