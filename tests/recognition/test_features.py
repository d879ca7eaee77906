"""The front end: the numbers it was trained with, however the sound is cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.recognition.features import (
    FFT_SAMPLES,
    HIGHEST_HZ,
    LOWEST_HZ,
    MELS,
    LogMel,
    Normalisation,
    mel_filters,
)
from tests.recognition.conftest import pieces

FRONT = LogMel(Normalisation(np.full(MELS, -8, np.float32), np.full(MELS, 3, np.float32)))
SOUND = (np.random.default_rng(1).normal(0, 2000, 12_345)).astype(np.int16)


def test_the_filters_are_torchaudios() -> None:
    """What is served is what torchaudio would compute."""
    import torchaudio

    expected = torchaudio.functional.melscale_fbanks(
        FFT_SAMPLES // 2 + 1, LOWEST_HZ, HIGHEST_HZ, MELS, 16_000, norm=None, mel_scale="htk"
    ).numpy()
    np.testing.assert_allclose(mel_filters(), expected, atol=2e-5)


@settings(deadline=None)
@given(st.lists(st.integers(0, len(SOUND)), max_size=12))
def test_chunks_give_the_same_frames(cuts: list[int]) -> None:
    """Streaming equals whole, to rounding."""
    whole, _ = FRONT.step(SOUND, FRONT.initial())
    state, found = FRONT.initial(), []
    for piece in pieces(len(SOUND), cuts):
        mels, state = FRONT.step(SOUND[piece], state)
        found.append(mels)
    np.testing.assert_allclose(np.concatenate(found), whole, atol=2e-4)


def test_less_than_a_window_is_kept() -> None:
    """A few samples give no frame and are not lost."""
    mels, state = FRONT.step(SOUND[:100], FRONT.initial())
    assert len(mels) == 0
    assert len(state.rest) == 100
