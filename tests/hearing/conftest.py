"""Sound for the ear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from assistant.pcm import Int16, to_int16

RECORDINGS = Path(__file__).parents[1] / "recordings" / "home-commands"


@pytest.fixture(scope="session")
def spoken() -> Int16:
    """A person's command, 16 kHz, without the silence around it, peak at -10 dBFS."""
    audio, rate_hz = soundfile.read(RECORDINGS / "activate_mood_lighting.opus", dtype="float32")
    mono = audio if audio.ndim == 1 else audio.mean(axis=1)
    mono = soxr.resample(mono, rate_hz, 16000)
    loud = np.flatnonzero(np.abs(mono) > 0.1 * np.abs(mono).max())
    trimmed = mono[loud[0] : loud[-1]]
    return to_int16((trimmed / np.abs(trimmed).max() * 0.3).astype(np.float32))
