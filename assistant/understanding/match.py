"""Text → every intent that it can mean, best first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hassil.util import check_excluded_context, check_required_context

from assistant.skills.api import Slot
from assistant.understanding.expression import (
    NOTHING,
    Binding,
    Choice,
    Listed,
    Literal,
    Memo,
    Node,
    Reading,
    Sequence,
    optional,
    read,
)
from assistant.understanding.sentences import SentenceSet, Template
from assistant.understanding.spoken import Words

WORDS_MAX = 100
"""Longer sentences match nothing."""
MATCHES_MAX = 20
FILLER_LIKELIHOOD = 0.05
"""How likely a skip word is said before or after a sentence."""
LOOSE_WEIGHT = 0.3
"""What a sentence loses of its certainty when all of its words stand in wildcards."""


@dataclass(frozen=True)
class Match:
    """One meaning of a text."""

    template: Template
    slots: dict[str, Slot]
    words: int
    loose: int
    """Words in wildcards."""
    text: str = ""
    """The sentence itself."""
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Slot → its first word and one past its last."""

    @property
    def intent(self) -> str:
        """The intent's name."""
        return self.template.intent.name

    @property
    def specificity(self) -> float:
        """1 for a sentence known word by word, less the more of it stands in wildcards."""
        return 1.0 - LOOSE_WEIGHT * self.loose / max(self.words, 1)


class Matcher:
    """Finds what a text means among ``sentences``. For one thread at a time."""

    def __init__(self, sentences: SentenceSet) -> None:
        self.sentences = sentences
        self.filler = filler_of(sentences.skip_words)
        self._by_word: dict[str, list[int]] = {}
        self._any_word: list[int] = []
        for i, template in enumerate(sentences.templates):
            if template.node.first is None:
                self._any_word.append(i)
            for word in template.node.first or ():
                self._by_word.setdefault(word, []).append(i)

    def match(self, words: Words, context: dict[str, Any] | None = None) -> list[Match]:
        """Every meaning of ``words``, best first: fewest words in wildcards, then file order."""
        if not 0 < len(words.keys) <= WORDS_MAX:
            return []
        memo: Memo = {}
        found: list[tuple[tuple[int, int, int], Match]] = []
        for before in read(self.filler, words.keys, 0, memo):
            for i in self._candidates(words.keys, before.end):
                template = self.sentences.templates[i]
                best = self._best(template, words, before.end, memo, context or {})
                if best is not None:
                    found.append(((best.loose, len(best.slots), i), best))
        found.sort(key=lambda pair: pair[0])
        unique: dict[str, Match] = {}
        for _, match in found:
            unique.setdefault(f"{match.intent} {match.slots!r}", match)
        return list(unique.values())[:MATCHES_MAX]

    def _candidates(self, keys: tuple[str, ...], at: int) -> list[int]:
        if at >= len(keys):
            return []
        return sorted(self._by_word.get(keys[at], []) + self._any_word)

    def _best(
        self, template: Template, words: Words, at: int, memo: Memo, context: dict[str, Any]
    ) -> Match | None:
        best: Match | None = None
        for reading in read(template.node, words.keys, at, memo):
            if best is not None and reading.loose >= best.loose:
                continue
            if self._ends(words.keys, reading.end, memo):
                best = _match(template, words, reading, context) or best
        return best

    def _ends(self, keys: tuple[str, ...], at: int, memo: Memo) -> bool:
        if at == len(keys):
            return True
        return any(after.end == len(keys) for after in read(self.filler, keys, at, memo))


def filler_of(phrases: tuple[tuple[str, ...], ...], likelihood: float = FILLER_LIKELIHOOD) -> Node:
    """What may stand before or after a sentence and means nothing, up to three of them."""
    said = [Literal(words) for words in dict.fromkeys(phrases) if words]
    if not said:
        return NOTHING
    one = Choice(said)
    two = Sequence((one, optional(one, likelihood)))
    return optional(Sequence((one, optional(two, likelihood))), likelihood)


def _match(
    template: Template, words: Words, reading: Reading, given: dict[str, Any]
) -> Match | None:
    """``reading`` as a match, unless the context forbids it."""
    intent = template.intent
    context = dict(given)
    slots = {name: Slot(value=value, text=str(value)) for name, value in intent.slots.items()}
    places: dict[str, tuple[int, int]] = {}
    for binding in reading.slots:
        if isinstance(binding.value, Listed):
            context.update(binding.value.context or {})
        slots[binding.name] = _slot(binding, words)
        places[binding.name] = (binding.start, binding.end)
    if intent.requires and not check_required_context(intent.requires, context):
        return None
    if intent.excludes and not check_excluded_context(intent.excludes, context):
        return None
    text = words.text(0, len(words.keys))
    return Match(template, slots, len(words.keys), reading.loose, text, places)


def _slot(binding: Binding, words: Words) -> Slot:
    text = words.text(binding.start, binding.end)
    value = binding.value.out if isinstance(binding.value, Listed) else binding.value
    return Slot(value=text if value is None else value, text=text)
