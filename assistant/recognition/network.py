"""The word graph as a network of phones: what the command search walks through.

Each word arc becomes a chain of phones for each of its pronunciations; arcs of one state
share their beginnings, and the cheapest of them pays at once (weights are pushed towards
the front), so that a narrow beam sees early what is likely. A wildcard is one node that
any sound fits, at a price.
"""

from __future__ import annotations

from array import array
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
    firsts: list[_Row] = [_NO_ROW] * graph.states
    finals = [graph.finals.get(state, _FAR) for state in range(graph.states)]
    # from the end to the start: what follows a silent arc is known when it is met
    for state in range(graph.states - 1, -1, -1):
        builder.begin()
        for arc in spoken[state]:
            builder.add(arc, vocabulary)
        found = builder.finish()
        for arc in silent[state]:
            finals[state] = min(finals[state], finals[arc.target] + arc.cost)
            for node, cost in zip(*firsts[arc.target], strict=True):
                found[node] = min(found.get(node, _FAR), cost + arc.cost)
        firsts[state] = array("i", found), array("f", found.values())
    return builder.network(firsts, finals)


_Row = tuple["array[int]", "array[float]"]
"""Nodes and the costs of entering them."""
_NO_ROW: _Row = (array("i"), array("f"))


class _Builder:
    """Grows the network state by state; flat arrays, for there are a great many nodes.

    The words that leave one state are a tree: a node has one parent, the roots have none.
    """

    def __init__(self) -> None:
        self.phone = array("i", [BLANK])
        self.parent = array("i", [START])
        self.cost = array("f", [0.0])
        """Of entering the node from its parent."""
        self.end_node = array("i")
        self.end_target = array("i")
        self.end_cost = array("f")
        self.words: list[str] = []
        self.phones: list[Pronunciation] = []

    def begin(self) -> None:
        """The words that leave the next state follow."""
        self.known: dict[tuple[int, int], int] = {}
        self.first_node, self.first_end = len(self.phone), len(self.end_node)

    def add(self, arc: Arc, vocabulary: Mapping[str, Sequence[Pronunciation]]) -> None:
        """A word, or a wildcard, in all its pronunciations."""
        if arc.word == OPEN:
            self._end(self._node(START, ANY), arc, ())
            return
        for phones in vocabulary.get(arc.word, ()):
            node = START
            for phone in phones:
                after = self.known.get((node, phone))
                if after is None:
                    after = self.known[node, phone] = self._node(node, phone)
                node = after
            self._end(node, arc, phones)

    def finish(self) -> dict[int, float]:
        """Pay the cheapest continuation on entering a node, the difference later.

        Returns the first nodes of the state's words and the costs of entering them.
        """
        cheapest = [_FAR] * (len(self.phone) - self.first_node)
        for end in range(self.first_end, len(self.end_node)):
            node = self.end_node[end] - self.first_node
            cheapest[node] = min(cheapest[node], self.end_cost[end])
        # children have larger numbers than their parents
        for node in range(len(cheapest) - 1, -1, -1):
            parent = self.parent[node + self.first_node] - self.first_node
            if parent >= 0:
                cheapest[parent] = min(cheapest[parent], cheapest[node])
        for end in range(self.first_end, len(self.end_node)):
            self.end_cost[end] -= cheapest[self.end_node[end] - self.first_node]
        roots: dict[int, float] = {}
        for index, least in enumerate(cheapest):
            node = index + self.first_node
            parent = self.parent[node] - self.first_node
            if parent >= 0:
                self.cost[node] = least - cheapest[parent]
            else:
                roots[node] = least
        return roots

    def _node(self, parent: int, phone: int) -> int:
        self.phone.append(phone)
        self.parent.append(parent)
        self.cost.append(0.0)
        return len(self.phone) - 1

    def _end(self, node: int, arc: Arc, phones: Pronunciation) -> None:
        self.end_node.append(node)
        self.end_target.append(arc.target)
        self.end_cost.append(arc.cost)
        self.words.append(arc.word)
        self.phones.append(phones)

    def network(self, firsts: Sequence[_Row], finals: Sequence[float]) -> Network:
        """All of it as arrays."""
        nodes = len(self.phone)
        parent, cost = np.array(self.parent, np.int32), np.array(self.cost, np.float32)
        begun = np.array(firsts[0][0], np.int32)
        parent[begun], cost[begun] = START, np.array(firsts[0][1], np.float32)
        # roots of other states have no parent inside a word
        inside: Ints = np.concatenate([begun, np.flatnonzero(parent != START)]).astype(np.int32)
        inner, _ = _rows(parent[inside], inside, cost[inside], nodes)
        ends, order = _rows(
            np.array(self.end_node, np.int32),
            np.array(self.end_target, np.int32),
            np.array(self.end_cost, np.float32),
            nodes,
        )
        counts = np.array([len(row[0]) for row in firsts])
        starts, _ = _rows(
            np.repeat(np.arange(len(firsts), dtype=np.int32), counts),
            np.concatenate([np.array(row[0], np.int32) for row in firsts]),
            np.concatenate([np.array(row[1], np.float32) for row in firsts]),
            len(firsts),
        )
        words, phones = ([values[i] for i in order] for values in (self.words, self.phones))
        phone = np.array(self.phone, np.int32)
        return Network(phone, inner, ends, starts, np.array(finals, np.float32), words, phones)


def _rows(owner: Ints, target: Ints, cost: Float32, count: int) -> tuple[Rows, NDArray[np.int64]]:
    """Entries sorted by their owner, one of ``count``, and the order they were taken in."""
    order = np.argsort(owner, kind="stable")
    first = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=count), out=first[1:])
    return Rows(first, target[order], cost[order]), order
