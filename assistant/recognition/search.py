"""Incremental lexicon beam search over CTC log-probabilities with an n-gram model.

The search is flashlight-text's (Pratap et al., arXiv 1812.07625): a trie of pronunciations,
look-ahead to the best word below each node, Viterbi. The language model is KenLM's; its
weights here are on base-10 logarithms, as ARPA files are.

It gives the last phone of a word a single frame. Letting the blank stand for what the
network holds longer was tried, and made 4 words in 100 worse: deletions got cheaper.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flashlight.lib.text.decoder import (
    CriterionType,
    LexiconDecoder,
    LexiconDecoderOptions,
    SmearingMode,
    Trie,
)
from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK, TOKENS, Pronunciation

HOMOPHONES = 6
"""Words that one node of flashlight's trie can hold."""
NEVER = float("-inf")
_LOOKED_UP_AT_ONCE = 1000


@dataclass(frozen=True)
class Tuning:
    """Numbers of one search; scores are natural logarithms but for the model's."""

    weight: float = 1.8
    """Of the language model, on base-10 logarithms."""
    word_score: float = -0.7
    """Added for each word."""
    beam: int = 120
    """Hypotheses kept."""
    threshold: float = 20.0
    """Hypotheses so much worse than the best are dropped."""
    tokens: int = 16
    """Tokens tried in each frame."""


@dataclass(frozen=True)
class Hypothesis:
    """A sequence of words with the phones it was found by."""

    words: tuple[str, ...]
    phones: tuple[Pronunciation, ...]
    """The pronunciation of each word, as found in the sound."""
    score: float = 0.0
    """Of the search: acoustic, language model and words."""
    acoustic: float = 0.0
    """Log-probability of the path alone."""
    ends: tuple[int, ...] = ()
    """Of the open search: the frame in which each word was complete."""

    @property
    def text(self) -> str:
        """Words with spaces."""
        return " ".join(self.words)

    @property
    def tokens(self) -> list[int]:
        """All phones one after another."""
        return [token for word in self.phones for token in word]


class LexiconSearch:
    """What is searched in: words, their sounds, their model. Holds constants only.

    Args:
        vocabulary: words and their pronunciations.
        model: ARPA or KenLM's binary form.
        spare: labels kept free for words that ``with_words`` adds.

    Raises:
        ModelError: KenLM cannot read ``model``.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, Sequence[Pronunciation]],
        model: Path,
        tuning: Tuning,
        spare: int = 0,
    ) -> None:
        self.tuning = tuning
        self.words = list(vocabulary)
        self._spare = spare
        # what the model does not know, spare labels among them, counts as its unknown word
        names = [*self.words, *(f"<spare{number}>" for number in range(spare))]
        try:
            self._model = KenLM(str(model), Dictionary(names))
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"{model}: not a language model: {error}") from error
        self._single = _single_scores(self._model, len(names))
        self._entries: list[Sequence[Pronunciation]] = list(vocabulary.values())
        self._trie = _trie(self._entries, self._single)

    def with_words(self, extra: Mapping[str, Sequence[Pronunciation]]) -> LexiconSearch:
        """The same search with further words, as many as there are spare labels."""
        known = set(self.words)
        new = [word for word in extra if word not in known][: self._spare]
        grown = object.__new__(LexiconSearch)
        grown.__dict__ |= self.__dict__
        grown.words = [*self.words, *new]
        grown._entries = [*self._entries, *(extra[word] for word in new)]
        grown._spare = self._spare - len(new)
        grown._trie = _trie(grown._entries, self._single)
        return grown

    def begin(self) -> Beam:
        """A new utterance."""
        options = LexiconDecoderOptions(
            self.tuning.beam,
            min(self.tuning.tokens, len(TOKENS)),
            self.tuning.threshold,
            self.tuning.weight,
            self.tuning.word_score,
            NEVER,
            0.0,
            False,
            CriterionType.CTC,
        )
        decoder = LexiconDecoder(options, self._trie, self._model, BLANK, BLANK, -1, [], False)
        return Beam(self, decoder)


class Beam:
    """The hypotheses of one utterance. Not for use after ``finish``."""

    def __init__(self, search: LexiconSearch, decoder: Any) -> None:
        self._search, self._decoder = search, decoder
        self.frames = 0
        decoder.decode_begin()

    def step(self, log_probs: Float32) -> None:
        """Go on by (n, tokens) log-probabilities; how they are cut into calls is all one."""
        if not len(log_probs):
            return
        heard = np.ascontiguousarray(log_probs, np.float32)
        self._decoder.decode_step(heard.ctypes.data, *heard.shape)
        self.frames += len(heard)

    def best(self) -> Hypothesis:
        """The best so far, its last word not yet said to the end left out."""
        if not self.frames:
            return Hypothesis((), ())
        return self._read(self._decoder.get_best_hypothesis(0))

    def agreed(self) -> tuple[str, ...]:
        """The first words in which all hypotheses agree: they cannot change any more."""
        if not self.frames:
            return ()
        found = [self._labels(result) for result in self._decoder.get_all_final_hypothesis()]
        common = 0
        for labels in zip(*found, strict=False):
            if len(set(labels)) > 1:
                break
            common += 1
        return tuple(self._search.words[label] for label in found[0][:common])

    def finish(self, count: int) -> list[Hypothesis]:
        """The ``count`` best of different words, best first; an empty list before any frame."""
        if not self.frames:
            return []
        self._decoder.decode_end()
        results = self._decoder.get_all_final_hypothesis()
        found: dict[tuple[str, ...], Hypothesis] = {}
        for result in sorted(results, key=lambda result: -result.score):
            hypothesis = self._read(result)
            found.setdefault(hypothesis.words, hypothesis)
            if len(found) == count:
                break
        return list(found.values())

    def _labels(self, result: Any) -> list[int]:
        return [label for label in result.words if label >= 0]

    def _read(self, result: Any) -> Hypothesis:
        words: list[str] = []
        ends: list[int] = []
        phones: list[Pronunciation] = []
        current: list[int] = []
        before = BLANK
        # one entry for each frame, and one before them
        path = zip(result.tokens, result.words, strict=True)
        for frame, (token, label) in enumerate(path, -1):
            if token not in (before, BLANK):
                current.append(token)
            before = token
            if label >= 0:
                words.append(self._search.words[label])
                ends.append(frame)
                phones.append(tuple(current))
                current = []
        scores = (result.score, result.emittingModelScore)
        return Hypothesis(tuple(words), tuple(phones), *scores, tuple(ends))


def _single_scores(model: Any, count: int) -> list[float]:
    """Base-10 logarithm of each label's probability without context."""
    scores: list[float] = []
    for first in range(0, count, _LOOKED_UP_AT_ONCE):
        # a state keeps all that follow from it: a new one now and then lets them go
        state = model.start(True)
        labels = range(first, min(first + _LOOKED_UP_AT_ONCE, count))
        scores += [model.score(state, label)[1] for label in labels]
    return scores


def _trie(entries: Iterable[Sequence[Pronunciation]], single: Sequence[float]) -> Any:
    labels: dict[Pronunciation, list[int]] = defaultdict(list)
    for label, pronunciations in enumerate(entries):
        for pronunciation in dict.fromkeys(pronunciations):
            labels[pronunciation].append(label)
    trie = Trie(len(TOKENS), BLANK)
    for pronunciation, found in labels.items():
        for label in sorted(found, key=lambda label: -single[label])[:HOMOPHONES]:
            trie.insert(pronunciation, label, single[label])
    trie.smear(SmearingMode.MAX)
    return trie
