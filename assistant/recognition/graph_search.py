"""Search for the sentence of the word graph that the sound fits best, while it is spoken.

Token passing (Young et al. 1989) over the phone network with the CTC topology: each node
has a score for its phone being heard just now and one for a blank since. Only sentences
of the graph can come out. One frame is some thirty numpy operations on the nodes that are
alive.

One liberty is taken: a word may begin with the phone that the last one ended in, without
a blank between ("seven nine"), which speakers say so and CTC would forbid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.grammar import OPEN
from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK
from assistant.recognition.network import START, Ints, Network
from assistant.recognition.search import Hypothesis

NOTHING = np.float32(-np.inf)
NO_PAST = -1


@dataclass(frozen=True)
class GraphTuning:
    """Numbers of the search, in nats."""

    weight: float = 1.0
    """Of the graph's costs."""
    threshold: float = 25.0
    """Hypotheses so much worse than the best are dropped."""
    alive: int = 2000
    """Nodes kept at most."""
    wildcard_frame: float = 1.0
    """Taken from the best token in each frame of a wildcard."""
    wildcard: float = 4.0
    """Taken for beginning one."""


class Gap(NamedTuple):
    """Where a wildcard lies in a hypothesis."""

    word: int
    """Index among its words."""
    first: int
    """First frame."""
    end: int
    """One past the last frame."""


@dataclass(frozen=True)
class GraphHypothesis(Hypothesis):
    """A sentence of the graph; its wildcards are words ``OPEN`` without phones."""

    gaps: tuple[Gap, ...] = ()


class GraphSearch:
    """What is searched in. Holds constants only."""

    def __init__(self, network: Network, tuning: GraphTuning) -> None:
        self.network, self.tuning = network, tuning
        self.words = frozenset(network.words) - {OPEN}

    def begin(self) -> GraphBeam:
        """A new utterance."""
        return GraphBeam(self)


class _Alive(NamedTuple):
    """The nodes of a frame; scores and pasts of both ways to be in each."""

    node: NDArray[np.int64]
    heard: Float32
    heard_past: Ints
    blank: Float32
    blank_past: Ints

    def best(self) -> tuple[Float32, Ints]:
        """The better way to be in each node."""
        better = self.heard >= self.blank
        past = np.where(better, self.heard_past, self.blank_past)
        return np.maximum(self.heard, self.blank), past


