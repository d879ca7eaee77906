"""The word graph as a network of phones: what the command search walks through.

Each word arc becomes a chain of phones for each of its pronunciations; arcs of one state
share their beginnings, and the cheapest of them pays at once (weights are pushed towards
the front), so that a narrow beam sees early what is likely. A wildcard is one node that
any sound fits, at a price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.grammar import EPSILON, OPEN, Arc, WordGraph
from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK, Pronunciation

Ints = NDArray[np.int32]
ANY = -1
"""Phone of a wildcard's node."""
START = 0
"""The node in which every utterance begins: silence before the first word."""
_FAR = float("inf")


class Rows(NamedTuple):
    """Lists of different lengths, one behind another; list ``i`` begins at ``first[i]``."""

    first: Ints
    target: Ints
    cost: Float32

    def of(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the entries of ``rows`` are, and for each which of ``rows`` it belongs to."""
        begin = self.first[rows]
        count = self.first[rows + 1] - begin
        owner = np.repeat(np.arange(len(rows)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return begin[owner] + within, owner


@dataclass(frozen=True)
class Network:
    """N nodes, each a phone to be heard; Q states of the word graph between words."""

    phone: Ints
    """(N,): token, ``ANY``, or the blank at the start."""
    inner: Rows
    """Node to the nodes that follow in the same word."""
    ends: Rows
    """Node to the states that a word ending there leads to."""
    firsts: Rows
    """State to the first nodes of the words that may follow, silent arcs included."""
    finals: Float32
    """(Q,): cost of ending in a state; infinite where no sentence ends."""
    words: list[str]
    """Of each entry of ``ends``."""
    phones: list[Pronunciation]
    """Of each entry of ``ends``."""


def build_network(graph: WordGraph, vocabulary: Mapping[str, Sequence[Pronunciation]]) -> Network:
    """Compile ``graph``; arcs whose word the vocabulary lacks are left out."""
    spoken: dict[int, list[Arc]] = defaultdict(list)
    silent: dict[int, list[Arc]] = defaultdict(list)
    for arc in graph.arcs:
        (silent if arc.word == EPSILON else spoken)[arc.source].append(arc)
    builder = _Builder()
    firsts: list[dict[int, float]] = [{} for _ in range(graph.states)]
    finals = [graph.finals.get(state, _FAR) for state in range(graph.states)]
    # from the end to the start: what follows a silent arc is known when it is met
    for state in range(graph.states - 1, -1, -1):
        firsts[state] = builder.words_of(spoken[state], vocabulary)
        for arc in silent[state]:
            finals[state] = min(finals[state], finals[arc.target] + arc.cost)
            for node, cost in firsts[arc.target].items():
                known = firsts[state].get(node, _FAR)
                firsts[state][node] = min(known, cost + arc.cost)
    builder.inner[START] = list(firsts[0].items())
    return builder.network(firsts, finals)


class _Builder:
    """Grows the lists of which the arrays are made."""

    def __init__(self) -> None:
        self.phone = [BLANK]
        self.inner: list[list[tuple[int, float]]] = [[]]
        self.ends: list[list[tuple[int, float, str, Pronunciation]]] = [[]]

    def words_of(
        self, arcs: Sequence[Arc], vocabulary: Mapping[str, Sequence[Pronunciation]]
    ) -> dict[int, float]:
        """The words that leave one state as a tree; its first nodes and their costs."""
        roots: dict[int, int] = {}
        children: dict[int, dict[int, int]] = {}
        begin = len(self.phone)
        for arc in arcs:
            if arc.word == OPEN:
                self.ends[self._node(ANY)].append((arc.target, arc.cost, OPEN, ()))
                roots[-len(self.phone)] = len(self.phone) - 1
                continue
            for phones in vocabulary.get(arc.word, ()):
                level, node = roots, START
                for phone in phones:
                    node = level[phone] if phone in level else self._node(phone)
                    level[phone] = node
                    level = children.setdefault(node, {})
                self.ends[node].append((arc.target, arc.cost, arc.word, phones))
        cheapest = self._push(begin, children)
        return {node: cheapest[node] for node in roots.values()}

    def _node(self, phone: int) -> int:
        self.phone.append(phone)
        self.inner.append([])
        self.ends.append([])
        return len(self.phone) - 1

    def _push(self, begin: int, children: Mapping[int, Mapping[int, int]]) -> dict[int, float]:
        """Pay the cheapest continuation on entering a node, the difference later."""
        cheapest: dict[int, float] = {}
        for node in range(len(self.phone) - 1, begin - 1, -1):
            followers = children.get(node, {}).values()
            costs = [cheapest[child] for child in followers]
            costs += [cost for _, cost, _, _ in self.ends[node]]
            least = cheapest[node] = min(costs)
            self.inner[node] = [(child, cheapest[child] - least) for child in followers]
            self.ends[node] = [(q, cost - least, w, p) for q, cost, w, p in self.ends[node]]
        return cheapest

    def network(self, firsts: list[dict[int, float]], finals: list[float]) -> Network:
        entries = [entry for row in self.ends for entry in row]
        return Network(
            np.array(self.phone, np.int32),
            _rows(self.inner),
            _rows([[entry[:2] for entry in row] for row in self.ends]),
            _rows([list(row.items()) for row in firsts]),
            np.array(finals, np.float32),
            [entry[2] for entry in entries],
            [entry[3] for entry in entries],
        )


def _rows(lists: Sequence[Sequence[tuple[int, float]]]) -> Rows:
    first = np.zeros(len(lists) + 1, np.int32)
    np.cumsum([len(row) for row in lists], out=first[1:])
    pairs = [pair for row in lists for pair in row]
    target = np.array([pair[0] for pair in pairs], np.int32)
    return Rows(first, target, np.array([pair[1] for pair in pairs], np.float32))
