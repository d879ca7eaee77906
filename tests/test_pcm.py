"""Audio units: conversions are exact where they can be, and never wrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from assistant import pcm


@given(arrays(np.int16, some.integers(0, 64)))
def test_int16_survives_float_and_back(samples: pcm.Int16) -> None:
    """Float is wide enough for every int16."""
    np.testing.assert_array_equal(pcm.to_int16(pcm.to_float(samples)), samples)


def test_loud_values_clip() -> None:
    """What is too loud stays at full scale instead of wrapping round."""
    np.testing.assert_array_equal(pcm.to_int16(np.array([2.0, -2.0], np.float32)), [32767, -32768])


def test_level() -> None:
    """A full-scale square wave has 0 dBFS, silence the lowest level there is."""
    assert pcm.level_db(np.array([32767, -32768], np.int16)) == pytest.approx(0, abs=0.01)
    assert pcm.level_db(np.zeros(160, np.int16)) == pcm.SILENCE_DB
    assert pcm.level_db(np.zeros(0, np.int16)) == pcm.SILENCE_DB