class GraphBeam:
    """The hypotheses of one utterance."""

    def __init__(self, search: GraphSearch) -> None:
        self._net, self._tuning = search.network, search.tuning
        nodes, states = len(self._net.phone), len(self._net.finals)
        self._scores = np.full(nodes, NOTHING)
        self._blanks = np.full(nodes, NOTHING)
        self._pasts = np.zeros(nodes, np.int32)
        self._blank_pasts = np.zeros(nodes, np.int32)
        self._states = np.full(states, NOTHING)
        self._state_entry = np.zeros(states, np.int32)
        self._state_past = np.zeros(states, np.int32)
        self._chain = _Chain()
        start = np.array([START])
        none, zero = np.array([NOTHING]), np.zeros(1, np.float32)
        past = np.array([NO_PAST], np.int32)
        self._alive = _Alive(start, none, past, zero, past)
        self.frames = 0

    def step(self, log_probs: Float32) -> None:
        """Go on by (n, tokens) log-probabilities."""
        for row in log_probs:
            # the last one is what ``ANY`` = -1 picks
            emitted = np.append(row, NOTHING)
            emitted[-1] = emitted.max() - np.float32(self._tuning.wildcard_frame)
            self._frame(emitted)
            self.frames += 1

    def best(self) -> Hypothesis:
        """The best so far, its last word not yet said to the end left out."""
        score, past = self._alive.best()
        top = int(score.argmax())
        return self._hypothesis(int(past[top]), float(score[top]))

    def agreed(self) -> tuple[str, ...]:
        """The first words in which all hypotheses agree."""
        common = self._chain.common(set(self._alive.best()[1].tolist()))
        return self._hypothesis(common, 0.0).words

    def finish(self, count: int) -> list[GraphHypothesis]:
        """The ``count`` best whole sentences, best first; none where no sentence is whole."""
        net = self._net
        score, past = self._alive.best()
        entry, owner = net.ends.of(self._alive.node)
        state = net.ends.target[entry]
        whole = score[owner] - self._tuning.weight * (net.ends.cost[entry] + net.finals[state])
        found: dict[tuple[str, ...], GraphHypothesis] = {}
        for index in np.argsort(-whole):
            if not np.isfinite(whole[index]) or len(found) == count:
                break
            last = self._chain.add(past[owner[[index]]], entry[[index]], self.frames)[0]
            hypothesis = self._hypothesis(int(last), float(whole[index]))
            found.setdefault(hypothesis.words, hypothesis)
        return list(found.values())

    def _frame(self, emitted: Float32) -> None:
        net, weight, alive = self._net, np.float32(self._tuning.weight), self._alive
        best, best_past = alive.best()
        phone = net.phone[alive.node]
        entry, owner = net.inner.of(alive.node)
        inside = net.inner.target[entry]
        # the same phone twice needs a blank between
        same = net.phone[inside] == phone[owner]
        went = np.where(same, alive.blank[owner], best[owner]) - weight * net.inner.cost[entry]
        went_past = np.where(same, alive.blank_past[owner], best_past[owner])
        first, began, began_past = self._cross(alive.node, best, best_past)
        nodes = np.concatenate([alive.node, inside, first])
        scores = np.concatenate([alive.heard, went, began]) + emitted[net.phone[nodes]]
        pasts = np.concatenate([alive.heard_past, went_past, began_past])
        self._keep(nodes, scores, pasts, alive.node, best + emitted[BLANK], best_past)

    def _cross(
        self, node: NDArray[np.int64], best: Float32, past: Ints
    ) -> tuple[Ints, Float32, Ints]:
        """Over the ends of words to the first nodes of the next: nodes, scores, pasts."""
        net, tuning = self._net, self._tuning
        entry, owner = net.ends.of(node)
        state = net.ends.target[entry]
        scores = best[owner] - np.float32(tuning.weight) * net.ends.cost[entry]
        np.maximum.at(self._states, state, scores)
        won = scores == self._states[state]
        self._state_entry[state[won]] = entry[won]
        self._state_past[state[won]] = past[owner[won]]
        reached = np.unique(state)
        reached = reached[self._states[reached] >= best.max() - tuning.threshold]
        pasts = self._chain.add(self._state_past[reached], self._state_entry[reached], self.frames)
        row, source = net.firsts.of(reached)
        first = net.firsts.target[row]
        began = self._states[reached][source] - np.float32(tuning.weight) * net.firsts.cost[row]
        began = began - np.where(net.phone[first] < 0, np.float32(tuning.wildcard), 0)
        self._states[state] = NOTHING
        return first, began.astype(np.float32), pasts[source]

    def _keep(
        self,
        nodes: NDArray[np.int64],
        scores: Float32,
        pasts: Ints,
        before: NDArray[np.int64],
        blanks: Float32,
        blank_pasts: Ints,
    ) -> None:
        """Merge what meets in a node, drop what is too far behind."""
        np.maximum.at(self._scores, nodes, scores)
        won = scores == self._scores[nodes]
        self._pasts[nodes[won]] = pasts[won]
        self._blanks[before], self._blank_pasts[before] = blanks, blank_pasts
        both = np.maximum(self._scores, self._blanks)
        limit = both.max() - self._tuning.threshold
        alive = np.flatnonzero(both >= limit)
        if len(alive) > self._tuning.alive:
            order = np.argpartition(-both[alive], self._tuning.alive)
            alive = np.sort(alive[order[: self._tuning.alive]])
        self._alive = _Alive(
            alive,
            self._scores[alive],
            self._pasts[alive],
            self._blanks[alive],
            self._blank_pasts[alive],
        )
        self._scores[nodes] = NOTHING
        self._blanks[before] = NOTHING

    def _hypothesis(self, last: int, score: float) -> GraphHypothesis:
        net, steps = self._net, self._chain.trace(last)
        words = tuple(net.words[entry] for entry, _, _ in steps)
        phones = tuple(net.phones[entry] for entry, _, _ in steps)
        gaps = tuple(
            Gap(index, first, end)
            for index, (entry, first, end) in enumerate(steps)
            if net.words[entry] == OPEN
        )
        return GraphHypothesis(words, phones, score, score, gaps=gaps)


class _Chain:
    """The words behind each hypothesis, as a tree that grows: (parent, entry, end frame)."""

    def __init__(self) -> None:
        self._links = np.zeros((3, 1024), np.int32)
        self._count = 0

    def add(self, parents: Ints, entries: NDArray[np.integer], frame: int) -> Ints:
        """A word's end for each of ``entries``; their numbers."""
        end = self._count + len(entries)
        if end > self._links.shape[1]:
            grown = np.zeros((3, 2 * end), np.int32)
            grown[:, : self._count] = self._links[:, : self._count]
            self._links = grown
        self._links[0, self._count : end] = parents
        self._links[1, self._count : end] = entries
        self._links[2, self._count : end] = frame
        numbers = np.arange(self._count, end, dtype=np.int32)
        self._count = end
        return numbers

    def trace(self, last: int) -> list[tuple[int, int, int]]:
        """(entry, first frame, one past the last) of each word up to ``last``, in order."""
        steps = []
        while last != NO_PAST:
            parent, entry, frame = (int(value) for value in self._links[:, last])
            begin = int(self._links[2, parent]) if parent != NO_PAST else 0
            steps.append((entry, begin, frame))
            last = parent
        return steps[::-1]

    def common(self, numbers: set[int]) -> int:
        """The last word that all of ``numbers`` have behind them."""
        while len(numbers) > 1:
            # a parent always has the smaller number
            latest = max(numbers)
            numbers = (numbers - {latest}) | {int(self._links[0, latest])}
        return numbers.pop()
