"""The silence that voice engines put around a sentence: cut off, and put back evenly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from assistant.pcm import Int16

THRESHOLD = 80
"""Of 32768 (-52 dBFS): softer is silence."""
MARGIN_S = 0.005
"""Of silence that is left on both sides."""
PAUSE_S = 0.16
"""Between two sentences."""
CHUNK_S = 0.08
"""Length of the chunks that come out; a chunk is at most 100 ms."""
LONGEST_HELD_S = 1.0
"""Silence inside a sentence that is longer is shortened to this."""


def pause(rate_hz: int) -> Iterator[Int16]:
    """What is heard between two sentences, in chunks."""
    return _parts(np.zeros(int(PAUSE_S * rate_hz), np.int16), int(CHUNK_S * rate_hz))


def trim(chunks: Iterable[Int16], rate_hz: int) -> Iterator[Int16]:
    """The sound in ``chunks`` without the silence before and after it, in chunks of 80 ms.

    Nothing is waited for: what sounds comes out at once, and silence as soon as something
    sounds behind it.
    """
    margin, longest = int(MARGIN_S * rate_hz), int(LONGEST_HELD_S * rate_hz)
    step = int(CHUNK_S * rate_hz)
    held = np.zeros(0, np.int16)
    begun = False
    for chunk in chunks:
        held = np.concatenate([held, chunk])
        loud = np.flatnonzero(np.abs(held.astype(np.int32)) > THRESHOLD)
        if loud.size == 0:
            held = held[:longest] if begun else held[-margin:]
            continue
        start = 0 if begun else max(int(loud[0]) - margin, 0)
        end = int(loud[-1]) + 1
        yield from _parts(held[start:end], step)
        held, begun = held[end:], True
    if begun and held.size:
        yield held[:margin]


def _parts(audio: Int16, step: int) -> Iterator[Int16]:
    return (audio[start : start + step] for start in range(0, audio.size, step))
