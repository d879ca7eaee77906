"""From two searches to one result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assistant.recognition.conclude import conclude, margin, weigh
from assistant.recognition.confidence import Calibration
from assistant.recognition.search import Hypothesis
from tests.recognition.conftest import said, spoken
from tests.recognition.test_confidence import hypothesis

SURE = Calibration()


def test_a_command_that_the_sound_supports_comes_first() -> None:
    """Its words lie on the sample clock, in order, inside the utterance."""
    log_probs = said("set a timer for ten minutes")
    commands = [replace(hypothesis("set a timer for ten minutes"), score=-10.0)]
    heard = [hypothesis("set a timer for ten milk")]
    result = conclude(weigh(log_probs, commands, heard, SURE, 10.0), log_probs, 32_000)
    assert [one.search for one in result.alternatives] == ["commands", "open"]
    assert result.best.text == "set a timer for ten minutes"
    times = [(word.start, word.end) for word in result.best.words]
    assert times == sorted(times)
    assert times[0][0] >= 2.0
    assert times[-1][1] <= 2.0 + 0.04 * len(log_probs)
    assert result.began == round(times[0][0] * 16_000)


def test_an_unlikely_command_comes_behind_the_open_text() -> None:
    """Understanding may still choose it, but nobody is told it as the text."""
    log_probs = said("add milk to ten")
    commands = [replace(hypothesis("stop"), score=-40.0)]
    result = conclude(weigh(log_probs, commands, [hypothesis("add milk to ten")], SURE, 1.0),
                      log_probs, 0)  # fmt: skip
    assert result.best.text == "add milk to ten"
    assert result.best.search == "open"


def test_the_same_text_is_told_once() -> None:
    """Both searches agree: one alternative, the command."""
    log_probs = said("stop")
    found = [replace(hypothesis("stop"), score=-3.0)]
    result = conclude(weigh(log_probs, found, found, SURE, 10.0), log_probs, 0)
    assert [(one.text, one.search) for one in result.alternatives] == [("stop", "commands")]


def test_nothing_said_is_no_text() -> None:
    """No hypotheses, or only such as silence explains better."""
    silence = spoken([], pause=30, sure=8.0)
    for found in ([], [hypothesis("stop")]):
        result = conclude(weigh(silence, found, found, SURE, 10.0), silence, 0)
        assert result.alternatives == []
        assert result.best.text == ""
    nothing = np.zeros((0, 40), np.float32)
    assert conclude(weigh(nothing, [], [], SURE, 0.0), nothing, 0).best.text == ""


def test_variants_of_a_sentence_are_no_rivals() -> None:
    """The lead is that over the next sentence which sounds quite different."""
    ordered = [
        replace(hypothesis(text), score=score)
        for text, score in (
            ("set a timer for ten minutes", -10.0),
            ("set timer for ten minutes", -11.0),
            ("stop", -16.0),
        )
    ]
    assert margin(ordered) == 6.0
    assert margin(ordered[:2]) == np.inf
    assert margin([]) == 0.0
    assert margin([Hypothesis((), ())]) == np.inf


def test_variants_share_the_lead_of_the_first() -> None:
    """A near variant is nearly as likely as the first; a far rival is not likely at all."""
    log_probs = said("set a timer for ten minutes")
    commands = [
        replace(hypothesis(text), score=score)
        for text, score in (
            ("set a timer for ten minutes", -10.0),
            ("set timer for ten minutes", -10.5),
            ("stop", -30.0),
        )
    ]
    found = weigh(log_probs, commands, [], SURE, margin(commands)).commands
    assert found[0].evidence.margin == 6.0
    assert found[1].evidence.margin == 5.5
    assert found[2].evidence.margin == 0.0
