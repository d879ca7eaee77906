"""The ring buffer between a callback and a stage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio.ring import Ring

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60)


@given(capacity=st.integers(1, 24), channels=st.integers(1, 3), steps=STEPS)
def test_what_is_read_is_what_was_written(
    capacity: int, channels: int, steps: list[tuple[bool, int]]
) -> None:
    """In order, nothing doubled; what is missing is counted and was the oldest."""
    ring, written, at, skipped = Ring(capacity, channels), 0, 0, 0
    for is_write, count in steps:
        if is_write:
            block = np.arange(written, written + count, dtype=np.int16)
            ring.write(np.repeat(block[:, None], channels, axis=1))
            written += count
            continue
        expected_from = max(at, written - capacity)
        block = ring.read(count)
        expected = np.arange(expected_from, min(expected_from + count, written))
        assert block.shape == (len(expected), channels)
        assert (block == expected[:, None]).all()
        skipped += expected_from - at
        at = expected_from + len(expected)
        assert ring.lost == skipped
    assert ring.waiting == min(written - ring.taken, capacity)


@given(count=st.integers(0, 40), size=st.integers(0, 40))
def test_a_callback_gets_zeros_behind_what_there_is(count: int, size: int) -> None:
    """The speaker's callback always fills its whole block, on all channels."""
    ring = Ring(64)
    ring.write(np.arange(1, count + 1, dtype=np.int16)[:, None])
    block = np.full((size, 2), 99, dtype=np.int16)
    copied = ring.read_into(block)
    assert copied == min(count, size)
    assert (block[:copied, 1] == np.arange(1, copied + 1)).all()
    assert not block[copied:].any()


@given(before=st.integers(0, 50), waiting=st.integers(0, 50), keep=st.integers(0, 60))
def test_an_interrupt_leaves_only_a_falling_rest(before: int, waiting: int, keep: int) -> None:
    """What is taken back is counted; what stays falls to nothing; writing goes on behind it."""
    ring = Ring(64)
    ring.write(np.zeros((before, 1), dtype=np.int16))
    ring.read()
    ring.write(np.full((waiting, 1), 1000, dtype=np.int16))
    dropped = ring.shorten(keep)
    assert dropped == max(waiting - keep, 0)
    assert ring.waiting == waiting - dropped
    ring.write(np.full((3, 1), 7, dtype=np.int16))
    rest = ring.read()[:, 0]
    assert (np.diff(rest[:-3]) <= 0).all()
    assert rest[-3:].tolist() == [7, 7, 7]


def test_the_memory_is_taken_once() -> None:
    """Writing for hours keeps the same array."""
    ring = Ring(1000, 2)
    store = ring._store
    for _ in range(100):
        ring.write(np.ones((441, 2), dtype=np.int16))
    assert ring._store is store
    assert ring.waiting == 1000


def test_nonsense_is_refused() -> None:
    """A ring without room is a mistake of whoever asks for it."""
    with pytest.raises(ValueError, match="ring of 0 samples"):
        Ring(0)
