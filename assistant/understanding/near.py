"""Which sentences came close to a text, and where they parted from it.

The text is aligned with each template's graph by the least number of words that differ
(weighted edit distance over an acyclic graph, states in topological order).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

from assistant.grammar import EPSILON, OPEN, WordGraph
from assistant.understanding.expression import NOTHING, key_of
from assistant.understanding.graph import word_graph
from assistant.understanding.library import DIALOGUE
from assistant.understanding.sentences import SentenceSet, Template
from assistant.understanding.spoken import Words

ALIGNED_MAX = 25
"""Templates that are aligned; those that share most words with the text."""
WORDS_MAX = 30
"""Words of the text that are looked at."""
OPEN_COST = 0.3
"""A word in a wildcard: less than a difference, more than a word that fits."""
WORST_RATIO = 0.75
"""Templates that differ in more of the words are not near."""


@dataclass(frozen=True)
class NearMiss:
    """A template that almost fits."""

    template: Template
    distance: int
    """Words that are wrong, missing or too many."""
    why: str


class _Step(NamedTuple):
    """The best way to a state with so many words read."""

    cost: float
    edits: tuple[str, ...] = ()


def near_misses(words: Words, sentences: SentenceSet, most: int = 3) -> list[NearMiss]:
    """The nearest templates, nearest first, at most one for each intent."""
    keys = words.keys[:WORDS_MAX]
    found: list[tuple[float, int, NearMiss]] = []
    for i, template in enumerate(_promising(keys, sentences)):
        step = _align(keys, word_graph([template], NOTHING, NOTHING))
        distance = len(step.edits)
        if 0 < distance <= WORST_RATIO * len(keys):
            found.append((step.cost, i, NearMiss(template, distance, "; ".join(step.edits))))
    found.sort(key=lambda entry: entry[:2])
    nearest: dict[str, NearMiss] = {}
    for _, _, miss in found:
        nearest.setdefault(miss.template.intent.name, miss)
    return list(nearest.values())[:most]


def _promising(keys: tuple[str, ...], sentences: SentenceSet) -> list[Template]:
    """Templates by how much of the text they know, and how little they need besides."""
    said = set(keys)
    scored = []
    for i, template in enumerate(sentences.templates):
        if template.intent.group == DIALOGUE:
            continue
        vocabulary = template.node.vocabulary()
        common = len(said & vocabulary)
        if common:
            scored.append((-common, len(vocabulary), i))
    return [sentences.templates[i] for _, _, i in sorted(scored)[:ALIGNED_MAX]]


def _align(keys: tuple[str, ...], graph: WordGraph) -> _Step:
    """The cheapest path through ``graph`` that reads all of ``keys``, differences counted."""
    count = len(keys)
    table: list[list[_Step | None]] = [[None] * (count + 1) for _ in range(graph.states)]
    table[0][0] = _Step(0.0)
    arcs = iter(graph.arcs)
    arc = next(arcs, None)
    for state in range(graph.states):
        row = table[state]
        _read_extra(row, keys)
        while arc is not None and arc.source == state:
            _follow(row, table[arc.target], key_of(arc.word), keys)
            arc = next(arcs, None)
    ends = [table[state][count] for state in graph.finals]
    reached = [step for step in ends if step is not None]
    return min(reached, key=lambda step: step.cost, default=_Step(float("inf")))


def _read_extra(row: list[_Step | None], keys: tuple[str, ...]) -> None:
    """Words that the template does not have."""
    for i, key in enumerate(keys):
        step = row[i]
        if step is not None:
            _offer(row, i + 1, step, 1.0, f"'{key}' is too much")


def _follow(
    row: list[_Step | None], to: list[_Step | None], word: str, keys: tuple[str, ...]
) -> None:
    for i, step in enumerate(row):
        if step is None:
            continue
        if word == EPSILON:
            _offer(to, i, step, 0.0, "")
        elif word == OPEN:
            for taken in range(1, len(keys) - i + 1):
                _offer(to, i + taken, step, OPEN_COST * taken, "")
        else:
            place = f"after '{keys[i - 1]}'" if i else "at the start"
            _offer(to, i, step, 1.0, f"expected '{word}' {place}")
            if i < len(keys):
                cost = _difference(word, keys[i])
                edit = f"expected '{word}', heard '{keys[i]}'" if cost else ""
                _offer(to, i + 1, step, cost, edit)


def _offer(row: list[_Step | None], at: int, step: _Step, cost: float, edit: str) -> None:
    total = step.cost + cost
    known = row[at]
    if known is None or total < known.cost:
        row[at] = _Step(total, (*step.edits, edit) if edit else step.edits)


def _difference(expected: str, heard: str) -> float:
    """0 for the same word, else 1, somewhat less the more of the beginning is alike."""
    if expected == heard:
        return 0.0
    alike = len(os.path.commonprefix((expected, heard)))
    return 1.0 - 0.5 * alike / max(len(expected), len(heard))
