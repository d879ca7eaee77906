"""What can be said, as a tree: the one definition that is both matched and turned into a graph.

    Literal    words, with the value they stand for
    Sequence   one node after another, with a function that makes one value of theirs
    Choice     one of several nodes, with weights; weight 0: may be typed, is never said
    Slot       names what its node matched
    Wildcard   one or more words of any kind

Sentence templates, lists and the rules for numbers and times are all made of these.
Matching is a memoised recursive descent (a packrat parser that keeps every reading);
options whose possible first words exclude the next word are never tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

READINGS_MAX = 64
"""Readings of one node at one position; further ones are dropped."""
WILDCARD_WORDS_MAX = 40
"""A wildcard is never longer."""


class Listed(NamedTuple):
    """The value of an entry of a list, and what it adds to the context of the match."""

    out: Any
    context: dict[str, Any] | None = None


class Binding(NamedTuple):
    """Slot ``name`` took the words from ``start`` to ``end``."""

    name: str
    value: Any
    start: int
    end: int


class Reading(NamedTuple):
    """One way to read words from some position up to ``end``."""

    end: int
    value: Any = None
    slots: tuple[Binding, ...] = ()
    loose: int = 0
    """Words that wildcards took."""


Memo = dict[tuple[int, int], list[Reading]]
First = frozenset[str] | None
"""Words that a node can begin with; None: any."""


def key_of(word: str) -> str:
    """How a word is compared: an apostrophe more or less is no difference."""
    return word.replace("'", "")


class Node:
    """What all have: ``first`` and ``nullable`` say how it can begin."""

    first: First = frozenset()
    nullable = False

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        """Every reading of ``keys`` from position ``at``."""
        raise TypeError(f"{type(self).__name__} cannot be read")

    def vocabulary(self) -> set[str]:
        """All words that can occur in it."""
        return set()


class Literal(Node):
    """``words``, said one after another; none at all for an empty option."""

    def __init__(self, words: Iterable[str], value: Any = None) -> None:
        self.words = tuple(words)
        self.keys = tuple(key_of(word) for word in self.words)
        self.value = value
        self.first = frozenset(self.keys[:1])
        self.nullable = not self.words

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        end = at + len(self.keys)
        return [Reading(end, self.value)] if keys[at:end] == self.keys else []

    def vocabulary(self) -> set[str]:
        return set(self.keys)


NOTHING = Literal(())


class Sequence(Node):
    """``nodes`` in order; ``make`` gets one value for each, None for those without."""

    def __init__(
        self, nodes: Iterable[Node], make: Callable[[list[Any]], Any] | None = None
    ) -> None:
        self.nodes = tuple(nodes)
        self.make = make
        self.nullable = all(node.nullable for node in self.nodes)
        self.first = _first_of(self.nodes)

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        partial: list[tuple[Reading, tuple[Any, ...]]] = [(Reading(at), ())]
        for node in self.nodes:
            partial = [
                (
                    Reading(
                        after.end, None, so_far.slots + after.slots, so_far.loose + after.loose
                    ),
                    (*values, after.value),
                )
                for so_far, values in partial
                for after in read(node, keys, so_far.end, memo)
            ][:READINGS_MAX]
            if not partial:
                return []
        return [reading._replace(value=self._value(values)) for reading, values in partial]

    def _value(self, values: tuple[Any, ...]) -> Any:
        if self.make is not None:
            return self.make(list(values))
        return next((value for value in values if value is not None), None)

    def vocabulary(self) -> set[str]:
        return set().union(*(node.vocabulary() for node in self.nodes))


class Choice(Node):
    """One of ``options``; ``weights`` need not sum to one."""

    def __init__(self, options: Iterable[Node], weights: Iterable[float] | None = None) -> None:
        self.options = tuple(options)
        self.weights = tuple(weights) if weights is not None else (1.0,) * len(self.options)
        self.nullable = any(option.nullable for option in self.options)
        firsts = [option.first for option in self.options]
        self.first = (
            None if None in firsts else frozenset().union(*(first for first in firsts if first))
        )
        self._by_word: dict[str, list[Node]] | None = None
        self._always: list[Node] = []

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        known = memo.get((id(self), at))
        if known is not None:
            return known
        found: dict[tuple[Any, ...], Reading] = {}
        for option in self._possible(keys[at] if at < len(keys) else ""):
            for reading in read(option, keys, at, memo):
                mark = (reading.end, repr(reading.value), reading.slots and repr(reading.slots))
                found.setdefault(mark, reading)
            if len(found) >= READINGS_MAX:
                break
        readings = list(found.values())
        memo[id(self), at] = readings
        return readings

    def _possible(self, word: str) -> list[Node]:
        if self._by_word is None:
            self._by_word = _index(self.options)
            self._always = [option for option in self.options if option.nullable or _open(option)]
        return self._by_word.get(word, self._always)

    def vocabulary(self) -> set[str]:
        return set().union(*(option.vocabulary() for option in self.options))


class Slot(Node):
    """``node``'s words and value under a name."""

    def __init__(self, name: str, node: Node) -> None:
        self.name = name
        self.node = node
        self.first = node.first
        self.nullable = node.nullable

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        return [
            Reading(end, None, (*slots, Binding(self.name, value, at, end)), loose)
            for end, value, slots, loose in read(self.node, keys, at, memo)
        ]

    def vocabulary(self) -> set[str]:
        return self.node.vocabulary()


class Wildcard(Node):
    """One or more words of the open vocabulary; its value is made of the words by the matcher."""

    first = None

    def read(self, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
        last = min(len(keys), at + WILDCARD_WORDS_MAX)
        return [Reading(end, None, (), end - at) for end in range(at + 1, last + 1)]


def read(node: Node, keys: tuple[str, ...], at: int, memo: Memo) -> list[Reading]:
    """``node.read``, unless its first word already rules it out."""
    if not node.nullable:
        if at >= len(keys):
            return []
        if node.first is not None and keys[at] not in node.first:
            return []
    return node.read(keys, at, memo)


def optional(node: Node, likelihood: float = 0.5) -> Choice:
    """``node`` or nothing; ``likelihood`` that it is said."""
    return Choice((node, NOTHING), (likelihood, 1.0 - likelihood))


def _open(node: Node) -> bool:
    return node.first is None


def _first_of(nodes: tuple[Node, ...]) -> First:
    first: frozenset[str] = frozenset()
    for node in nodes:
        if node.first is None:
            return None
        first = first | node.first if first else node.first
        if not node.nullable:
            break
    return first


def _index(options: tuple[Node, ...]) -> dict[str, list[Node]]:
    """First word → the options it can begin, in order, among those that any word can begin."""
    words = {word for option in options for word in option.first or ()}
    index: dict[str, list[Node]] = {word: [] for word in words}
    for option in options:
        always = option.nullable or _open(option)
        for word in words if always else option.first or ():
            index[word].append(option)
    return index


def children(node: Node) -> tuple[Node, ...]:
    """What ``node`` is made of."""
    if isinstance(node, Sequence):
        return node.nodes
    if isinstance(node, Choice):
        return node.options
    return (node.node,) if isinstance(node, Slot) else ()


def slot_names(node: Node) -> set[str]:
    """Names of all slots in ``node``."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Slot):
            found.add(one.name)
        else:
            waiting.extend(children(one))
    return found
