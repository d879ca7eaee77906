"""The n-gram model of the active sentences, counted on their word graph.

Expected counts come by dynamic programming over the acyclic graph: in topological order
each state holds the last words of all paths that reach it, with their probabilities. So
ten thousand sentences, or a list of thousands inside one, cost what the graph costs.
Where too many pasts meet, they are shortened: the model is of a lower order there.

The model is nearly a grammar: an n-gram that no sentence has costs ``leaving`` for each
word of context given up. A wildcard is a context that leaves cheaply: its words are the
frequent words of the general model, each next one without context.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

from assistant.grammar import EPSILON, OPEN, Arc, WordGraph

Ngram = tuple[str, ...]
BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
NEVER = -99.0
"""ARPA's base-10 logarithm of nothing."""


class Making(NamedTuple):
    """How the model is made."""

    order: int = 5
    leaving: float = 1e-4
    """Probability, in each context, of a word that no sentence has there."""
    open_share: float = 0.3
    """Of the probability without context, what the words of wildcards get together."""
    longest_step: int = 50_000
    """Pasts times arcs of one state, above which the pasts are shortened."""


MAKING = Making()


class Counts(NamedTuple):
    """Expected counts; ``OPEN`` stands for any word of a wildcard."""

    ngrams: list[dict[Ngram, float]]
    """By order, from 1: every prefix and suffix of an n-gram is there too."""
    words: frozenset[str]
    has_open: bool


def count(graph: WordGraph, making: Making = MAKING) -> Counts:
    """Expected n-gram counts of one sentence drawn from ``graph``."""
    leaving: dict[int, list[Arc]] = defaultdict(list)
    for arc in graph.arcs:
        leaving[arc.source].append(arc)
    pasts: dict[int, dict[Ngram, float]] = {0: {(BEGIN,): 1.0}}
    longest: dict[Ngram, float] = defaultdict(float)
    for state in range(graph.states):
        here = pasts.pop(state, {})
        here = _shortened(here, making.longest_step // max(1, len(leaving[state])))
        if state in graph.finals:
            for past, mass in here.items():
                longest[(*past, END)] += mass * math.exp(-graph.finals[state])
        for arc in leaving[state]:
            _follow(arc, here, pasts.setdefault(arc.target, {}), longest, making.order)
    words = {arc.word for arc in graph.arcs} - {EPSILON, OPEN}
    return Counts(_all_orders(longest, making.order), frozenset(words), OPEN in _labels(graph))


def _labels(graph: WordGraph) -> set[str]:
    return {arc.word for arc in graph.arcs}


def _follow(
    arc: Arc,
    here: Mapping[Ngram, float],
    there: dict[Ngram, float],
    longest: dict[Ngram, float],
    order: int,
) -> None:
    share = math.exp(-arc.cost)
    for past, mass in here.items():
        after = past
        if arc.word != EPSILON:
            ngram = (*past, arc.word)
            longest[ngram] += mass * share
            # which word of the wildcard it was is not known: nothing can follow from it
            after = () if arc.word == OPEN else ngram[-(order - 1) :]
        there[after] = there.get(after, 0.0) + mass * share


def _shortened(pasts: dict[Ngram, float], most: int) -> dict[Ngram, float]:
    """At most ``most`` pasts: the longest ones lose their first word until they fit."""
    while len(pasts) > max(1, most):
        keep = max(map(len, pasts)) - 1
        fewer: dict[Ngram, float] = defaultdict(float)
        for past, mass in pasts.items():
            fewer[past[len(past) - keep :] if len(past) > keep else past] += mass
        pasts = fewer
    return pasts


def _all_orders(longest: Mapping[Ngram, float], order: int) -> list[dict[Ngram, float]]:
    """Every n-gram adds to its suffixes."""
    counts: list[dict[Ngram, float]] = [defaultdict(float) for _ in range(order)]
    for ngram, mass in longest.items():
        for start in range(len(ngram)):
            counts[len(ngram) - start - 1][ngram[start:]] += mass
    return counts


def write_arpa(
    counts: Counts, open_words: Mapping[str, float], path: Path, making: Making = MAKING
) -> None:
    """The model as an ARPA file, written atomically.

    Args:
        open_words: probability without context of the words that wildcards admit.
    """
    totals: dict[Ngram, float] = defaultdict(float)
    opening: dict[Ngram, float] = defaultdict(float)
    for ngrams in counts.ngrams:
        for ngram, mass in ngrams.items():
            totals[ngram[:-1]] += mass
            if ngram[-1] == OPEN:
                opening[ngram[:-1]] += mass
    backs = {past: max(making.leaving, opening[past] / total) for past, total in totals.items()}
    model = _Model(counts, totals, opening, backs, open_words, making)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        model.write(file)
    part.rename(path)


class _Model(NamedTuple):
    counts: Counts
    totals: Mapping[Ngram, float]
    opening: Mapping[Ngram, float]
    backs: Mapping[Ngram, float]
    open_words: Mapping[str, float]
    making: Making

    def write(self, file: TextIO) -> None:
        orders = [list(self.single()), *(list(self.several(n)) for n in self.counts.ngrams[1:])]
        orders = [lines for lines in orders if lines]
        file.write("\\data\\\n")
        file.writelines(f"ngram {n}={len(lines)}\n" for n, lines in enumerate(orders, 1))
        for number, lines in enumerate(orders, 1):
            file.write(f"\n\\{number}-grams:\n")
            file.writelines(lines)
        file.write("\n\\end\\\n")

    def single(self) -> Iterator[str]:
        """Without context: the sentences' words and the wildcards'."""
        known = self.counts.ngrams[0]
        share = self.making.open_share if self.counts.has_open else 0.0
        whole = self.totals.get((), 0.0) - self.opening.get((), 0.0)
        probabilities = {
            word: mass / whole * (1.0 - share)
            for (word,), mass in known.items()
            if word not in (BEGIN, OPEN)
        }
        if share:
            admitted = sum(self.open_words.values()) or 1.0
            for word, probability in self.open_words.items():
                extra = share * probability / admitted
                probabilities[word] = probabilities.get(word, 0.0) + extra
        yield self.line(NEVER, (UNKNOWN,))
        yield self.line(NEVER, (BEGIN,))
        probabilities.setdefault(END, 0.0)
        for word, probability in probabilities.items():
            yield self.line(_log10(probability), (word,))

    def several(self, ngrams: Mapping[Ngram, float]) -> Iterator[str]:
        for ngram, mass in ngrams.items():
            past = ngram[:-1]
            if ngram[-1] == OPEN or OPEN in past:
                continue
            rest = self.totals[past] - self.opening[past]
            yield self.line(_log10((1.0 - self.backs[past]) * mass / rest), ngram)

    def line(self, score: float, ngram: Ngram) -> str:
        back = self.backs.get(ngram)
        tail = "" if back is None or ngram[-1] == END else f"\t{_log10(back):.4f}"
        return f"{score:.4f}\t{' '.join(ngram)}{tail}\n"


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else NEVER
