"""Protects the decision: what is acted on, what is not, and why."""

from __future__ import annotations

import pytest

from assistant.config import Settings
from assistant.messages import Alternative, Final, Word
from assistant.understanding.decide import Decision, Policy, decide, policy_of
from assistant.understanding.library import Library, find_files, read_files
from assistant.understanding.match import Matcher
from assistant.understanding.sentences import Source, read_sentences

TEXT = """language: en
intents:
  Timer: {data: [{sentences: ["set a timer for {duration}"]}], action: skill:timer.start}
  Add: {data: [{sentences: ["add {item} to my list", "add {item}"]}]}
  Light: {data: [{sentences: ["light (on|off)"]}]}
  Unlock: {data: [{sentences: [unlock the door]}], costly: true}
  Snooze: {data: [{sentences: [snooze]}], action: skill:alarm.snooze, while_playing: true}
  Stop: {data: [{sentences: [stop]}], action: skill:stop.stop}
lists: {item: {wildcard: true}}
"""
POLICY = Policy(threshold=0.35, costly_threshold=0.6)
PHRASE = Policy(0.35, 0.6, (("hey", "computer"), ("computer",)), phrase_needed=True)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """The sentences at the head, with yes and no."""
    dialogue = find_files(Settings(), [], with_skills=False)
    read, _ = read_files(dialogue, "en")
    sources = [Source("t.yaml", TEXT, "u"), *read.sources]
    sentences = read_sentences(sources)
    assert isinstance(read, Library) and not sentences.faults
    return Matcher(sentences)


def heard(*texts: tuple[str, float], **fields: object) -> Final:
    """A final with alternatives, best first."""
    alternatives = [Alternative(text=text, confidence=confidence) for text, confidence in texts]
    return Final(text=texts[0][0], alternatives=alternatives, **fields)  # type: ignore[arg-type]


def outcome(decision: Decision) -> tuple[str, str]:
    """What is done, and which intent."""
    return decision.kind, decision.chosen.intent if decision.chosen else ""


@pytest.mark.parametrize(
    ("final", "expected"),
    [
        (heard(("light on", 0.9)), ("act", "Light")),
        (heard(("light on", 0.2)), ("reject", "")),
        (heard(("light one", 0.9), ("light on", 0.6)), ("act", "Light")),
        (heard(("light on", 0.4), ("set a timer for one minute", 0.5)), ("act", "Timer")),
        (heard(("unlock the door", 0.5)), ("reject", "")),
        (heard(("unlock the door", 0.7)), ("act", "Unlock")),
        (heard(("good morning", 0.99)), ("reject", "")),
        (heard(("yes", 0.99)), ("reject", "")),
        (heard(("", 0.0)), ("silent", "")),
        (Final(text=""), ("silent", "")),
        (Final(text="light on", confidence=0.8), ("act", "Light")),
        (heard(("light on", 0.9), stop_only=True), ("silent", "")),
        (heard(("stop", 0.9), stop_only=True), ("act", "Stop")),
        (heard(("stop", 0.1), stop_only=True), ("silent", "")),
        (heard(("snooze", 0.9), stop_only=True), ("act", "Snooze")),
        (heard(("light on and set a timer for one minute", 0.9)), ("act", "Light+Timer")),
        (heard(("add milk and set a timer for one minute", 0.9)), ("act", "Add+Timer")),
        (heard(("add bread and butter to my list", 0.9)), ("act", "Add")),
        (heard(("light on then light off and stop", 0.9)), ("act", "Light+Light+Stop")),
        (heard(("light on and good morning", 0.9)), ("reject", "")),
    ],
)
def test_what_is_done(matcher: Matcher, final: Final, expected: tuple[str, str]) -> None:
    """Alternatives, thresholds, costly commands, stop only, two commands in one sentence."""
    assert outcome(decide(final, matcher, POLICY)) == expected


@pytest.mark.parametrize(
    ("final", "expected"),
    [
        (heard(("light on", 0.9)), ("silent", "")),
        (heard(("computer light on", 0.9)), ("act", "Light")),
        (heard(("hey computer light on", 0.9)), ("act", "Light")),
        (heard(("computer", 0.9)), ("wake", "")),
        (heard(("computer good morning", 0.9)), ("reject", "")),
        (heard(("commuter light on", 0.9), ("computer light on", 0.5)), ("act", "Light")),
        (heard(("light on", 0.9), wake="okay_nabu"), ("act", "Light")),
        (
            Final(text="x", alternatives=[Alternative(text="light on", search="typed")]),
            ("act", "Light"),
        ),
    ],
)
def test_with_a_wake_phrase(matcher: Matcher, final: Final, expected: tuple[str, str]) -> None:
    """Only what begins with the phrase is acted on; what does not is ignored without a word."""
    assert outcome(decide(final, matcher, PHRASE)) == expected


def test_yes_and_no_count_while_they_are_awaited(matcher: Matcher) -> None:
    """And so does any other command."""
    for text, kind in (("yes please", "yes"), ("no thanks", "no"), ("light on", "act")):
        assert decide(heard((text, 0.9)), matcher, PHRASE, awaiting=True).kind == kind


def test_it_says_why(matcher: Matcher) -> None:
    """Each candidate carries its reason, for ``explain``."""
    decision = decide(heard(("unlock the door", 0.5), ("light on", 0.3)), matcher, POLICY)
    assert decision.why == "score 0.50 is below 0.60"
    assert [candidate.why for candidate in decision.candidates] == [
        "score 0.50 is below 0.60",
        "score 0.30 is below 0.35",
    ]


def test_slots_carry_the_times_of_their_words(matcher: Matcher) -> None:
    """From the first word of the slot to the end of its last, also in a second command."""
    text = "light on and set a timer for ten minutes"
    words = [Word(word, i / 10, i / 10 + 0.08) for i, word in enumerate(text.split())]
    final = Final(text=text, alternatives=[Alternative(text=text, words=words, confidence=0.9)])
    chosen = decide(final, matcher, POLICY).chosen
    assert chosen is not None
    slot = chosen.matches[1].slots["duration"]
    assert (slot.start, slot.end) == (0.7, pytest.approx(0.88))


def test_the_policy_comes_from_the_settings() -> None:
    """A costly command never needs less than a plain one."""
    settings = Settings.model_validate(
        {
            "understanding": {"confidence": 0.8},
            "hearing": {"wake": "phrase", "wake_phrases": ["Hey, Computer!"]},
        }
    )
    assert policy_of(settings) == Policy(0.8, 0.8, (("hey", "computer"),), True)


def test_wildcards_take_the_words_of_the_open_search(matcher: Matcher) -> None:
    """What a wildcard holds is better heard in its sentence than on its own."""
    alternatives = [
        Alternative(text="add milk and adds to my list", confidence=0.8, search="commands"),
        Alternative(text="add milk and eggs to my list", confidence=0.5, search="open"),
    ]
    decision = decide(Final(text=alternatives[0].text, alternatives=alternatives), matcher, POLICY)
    assert decision.kind == "act"
    assert decision.chosen is not None
    assert decision.chosen.matches[0].slots["item"].value == "milk and eggs"
