"""A ring buffer between an audio callback and a stage: one writer, one reader, no lock.

All memory is taken at the start. Positions are sample numbers that only grow; the writer
moves ``written``, the reader ``taken``, and neither waits for the other. A writer that
laps its reader overwrites the oldest samples; the reader sees it afterwards and counts
them. (Lamport, "Proving the correctness of multiprocess programs", 1977.)
"""

from __future__ import annotations

import numpy as np

from assistant.pcm import Int16


class Ring:
    """``capacity`` samples of ``channels`` channels, int16."""

    def __init__(self, capacity: int, channels: int = 1) -> None:
        if capacity < 1 or channels < 1:
            raise ValueError(f"ring of {capacity} samples, {channels} channels: expected 1 or more")
        self.capacity = capacity
        self.written = 0
        self.taken = 0
        self.lost = 0
        """Samples that were overwritten before they were read."""
        self._claimed = 0
        self._store = np.zeros((capacity, channels), dtype=np.int16)

    @property
    def waiting(self) -> int:
        """Samples that can be read; at most ``capacity``."""
        return min(max(self.written - self.taken, 0), self.capacity)

    @property
    def room(self) -> int:
        """Samples that can be written without overwriting."""
        return self.capacity - self.waiting

    def write(self, block: Int16) -> None:
        """Append ``block`` (samples, channels); only its last ``capacity`` samples are kept."""
        count = len(block)
        end = max(self.written, self.taken) + count
        self._claimed = end
        if count > self.capacity:
            block = block[count - self.capacity :]
            count = self.capacity
        start = (end - count) % self.capacity
        first = min(count, self.capacity - start)
        self._store[start : start + first] = block[:first]
        self._store[: count - first] = block[first:]
        self.written = end

    def read(self, most: int | None = None) -> Int16:
        """A copy of the oldest samples, (samples, channels); what was overwritten is counted."""
        self._skip_to(self.written - self.capacity)
        count = self.waiting if most is None else min(most, self.waiting)
        start = self.taken
        block = np.empty((count, self._store.shape[1]), dtype=np.int16)
        self._copy(block, start)
        self.taken = start + count
        torn = min(max(self._claimed - self.capacity - start, 0), count)
        self.lost += torn
        return block[torn:]

    def read_into(self, block: Int16) -> int:
        """Fill ``block`` (samples, any channels) and zeros behind; the number of samples read."""
        count = min(len(block), self.waiting)
        self._copy(block[:count], self.taken)
        block[count:] = 0
        self.taken += count
        return count

    def shorten(self, keep: int) -> int:
        """Take back what waits, but for ``keep`` samples faded out; the number taken back.

        Called by the writer. The reader may be reading meanwhile: then it is a little less.
        """
        start, end = self.taken, self.written
        keep = min(keep, max(end - start, 0))
        places = (start + np.arange(keep)) % self.capacity
        fade = np.linspace(1.0, 0.0, keep, endpoint=False)[:, None]
        self._store[places] = (self._store[places] * fade).astype(np.int16)
        self.written = min(start + keep, end)
        return max(end - max(self.written, self.taken), 0)

    def clear(self) -> None:
        """Drop what waits. Called by the reader."""
        self.taken = self.written

    def _skip_to(self, oldest: int) -> None:
        if oldest > self.taken:
            self.lost += oldest - self.taken
            self.taken = oldest

    def _copy(self, block: Int16, start: int) -> None:
        start %= self.capacity
        first = min(len(block), self.capacity - start)
        block[:first] = self._store[start : start + first]
        block[first:] = self._store[: len(block) - first]
