"""One utterance: sound in, hypotheses growing, a result at the end.

``Transcriber`` holds what does not change, ``Transcription`` is made for each utterance.
Nothing here knows messages, sockets or clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from assistant.config import Recognition
from assistant.pcm import SAMPLE_RATE_HZ, Float32, Int16
from assistant.recognition.acoustic import Acoustics
from assistant.recognition.conclude import TOLD, Result, Verdicts, conclude, margin, weigh
from assistant.recognition.confidence import read_calibration
from assistant.recognition.ctc import free_score, without_blank
from assistant.recognition.engines import Engine, open_engine
from assistant.recognition.features import HOP_SAMPLES, LogMel
from assistant.recognition.graph_search import (
    GraphBeam,
    GraphHypothesis,
    GraphSearch,
    GraphTuning,
)
from assistant.recognition.lexicon import TOKENS
from assistant.recognition.pronouncing import (
    WORDS,
    Pronouncing,
    own_pronunciations,
    plain,
    read_vocabulary,
)
from assistant.recognition.search import Hypothesis, LexiconSearch, Tuning
from assistant.recognition.spelling import Speller
from assistant.recognition.weights import open_weights
from assistant.resources import resource

OPEN_MODEL = "language/general.binary"
LONGEST_S = 60.0
"""Of an utterance; what comes after is not listened to. Hearing ends one long before."""
FINALISTS = 30
"""Hypotheses of each search that are compared at the end."""
READINGS = 2
"""Pronunciations of a word that is in no list."""
SPARE_WORDS = 500
"""Words beyond the open vocabulary that ``favour`` can add."""
LONG_WILDCARD_FRAMES = 75
"""Up to 3 s a wildcard's sound is searched by itself; else the words of the whole search are
taken, so that the result does not wait."""
FAVOUR = 3.0
"""Nats that a favoured word of a hypothesis earns it when the results are ordered."""
COMMAND_SHORTFALL = 1.2
"""Nats a phone up to which a growing command is shown rather than the open text."""


class Transcriber:
    """The recogniser, loaded.

    Args:
        engine: instead of the one that the settings name.

    Raises:
        ModelError: weights, words or language model are missing or damaged.
        ConfigError: pronunciations with phones that there are not.
    """

    def __init__(self, settings: Recognition, engine: Engine | None = None) -> None:
        folder = Path(settings.model) if settings.model else resource("recogniser")
        weights = open_weights(folder)
        own = own_pronunciations(settings.pronunciations)
        self.calibration = read_calibration(folder)
        self.blank_penalty = settings.blank_penalty
        self.acoustics = Acoustics(
            LogMel(weights.normalisation),
            engine or open_engine(settings, weights),
            settings.chunk_ms * SAMPLE_RATE_HZ // 1000 // HOP_SAMPLES,
            weights.shape["lookahead"],
        )
        known = read_vocabulary(resource(WORDS))
        spell = partial(Speller(resource("lexicon")).pronounce, n=READINGS)
        self.pronouncing = Pronouncing(own, known, spell)
        tuning = Tuning(settings.open_weight, settings.open_word_score, settings.beam)
        model = resource(OPEN_MODEL)
        self._plain_open = LexiconSearch({**known, **own}, model, tuning, SPARE_WORDS)
        self.open = self._plain_open
        self.favoured: frozenset[str] = frozenset()

    def favour(self, phrases: Sequence[str]) -> None:
        """From the next utterance on, let the open search favour the words of ``phrases``."""
        words = {plain(word) for phrase in phrases for word in phrase.split()} - {""}
        self.favoured = frozenset(words)
        self.open = self._plain_open.with_words(self.pronouncing(words))

    def begin(self, commands: GraphSearch | None, first_sample: int) -> Transcription:
        """A new utterance, beginning at ``first_sample``."""
        return Transcription(self, commands, first_sample)


def command_tuning(settings: Recognition) -> GraphTuning:
    """The numbers of the command search."""
    return GraphTuning(weight=settings.commands_weight)


class Transcription:
    """One utterance under way."""

    def __init__(
        self, transcriber: Transcriber, commands: GraphSearch | None, first_sample: int
    ) -> None:
        self._acoustics = transcriber.acoustics
        self._calibration = transcriber.calibration
        self._favoured = transcriber.favoured
        self._blank_penalty = transcriber.blank_penalty
        self._state = self._acoustics.initial()
        self._open_search = transcriber.open
        self._open = self._open_search.begin()
        self._commands: GraphBeam | None = commands.begin() if commands else None
        self._heard: list[Float32] = []
        self._free = 0.0
        self._first_sample = first_sample
        self.samples = 0

    @property
    def full(self) -> bool:
        """No more sound is taken."""
        return self.samples >= LONGEST_S * SAMPLE_RATE_HZ

    def feed(self, samples: Int16) -> bool:
        """Listen on; True where the hypotheses may have changed."""
        room = int(LONGEST_S * SAMPLE_RATE_HZ) - self.samples
        samples = samples[: max(0, room)]
        self.samples += len(samples)
        log_probs, self._state = self._acoustics.step(samples, self._state)
        self._search(log_probs)
        return len(log_probs) > 0

    def growing(self) -> tuple[str, ...]:
        """The words so far."""
        if self._commands and self._supported(command := self._commands.best()):
            return command.words
        return self._open.best().words

    def stable(self, words: Sequence[str]) -> int:
        """How many of the first of ``words`` cannot change any more, in either search."""
        agreed = self._open.agreed()
        if self._commands:
            agreed = _common(agreed, self._commands.agreed())
        return len(_common(words, agreed))

    def finish(self) -> Result:
        """The result. Nothing may be fed after it."""
        verdicts = self.judged()
        return conclude(verdicts, self._all_heard(), self._first_sample)

    def judged(self) -> Verdicts:
        """The hypotheses of both searches at the end. Nothing may be fed after it."""
        self._search(self._acoustics.finish(self._state))
        sentences = self._commands.finish(FINALISTS) if self._commands else []
        open_ones = _reordered(self._open.finish(FINALISTS), self._favoured)
        log_probs = self._all_heard()
        heard = open_ones[0] if open_ones else Hypothesis((), ())
        commands = self._filled(sentences[:TOLD], log_probs, heard)
        lead = margin(sentences)
        return weigh(log_probs, commands, open_ones[:TOLD], self._calibration, lead)

    def _all_heard(self) -> Float32:
        """The log-probabilities of the whole utterance, (N, tokens)."""
        return np.concatenate([np.zeros((0, len(TOKENS)), np.float32), *self._heard])

    def _filled(
        self, sentences: Sequence[GraphHypothesis], log_probs: Float32, heard: Hypothesis
    ) -> list[Hypothesis]:
        """``sentences`` with words of the open search in their wildcards.

        One whose wildcard has no words is left out. ``heard`` is the open search's best.
        """
        known: dict[tuple[int, int], Hypothesis] = {}
        filled: list[Hypothesis] = []
        for sentence in sentences:
            words, phones = list(sentence.words), list(sentence.phones)
            for word, first, end in reversed(sentence.gaps):
                if (first, end) not in known:
                    known[first, end] = (
                        self._open_words(log_probs[first:end])
                        if end - first <= LONG_WILDCARD_FRAMES
                        else _between(heard, first, end)
                    )
                words[word : word + 1] = known[first, end].words
                phones[word : word + 1] = known[first, end].phones
            if all(known[gap.first, gap.end].words for gap in sentence.gaps):
                filled.append(replace(sentence, words=tuple(words), phones=tuple(phones)))
        return filled

    def _open_words(self, log_probs: Float32) -> Hypothesis:
        """What the open search makes of a piece of the utterance."""
        beam = self._open_search.begin()
        beam.step(without_blank(log_probs, self._blank_penalty))
        found = beam.finish(1)
        return found[0] if found else Hypothesis((), ())

    def _search(self, log_probs: Float32) -> None:
        if not len(log_probs):
            return
        self._heard.append(log_probs)
        weighed = without_blank(log_probs, self._blank_penalty)
        self._free += free_score(weighed)
        self._open.step(weighed)
        if self._commands:
            self._commands.step(weighed)

    def _supported(self, command: Hypothesis) -> bool:
        phones = len(command.tokens)
        return bool(phones) and (self._free - command.acoustic) / phones < COMMAND_SHORTFALL


def _between(heard: Hypothesis, first: int, end: int) -> Hypothesis:
    """The words of ``heard`` that were complete from frame ``first`` to ``end``."""
    inside = [i for i, frame in enumerate(heard.ends) if first < frame <= end]
    words = tuple(heard.words[i] for i in inside)
    return Hypothesis(words, tuple(heard.phones[i] for i in inside))


def _reordered(hypotheses: Sequence[Hypothesis], favoured: frozenset[str]) -> list[Hypothesis]:
    """Best first once favoured words have earned their share."""
    if not favoured:
        return list(hypotheses)
    raised = [
        replace(one, score=one.score + FAVOUR * sum(word in favoured for word in one.words))
        for one in hypotheses
    ]
    return sorted(raised, key=lambda one: -one.score)


def _common(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """The first words of both."""
    common = []
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        common.append(one)
    return tuple(common)
