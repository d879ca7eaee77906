"""Rates and channels to 16 kHz mono."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio.resample import Resampler, mono


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000, 96_000])
@given(cuts=st.lists(st.integers(0, 9_600), max_size=6))
def test_streaming_equals_whole(rate_hz: int, cuts: list[int]) -> None:
    """However the sound is cut into blocks, the same comes out."""
    rng = np.random.default_rng(rate_hz)
    sound = rng.uniform(-0.5, 0.5, 9_600).astype(np.float32)
    whole = Resampler(rate_hz, 16_000).feed(sound, last=True)
    resampler = Resampler(rate_hz, 16_000)
    pieces = [resampler.feed(piece) for piece in np.split(sound, sorted(cuts))]
    pieces.append(resampler.feed(np.zeros(0, dtype=np.float32), last=True))
    streamed = np.concatenate(pieces)
    assert abs(len(streamed) - round(9_600 * 16_000 / rate_hz)) <= 1
    np.testing.assert_allclose(streamed, whole, atol=1e-6)


def test_equal_rates_pass_bit_by_bit() -> None:
    """A 16 kHz recording is not touched."""
    sound = np.arange(-32768, 32768, 7, dtype=np.int16)
    assert (Resampler(16_000, 16_000).feed_int16(sound) == sound).all()


def test_silence_stays_exact_zeros() -> None:
    """Dither would hide a dead microphone."""
    assert not Resampler(44_100, 16_000).feed_int16(np.zeros(4_410, dtype=np.int16)).any()


def test_a_channel_can_be_chosen() -> None:
    """0: the mean; n: the n-th; a number too high: the mean."""
    block = np.array([[16384, 0, -16384], [8192, 8192, 8192]], dtype=np.int16)
    np.testing.assert_allclose(mono(block), [0.0, 0.25], atol=1e-6)
    np.testing.assert_allclose(mono(block, 1), [0.5, 0.25])
    np.testing.assert_allclose(mono(block, 3), [-0.5, 0.25])
    np.testing.assert_allclose(mono(block, 4), [0.0, 0.25], atol=1e-6)
