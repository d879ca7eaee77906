"""N-gram models: counting, Kneser-Ney smoothing, ARPA files.

All in numpy over whole tables, so that ten million words take a minute. The n-grams of one
order are a ``Table``: row = (row of the context one order lower, word), sorted. Every prefix
and every suffix of an n-gram is a row of the order below, which makes backing off one look-up.
Mixing and pruning are in ``mixing``.

Source of the smoothing: interpolated modified Kneser-Ney, Chen and Goodman 1998.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNKNOWN, BEGIN, END = 0, 1, 2
SPECIAL = ("<unk>", "<s>", "</s>")
"""The first words of every vocabulary."""
_LOG_10 = float(np.log(10.0))
_NEVER = -99.0
"""Base-10 logarithm that ARPA files write for a probability of nothing."""


@dataclass(frozen=True)
class Table:
    """The n-grams of one order, (rows,) each."""

    context: Ints
    """Row of the first n - 1 words in the table below; zeros for single words."""
    word: Ints
    suffix: Ints
    """Row of the last n - 1 words in the table below; zeros for single words."""

    def __len__(self) -> int:
        return len(self.word)

    def find(self, context: Ints, word: Ints, words: int) -> Ints:
        """Rows of (context, word), -1 where there is none or the context is negative."""
        if not len(self):
            return np.full(len(word), -1)
        keys = self.context * words + self.word
        wanted = context * words + word
        rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where((context >= 0) & (keys[rows] == wanted), rows, -1)


@dataclass(frozen=True)
class Counts:
    """How often each n-gram was seen: tables and raw counts, lowest order first."""

    words: int
    """Size of the vocabulary, ``SPECIAL`` included."""
    tables: list[Table]
    seen: list[Floats]


@dataclass(frozen=True)
class Model:
    """A back-off model: natural logarithms of probabilities and back-off weights."""

    words: int
    tables: list[Table]
    log_probability: list[Floats]
    log_backoff: list[Floats]
    """One shorter than the others: the highest order has none."""
    history: list[Floats]
    """Probability of each n-gram as a history, from raw counts; for pruning."""


def encode(sentences: Iterable[Sequence[str]], number: dict[str, int]) -> Ints:
    """One run of word numbers: BEGIN words END BEGIN words END …, UNKNOWN for other words."""
    ids: list[int] = []
    for sentence in sentences:
        ids.append(BEGIN)
        ids.extend([number.get(word, UNKNOWN) for word in sentence])
        ids.append(END)
    return np.array(ids, np.int64)


def count(ids: Ints, words: int, order: int) -> Counts:
    """All n-grams up to ``order``; none crosses a sentence or holds an unknown word."""
    tables = [Table(np.zeros(words, np.int64), np.arange(words), np.zeros(words, np.int64))]
    seen = [np.bincount(ids, minlength=words).astype(np.float64)]
    ending_here = ids
    whole = ids != UNKNOWN
    for _ in range(1, order):
        before = np.roll(ending_here, 1)
        whole = whole & np.roll(whole, 1) & (ids != BEGIN)
        whole[0] = False
        keys = before[whole] * words + ids[whole]
        kinds, rows, counts = np.unique(keys, return_inverse=True, return_counts=True)
        context, word = kinds // words, kinds % words
        suffix = word
        if len(tables) > 1:
            suffix = tables[-1].find(tables[-1].suffix[context], word, words)
        tables.append(Table(context, word, suffix))
        seen.append(counts.astype(np.float64))
        ending_here = np.zeros_like(ids)
        ending_here[whole] = rows
    return Counts(words, tables, seen)


def smooth(counts: Counts) -> Model:
    """Interpolated modified Kneser-Ney as a back-off model."""
    tables, words = counts.tables, counts.words
    log_probability: list[Floats] = []
    log_backoff: list[Floats] = []
    lower = np.full(1, 1.0 / (words - 1))  # BEGIN is never predicted
    for index, table in enumerate(tables):
        adjusted = _adjusted(counts, index)
        discounts = _discounts(adjusted)[np.minimum(adjusted, 3).astype(np.int64)]
        contexts = 1 if index == 0 else len(tables[index - 1])
        total = np.bincount(table.context, adjusted, contexts)
        left = np.bincount(table.context, discounts, contexts)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.where(total > 0, left / total, 1.0)
            own = np.where(adjusted > 0, (adjusted - discounts) / total[table.context], 0.0)
        probability = own + weight[table.context] * lower[table.suffix]
        if index == 0:
            probability[BEGIN] = 0.0
        else:
            log_backoff.append(log_of(weight))
        log_probability.append(log_of(probability))
        lower = probability
    history = [seen / counts.seen[0].sum() for seen in counts.seen]
    return Model(words, tables, log_probability, log_backoff, history)


def _adjusted(counts: Counts, index: int) -> Floats:
    """Counts of the highest order; below it in how many contexts an n-gram was seen."""
    raw = counts.seen[index]
    if index == len(counts.tables) - 1:
        return raw
    above = counts.tables[index + 1]
    different = np.bincount(above.suffix, minlength=len(raw)).astype(np.float64)
    if index == 0:
        return different  # UNKNOWN is in no n-gram: it gets a never seen word's share
    return np.where(_first_words(counts.tables, index) == BEGIN, raw, different)


def _first_words(tables: list[Table], index: int) -> Ints:
    rows = np.arange(len(tables[index]))
    for table in reversed(tables[1 : index + 1]):
        rows = table.context[rows]
    return rows


def _discounts(adjusted: Floats) -> Floats:
    """What is taken from counts of 0, 1, 2, and 3 or more."""
    n = [float(np.count_nonzero(adjusted == value)) for value in (1, 2, 3, 4)]
    if min(n) > 0.0:
        y = n[0] / (n[0] + 2 * n[1])
        taken = [k - (k + 1) * y * n[k] / n[k - 1] for k in (1, 2, 3)]
        if all(0.0 < value < k for k, value in enumerate(taken, 1)):
            return np.array([0.0, *taken])
    return np.array([0.0, 0.5, 1.0, 1.5])  # too little text to tell, as KenLM does


def log_of(values: Floats) -> Floats:
    """Natural logarithm, minus infinity of zero without a word."""
    with np.errstate(divide="ignore"):
        result: Floats = np.log(values)
    return result


def write_arpa(model: Model, vocabulary: Sequence[str], path: Path) -> None:
    """The model in the ARPA format (base-10 logarithms); ``vocabulary`` starts as ``SPECIAL``."""
    texts = [""]
    with path.open("w", encoding="utf-8") as file:
        file.write("\\data\\\n")
        file.writelines(f"ngram {n}={len(table)}\n" for n, table in enumerate(model.tables, 1))
        for index, table in enumerate(model.tables):
            pairs = zip(table.context.tolist(), table.word.tolist(), strict=True)
            texts = [f"{texts[context]} {vocabulary[word]}".lstrip() for context, word in pairs]
            file.write(f"\n\\{index + 1}-grams:\n")
            file.writelines(_arpa_lines(model, index, texts))
        file.write("\n\\end\\\n")


def _arpa_lines(model: Model, index: int, texts: list[str]) -> Iterator[str]:
    logs = np.maximum(model.log_probability[index] / _LOG_10, _NEVER).tolist()
    if index == len(model.tables) - 1:
        return (f"{log:.5f}\t{text}\n" for log, text in zip(logs, texts, strict=True))
    weights = (model.log_backoff[index] / _LOG_10).tolist()
    rows = zip(logs, texts, weights, strict=True)
    return (f"{log:.5f}\t{text}\t{weight:.5f}\n" for log, text, weight in rows)
