"""From the hypotheses of both searches to one result.

The command search hears only what the sentences allow, the open one anything. A command
that the sound supports comes first; else the open text is the result and the commands
follow as alternatives, so that understanding may still choose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from assistant.messages import Alternative, Word
from assistant.pcm import SAMPLE_RATE_HZ, Float32, seconds_of
from assistant.recognition.align import FRAME_S
from assistant.recognition.confidence import (
    MOST_MARGIN,
    Calibration,
    Judged,
    Search,
    judge,
    word_confidence,
    word_shortfalls,
)
from assistant.recognition.ctc import greedy
from assistant.recognition.search import Hypothesis

CERTAIN = 0.35
"""A command of this confidence stands before the open text."""
LEAST = 0.02
"""What is less likely to be right is not told at all."""
ALIKE = 0.6
"""Share of phones in common from which two commands count as variants of each other."""
TOLD = 5
"""Hypotheses of each search that a result keeps."""


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


class Verdicts(NamedTuple):
    """The hypotheses of both searches, best first, with what they are worth."""

    commands: list[Judged]
    open: list[Judged]


def weigh(
    log_probs: Float32,
    commands: Sequence[Hypothesis],
    open_ones: Sequence[Hypothesis],
    calibration: Calibration,
    lead: float,
) -> Verdicts:
    """Judge the hypotheses of an utterance.

    Args:
        log_probs: of the whole utterance, (N, tokens).
        commands: of the command search, best first.
        open_ones: of the open search, best first.
        lead: ``margin`` of the first command.
    """
    # variants of the first share its lead, less what they are behind it
    leads = [min(lead, MOST_MARGIN) - commands[0].score + one.score for one in commands]
    return Verdicts(
        [
            judge(hypothesis, log_probs, calibration, "commands", max(0.0, ahead))
            for hypothesis, ahead in zip(commands, leads, strict=True)
        ],
        [judge(hypothesis, log_probs, calibration, "open") for hypothesis in open_ones],
    )


def conclude(verdicts: Verdicts, log_probs: Float32, first_sample: int) -> Result:
    """Put what was found in order.

    Args:
        first_sample: where the utterance begins on the sample clock.
    """
    found = _likely(verdicts.commands, "commands")
    heard = _likely(verdicts.open, "open")
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


def _likely(judged: Sequence[Judged], search: Search) -> list[tuple[Judged, Search]]:
    return [(one, search) for one in judged if one.confidence >= LEAST]


def margin(hypotheses: Sequence[Hypothesis]) -> float:
    """How far the first is ahead of the next that sounds quite different, in nats.

    Not of any other: sentences have many variants that mean the same.
    """
    if not hypotheses:
        return 0.0
    first = hypotheses[0]
    for rival in hypotheses[1:]:
        if SequenceMatcher(None, first.tokens, rival.tokens, autojunk=False).ratio() < ALIKE:
            return first.score - rival.score
    return math.inf


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
