"""Trimming keeps the sound and drops what is around it, however it comes in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assistant.voice.silence import MARGIN_S, THRESHOLD, trim

RATE_HZ = 16_000
MARGIN = int(MARGIN_S * RATE_HZ)


def joined(audio: np.ndarray, cuts: list[int]) -> np.ndarray:
    chunks = np.split(audio, sorted(cut % (audio.size + 1) for cut in cuts))
    made = list(trim(chunks, RATE_HZ))
    assert all(0 < chunk.size <= 0.1 * RATE_HZ for chunk in made)
    return np.concatenate(made) if made else np.zeros(0, np.int16)


@given(
    st.integers(0, 20_000),
    st.integers(1, 9000),
    st.integers(0, 20_000),
    st.lists(st.integers(0, 50_000), max_size=9),
)
def test_any_cut_of_the_audio_gives_the_same_sound(
    before: int, sound: int, after: int, cuts: list[int]
) -> None:
    """Streaming equals whole: the sound is whole, the silence around it a few milliseconds."""
    loud = np.full(sound, 3 * THRESHOLD, np.int16)
    audio = np.concatenate([np.zeros(before, np.int16), loud, np.zeros(after, np.int16)])
    made = joined(audio, cuts)
    lead = int(np.flatnonzero(made)[0])
    assert lead <= MARGIN and made.size - lead - sound <= MARGIN
    assert np.array_equal(made[lead : lead + sound], loud)


def test_silence_alone_is_nothing() -> None:
    """An answer without sound has no first chunk."""
    assert joined(np.zeros(40_000, np.int16), [100, 3000]).size == 0


def test_a_pause_inside_stays() -> None:
    """The pause at a comma is part of the speech."""
    word = np.full(1000, 5000, np.int16)
    audio = np.concatenate([word, np.zeros(4000, np.int16), word])
    assert np.array_equal(joined(audio, list(range(0, 6000, 500))), audio)
