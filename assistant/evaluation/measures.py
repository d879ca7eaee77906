"""Error measures, shared by training, benchmarks and ``assistant evaluate``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Edits:
    """What turns a hypothesis into its reference; adds up over utterances."""

    substitutions: int = 0
    insertions: int = 0
    deletions: int = 0
    reference: int = 0
    """Length of the reference."""

    @property
    def rate(self) -> float | None:
        """Errors for each item of the reference; None where there is none."""
        errors = self.substitutions + self.insertions + self.deletions
        return round(errors / self.reference, 4) if self.reference else None

    def __add__(self, other: Edits) -> Edits:
        return Edits(
            self.substitutions + other.substitutions,
            self.insertions + other.insertions,
            self.deletions + other.deletions,
            self.reference + other.reference,
        )


def edits(found: Sequence[Hashable], reference: Sequence[Hashable]) -> Edits:
    """The fewest edits between both, by kind: as many as ``edit_distance`` says."""
    rows, columns = len(found), len(reference)
    cost = np.zeros((rows + 1, columns + 1), np.int32)
    cost[:, 0], cost[0] = np.arange(rows + 1), np.arange(columns + 1)
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            change = cost[i - 1, j - 1] + (found[i - 1] != reference[j - 1])
            cost[i, j] = min(change, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    counts = {"substitutions": 0, "insertions": 0, "deletions": 0}
    i, j = rows, columns
    while i or j:
        differs = bool(i and j) and found[i - 1] != reference[j - 1]
        if i and j and cost[i, j] == cost[i - 1, j - 1] + differs:
            counts["substitutions"] += differs
            i, j = i - 1, j - 1
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            counts["insertions"] += 1
            i -= 1
        else:
            counts["deletions"] += 1
            j -= 1
    return Edits(**counts, reference=columns)
