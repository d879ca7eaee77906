"""Error measures, shared by training, benchmarks and ``assistant evaluate``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from assistant.recognition.lexicon import BLANK


def collapse(path: Sequence[int]) -> list[int]:
    """A CTC path to tokens: repeats merged, blanks out."""
    return [
        token for last, token in zip([-1, *path], path, strict=False) if token not in (last, BLANK)
    ]


def edit_distance(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """Levenshtein distance: substitutions, insertions and deletions."""
    numbers = {item: number for number, item in enumerate(dict.fromkeys([*left, *right]))}
    target = np.array([numbers[item] for item in right], dtype=np.int64)
    columns = np.arange(len(right) + 1)
    row = columns
    for index, item in enumerate(left, 1):
        change = row[:-1] + (target != numbers[item])
        best = np.concatenate([[index], np.minimum(change, row[1:] + 1)])
        # insertions: the cheapest of all columns to the left, one apiece
        row = np.minimum.accumulate(best - columns) + columns
    return int(row[-1])
