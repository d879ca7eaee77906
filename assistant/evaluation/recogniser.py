"""How well the recogniser hears: error rates, commands told from the rest, speed.

Measured on what is served: engine, searches and confidences as the daemon runs them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from assistant.evaluation.measures import Edits, edits
from assistant.pcm import Int16, seconds_of
from assistant.recognition.conclude import Result
from assistant.recognition.graph_search import GraphSearch
from assistant.recognition.pronouncing import Pronouncing
from assistant.recognition.transcribe import Transcriber

BLOCK_SAMPLES = 1600
"""The audio is fed in blocks of 100 ms, as it comes in life."""


class Sample(NamedTuple):
    """One recording and what is said in it; an empty text where it is no command at all."""

    corpus: str
    name: str
    text: str
    audio: Int16


@dataclass
class Score:
    """What was counted over one corpus."""

    utterances: int = 0
    audio_s: float = 0.0
    spent_s: float = 0.0
    """Processor time."""
    words: Edits = field(default_factory=Edits)
    phones: Edits = field(default_factory=Edits)
    in_grammar: int = 0
    commands_right: int = 0
    """Of ``in_grammar``: the first alternative is the sentence, word for word."""
    rejected: int = 0
    outside: int = 0
    """Utterances without text, and of them those that nothing was made of."""

    @property
    def facts(self) -> dict[str, Any]:
        """Ready for JSON; rates are fractions."""
        facts: dict[str, Any] = {
            "utterances": self.utterances,
            "audio_s": round(self.audio_s, 1),
            "wer": self.words.rate,
            "word_edits": asdict(self.words),
            "per": self.phones.rate,
            "rtf": round(self.spent_s / self.audio_s, 4) if self.audio_s else None,
        }
        if self.in_grammar:
            facts["command_accuracy"] = round(self.commands_right / self.in_grammar, 4)
        if self.outside:
            facts["rejected"] = round(self.rejected / self.outside, 4)
        return facts


class Heard(NamedTuple):
    """One sample as it was heard."""

    sample: Sample
    result: Result
    spent_s: float


def hear(
    samples: Iterable[Sample], transcriber: Transcriber, commands: GraphSearch | None = None
) -> Iterable[Heard]:
    """Each sample through the recogniser, in blocks."""
    for sample in samples:
        started = time.process_time()
        transcription = transcriber.begin(commands, 0)
        for first in range(0, len(sample.audio), BLOCK_SAMPLES):
            transcription.feed(sample.audio[first : first + BLOCK_SAMPLES])
        result = transcription.finish()
        yield Heard(sample, result, time.process_time() - started)


def score(
    heard: Iterable[Heard],
    pronouncing: Pronouncing,
    commands: GraphSearch | None = None,
    least_confidence: float = 0.35,
) -> dict[str, Score]:
    """Counts by corpus.

    Args:
        commands: the search of the active sentences, where there are any.
        least_confidence: below it a result counts as refused.
    """
    scores: dict[str, Score] = {}
    for one in heard:
        counts = scores.setdefault(one.sample.corpus, Score())
        counts.utterances += 1
        counts.audio_s += seconds_of(len(one.sample.audio))
        counts.spent_s += one.spent_s
        best = one.result.best
        reference = one.sample.text.split()
        if not reference:
            counts.outside += 1
            counts.rejected += best.search != "commands" or best.confidence < least_confidence
            continue
        counts.words += edits(best.text.split(), reference)
        counts.phones += _phone_edits(one.result.phones, reference, pronouncing)
        if commands and set(reference) <= commands.words:
            counts.in_grammar += 1
            counts.commands_right += best.text.split() == reference
    return scores


def _phone_edits(found: Sequence[int], reference: list[str], pronouncing: Pronouncing) -> Edits:
    """Against the first pronunciation of each word, as in training."""
    sounds = pronouncing(reference)
    if not all(word in sounds for word in reference):
        return Edits()
    return edits(found, [phone for word in reference for phone in sounds[word][0]])
