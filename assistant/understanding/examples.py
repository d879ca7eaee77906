"""Sentences that a template lets one say."""

from __future__ import annotations

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


def example_of(template: Template) -> str:
    """The plainest sentence: first of all choices, no options, usual values."""
    return " ".join(_plain(template.node))


def some_of(template: Template, count: int, seed: int = 0) -> list[str]:
    """Up to ``count`` different sentences at random."""
    rng = random.Random(seed)
    drawn = (" ".join(_drawn(template.node, rng)) for _ in range(4 * count))
    return list(dict.fromkeys(drawn))[:count]


def _plain(node: Node, slot: str = "something") -> list[str]:
    if isinstance(node, Literal):
        return list(node.words)
    if isinstance(node, Sequence):
        return [word for inner in node.nodes for word in _plain(inner, slot)]
    if isinstance(node, Slot):
        rule = next((name for name, rule in RULES.items() if rule is node.node), None)
        return _USUAL[rule].split() if rule else _plain(node.node, node.name.replace("_", " "))
    if isinstance(node, Wildcard):
        return slot.split()
    assert isinstance(node, Choice)
    if node.nullable:
        return []
    likeliest = max(range(len(node.options)), key=lambda i: (node.weights[i] > 0, -i))
    return _plain(node.options[likeliest], slot)


def _drawn(node: Node, rng: random.Random, slot: str = "something") -> list[str]:
    if isinstance(node, Sequence):
        return [word for inner in node.nodes for word in _drawn(inner, rng, slot)]
    if isinstance(node, Slot):
        return _drawn(node.node, rng, node.name.replace("_", " "))
    if isinstance(node, Choice):
        return _drawn(rng.choices(node.options, node.weights)[0], rng, slot)
    return _plain(node, slot)
