"""From sentences to the word graph that recognition searches.

Built from the end to the start, so that equal continuations are one state (hash-consing:
suffixes are shared, the graph stays acyclic), and beginnings of list values are shared as a
trie. An arc's cost is the negative logarithm of its probability among those of its state.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from pathlib import Path

from assistant.grammar import EPSILON, OPEN, Arc, WordGraph, write_graph
from assistant.messages import Grammar
from assistant.understanding.expression import (
    Choice,
    Listed,
    Literal,
    Node,
    Sequence,
    Slot,
    Wildcard,
)
from assistant.understanding.sentences import Template

VERSION = 1
INLINED_ARCS_MAX = 4
"""An option with so few first words costs no epsilon arc of its own."""
KEPT_FILES = 3
_SAID = re.compile(r"[a-z']+")

_Out = tuple[str, float, str, int]
"""Word, cost, output and target."""


def word_graph(
    templates: Iterable[Template], before: Node, after: Node, language: str = "en"
) -> WordGraph:
    """The graph of all sentences; each template has the same mass.

    Args:
        before: what may stand before each sentence (wake phrase, filler).
        after: what may stand behind it.
    """
    builder = _Builder()
    tail = builder.build(after, builder.end)
    roots: list[tuple[int, float]] = []
    ends: dict[str, int] = {}
    for template in templates:
        name = template.intent.name
        if name not in ends:
            ends[name] = builder.state([(EPSILON, 0.0, f"intent:{name}", tail)])
        roots.append((builder.build(template.node, ends[name]), 1.0))
    start = builder.build(before, builder.choice(roots)) if roots else builder.end
    return builder.graph(start, language)


def write_grammar(graph: WordGraph, folder: Path, key: str) -> Grammar:
    """Write ``graph`` under ``key`` and delete all but the newest few."""
    path = folder / f"grammar-{key[:16]}.msgpack"
    digest = write_graph(graph, path)
    _delete_old(folder, path)
    return Grammar(path=str(path), digest=digest)


def cached_grammar(folder: Path, key: str) -> Grammar | None:
    """The grammar that was written for the same sentences before."""
    path = folder / f"grammar-{key[:16]}.msgpack"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return Grammar(path=str(path), digest=hashlib.sha256(data).hexdigest())


def content_key(texts: Iterable[str]) -> str:
    """A key for the sentences that ``texts`` lead to."""
    total = hashlib.sha256(str(VERSION).encode())
    for text in texts:
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()


def _delete_old(folder: Path, current: Path) -> None:
    written = sorted(folder.glob("grammar-*.msgpack"), key=lambda path: path.stat().st_mtime_ns)
    for path in written[:-KEPT_FILES]:
        if path != current:
            path.unlink(missing_ok=True)


class _Builder:
    """States numbered from the end; ``graph`` turns the numbers round."""

    def __init__(self) -> None:
        self._arcs: list[tuple[_Out, ...]] = [()]
        self._known: dict[tuple[_Out, ...], int] = {}
        self._built: dict[tuple[int, int], int] = {}
        self._alive: list[Node] = []
        self.end = 0

    def state(self, arcs: list[_Out]) -> int:
        """The state with these arcs."""
        if len(arcs) == 1 and arcs[0][:3] == (EPSILON, 0.0, ""):
            return arcs[0][3]
        key = tuple(arcs)
        if key not in self._known:
            self._known[key] = len(self._arcs)
            self._arcs.append(key)
        return self._known[key]

    def build(self, node: Node, target: int) -> int:
        """The state from which ``node`` leads to ``target``."""
        key = (id(node), target)
        if key not in self._built:
            self._alive.append(node)
            self._built[key] = self._make(node, target)
        return self._built[key]

    def _make(self, node: Node, target: int) -> int:
        if isinstance(node, Literal):
            return self._literal(node, target)
        if isinstance(node, Sequence):
            for inner in reversed(node.nodes):
                target = self.build(inner, target)
            return target
        if isinstance(node, Slot):
            closed = self.state([(EPSILON, 0.0, f"/slot:{node.name}", target)])
            inner_state = self.build(node.node, closed)
            return self.state([(EPSILON, 0.0, f"slot:{node.name}", inner_state)])
        if isinstance(node, Wildcard):
            return self.state([(OPEN, 0.0, "", target)])
        assert isinstance(node, Choice)
        return self._choice(node, target)

    def _literal(self, node: Literal, target: int) -> int:
        output = _value_output(node)
        for i, word in reversed(list(enumerate(node.words))):
            said = word if _SAID.fullmatch(word) else OPEN
            target = self.state([(said, 0.0, output if i == len(node.words) - 1 else "", target)])
        return target

    def _choice(self, node: Choice, target: int) -> int:
        pairs = [
            (option, weight)
            for option, weight in zip(node.options, node.weights, strict=True)
            if weight > 0 and _sayable(option)
        ]
        if not pairs:
            return self.state([(OPEN, 0.0, "", target)])
        plain = [(option, weight) for option, weight in pairs if isinstance(option, Literal)]
        states: list[tuple[int, float]] = [
            (self.build(option, target), weight)
            for option, weight in pairs
            if not isinstance(option, Literal)
        ]
        entries = [(option, 0, weight) for option, weight in plain if option.words]
        if entries:
            states.append((self._trie(entries, target), sum(weight for _, _, weight in entries)))
        empty = sum(weight for option, weight in plain if not option.words)
        return self.choice(states + [(target, empty)] * (empty > 0))

    def choice(self, options: list[tuple[int, float]]) -> int:
        """The state that leads to one of several states, with weights."""
        total = sum(weight for _, weight in options)
        arcs: dict[tuple[str, str, int], float] = {}
        for state, weight in options:
            share = weight / total
            inner = self._arcs[state]
            if inner and (len(inner) <= INLINED_ARCS_MAX or len(options) == 1):
                parts = [(word, out, to, math.exp(-cost)) for word, cost, out, to in inner]
            else:
                parts = [(EPSILON, "", state, 1.0)]
            for word, out, to, probability in parts:
                arcs[word, out, to] = arcs.get((word, out, to), 0.0) + share * probability
        return self.state(
            [(word, _cost(probability), out, to) for (word, out, to), probability in arcs.items()]
        )

    def _trie(self, entries: list[tuple[Literal, int, float]], target: int) -> int:
        """Literals that share their first words; ``entries`` with how many are behind us."""
        total = sum(weight for _, _, weight in entries)
        groups: dict[str, list[tuple[Literal, int, float]]] = {}
        ended = 0.0
        for literal, at, weight in entries:
            if at == len(literal.words):
                ended += weight
            else:
                groups.setdefault(literal.words[at], []).append((literal, at + 1, weight))
        arcs: list[_Out] = [(EPSILON, _cost(ended / total), "", target)] if ended else []
        for word, group in groups.items():
            share = sum(weight for _, _, weight in group) / total
            outputs = {_value_output(literal) for literal, at, _ in group
                       if at == len(literal.words)}  # fmt: skip
            output = outputs.pop() if len(group) == 1 and outputs else ""
            arcs.append((word, _cost(share), output, self._trie(group, target)))
        return self.state(arcs)

    def graph(self, start: int, language: str) -> WordGraph:
        """What can be reached from ``start``, numbered in topological order."""
        reached = {start, self.end}
        for state in range(start, -1, -1):
            if state in reached:
                reached.update(arc[3] for arc in self._arcs[state])
        number = {state: i for i, state in enumerate(sorted(reached, reverse=True))}
        arcs = [
            Arc(number[state], number[target], word, cost, output)
            for state in sorted(reached, reverse=True)
            for word, cost, output, target in self._arcs[state]
        ]
        return WordGraph(len(number), arcs, {number[self.end]: 0.0}, language)


def _cost(probability: float) -> float:
    return -math.log(probability) if probability < 1.0 else 0.0


def _sayable(node: Node) -> bool:
    """False for words in letters that recognition does not have: such values can be typed only."""
    return not isinstance(node, Literal) or all(_SAID.fullmatch(word) for word in node.words)


def _value_output(node: Literal) -> str:
    """Lists tell their value where it is not what was said."""
    if not isinstance(node.value, Listed) or not isinstance(node.value.out, str):
        return ""
    return "" if node.value.out == " ".join(node.words) else f"value:{node.value.out}"
