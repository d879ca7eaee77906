"""From the hypotheses of both searches to one result.

The command search hears only what the sentences allow, the open one anything. A command
that the sound supports comes first; else the open text is the result and the commands
follow as alternatives, so that understanding may still choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from assistant.messages import Alternative, Word
from assistant.pcm import SAMPLE_RATE_HZ, Float32, seconds_of
from assistant.recognition.align import FRAME_S
from assistant.recognition.confidence import (
    Calibration,
    Judged,
    judge,
    word_confidence,
    word_shortfalls,
)
from assistant.recognition.ctc import greedy
from assistant.recognition.search import Hypothesis

Search = Literal["commands", "open"]
CERTAIN = 0.5
"""A command of this confidence stands before the open text."""
LEAST = 0.02
"""What is less likely to be right is not told at all."""


class Result(NamedTuple):
    """What an utterance came to."""

    alternatives: list[Alternative]
    """Best first; empty where nothing was said."""
    began: int
    """First sample of the first phone of the best; the utterance's first where there is none."""
    phones: tuple[int, ...] = ()
    """The free decode: what the sound is without any words in mind."""

    @property
    def best(self) -> Alternative:
        """The first alternative, or an empty one."""
        return self.alternatives[0] if self.alternatives else Alternative(text="")


def conclude(
    log_probs: Float32,
    commands: Sequence[Hypothesis],
    open_ones: Sequence[Hypothesis],
    calibration: Calibration,
    first_sample: int,
) -> Result:
    """Judge and order the hypotheses of an utterance.

    Args:
        log_probs: of the whole utterance, (N, tokens).
        commands: of the command search, best first.
        open_ones: of the open search, best first.
        first_sample: where the utterance begins on the sample clock.
    """
    found = _judged(commands, log_probs, calibration, "commands")
    heard = _judged(open_ones, log_probs, calibration, "open")
    supported = found and found[0][0].confidence >= CERTAIN
    ordered = [*found, *heard] if supported else [*heard[:1], *found, *heard[1:]]
    alternatives = [_alternative(judged, name, first_sample) for judged, name in ordered]
    first_of_text: dict[str, Alternative] = {}
    for alternative in alternatives:
        first_of_text.setdefault(alternative.text, alternative)
    began = first_sample
    if ordered:
        began += round(float(ordered[0][0].alignment.starts[0]) * FRAME_S * SAMPLE_RATE_HZ)
    return Result(list(first_of_text.values()), began, tuple(greedy(log_probs).tokens))


def _judged(
    hypotheses: Sequence[Hypothesis], log_probs: Float32, calibration: Calibration, name: Search
) -> list[tuple[Judged, Search]]:
    judged = [judge(hypothesis, log_probs, calibration) for hypothesis in hypotheses]
    return [(one, name) for one in judged if one.confidence >= LEAST]


def _alternative(judged: Judged, search: Search, first_sample: int) -> Alternative:
    return Alternative(
        text=judged.hypothesis.text,
        words=_words(judged, seconds_of(first_sample)),
        score=round(judged.hypothesis.score, 3),
        confidence=round(judged.confidence, 4),
        search=search,
    )


def _words(judged: Judged, offset_s: float) -> list[Word]:
    """The words with their times in seconds on the sample clock."""
    words, first = [], 0
    shortfalls = word_shortfalls(judged.hypothesis, judged.alignment)
    entries = zip(judged.hypothesis.words, judged.hypothesis.phones, shortfalls, strict=True)
    for word, phones, shortfall in entries:
        last = first + len(phones) - 1
        start, end = judged.alignment.starts[first], judged.alignment.ends[last]
        start_s, end_s = (round(offset_s + float(frame) * FRAME_S, 3) for frame in (start, end))
        words.append(Word(word, start_s, end_s, word_confidence(judged.confidence, shortfall)))
        first = last + 1
    return words
