"""Sentences that a template lets one say."""

from __future__ import annotations

import itertools
import random

from assistant.understanding.expression import Choice, Literal, Node, Sequence, Slot, Wildcard
from assistant.understanding.rules import RULES
from assistant.understanding.sentences import Template

_USUAL = {
    "number": "seven",
    "percent": "fifty percent",
    "duration": "ten minutes",
    "clock": "half past seven",
    "date": "tomorrow",
}


_ANYTHING = "something"
_ARTICLES = (["a"], ["an"], ["the"], ["my"])


def example_of(template: Template) -> str:
    """The plainest sentence: first of all choices, articles but no other options, usual values.

    Where one may say anything, the slot's name stands in parentheses.
    """
    words = _plain(template.node)
    for i, (word, following) in enumerate(itertools.pairwise(words)):
        if word == "a" and following[0] in "aeiou":
            words[i] = "an"
    return " ".join(words)


def some_of(template: Template, count: int, seed: int = 0) -> list[str]:
    """Up to ``count`` different sentences at random."""
    rng = random.Random(seed)
    drawn = (" ".join(_drawn(template.node, rng)) for _ in range(4 * count))
    return list(dict.fromkeys(drawn))[:count]


def _plain(node: Node, slot: str = _ANYTHING) -> list[str]:
    if isinstance(node, Literal):
        return list(node.words)
    if isinstance(node, Sequence):
        return [word for inner in node.nodes for word in _plain(inner, slot)]
    if isinstance(node, Slot):
        rule = next((name for name, rule in RULES.items() if rule is node.node), None)
        return _USUAL[rule].split() if rule else _plain(node.node, node.name)
    if isinstance(node, Wildcard):
        return [f"({slot})"]
    assert isinstance(node, Choice)
    if node.nullable:
        first = _plain(node.options[0], slot)
        return first if first in _ARTICLES else []
    likeliest = max(range(len(node.options)), key=lambda i: (node.weights[i] > 0, -i))
    return _plain(node.options[likeliest], slot)


def _drawn(node: Node, rng: random.Random, slot: str = _ANYTHING) -> list[str]:
    if isinstance(node, Sequence):
        return [word for inner in node.nodes for word in _drawn(inner, rng, slot)]
    if isinstance(node, Slot):
        return _drawn(node.node, rng, node.name)
    if isinstance(node, Choice):
        return _drawn(rng.choices(node.options, node.weights)[0], rng, slot)
    return _plain(node, slot)
