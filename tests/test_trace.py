"""Protects the record of an utterance: the JSON that listen, events and explain show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant import messages as m
from assistant.trace import Record, fold_all

WORDS = [{"word": "stop", "start": 0.5, "end": 0.9, "confidence": 0.8}]
ALTERNATIVES = [{"text": "stop", "score": -1.0}, {"text": "shop", "score": -3.0}]


def event(kind: str, sample: int = 0, utterance: str = "a", **facts: object) -> m.Event:
    return m.Event(kind=kind, sample=sample, utterance=utterance, facts=facts)


TURN = [
    event("began", 8000, file="x.wav"),
    event("partial", 12000, text="st", stable=0),
    event("ended", 24000, reason="silence", last_speech=16000, endpoint_ms=500.0),
    event(
        "final",
        24000,
        text="stop",
        words=WORDS,
        alternatives=ALTERNATIVES,
        confidence=0.8,
        began=8800,
        ended=16000,
        spans={"endpoint": 500.0, "recognition": 40.0},
        file="x.wav",
    ),
    event("intent", intent="Stop", slots={}, confidence=0.8, candidates=[], text="stop"),
    event("answer", answer="1", text="Stopped.", language="en", understanding_ms=5.0),
    event("first chunk", answer="1", voice_ms=20.0),
    event("sounding", answer="1", playback_ms=30.0),
    event("spoken", answer="1", outcome="played"),
]


def folded(events: list[m.Event], most: int = 10) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for one in events:
        records = fold_all(records, one, most)
    return records


def test_a_turn_becomes_one_record() -> None:
    """Times in seconds on the sample clock, spans in milliseconds, and their sum."""
    record = folded(TURN)["a"]
    assert record["began"] == 0.55 and record["ended"] == 1.0 and record["decided"] == 1.5
    assert record["text"] == "stop" and record["words"] == WORDS
    assert record["alternatives"] == ALTERNATIVES and record["file"] == "x.wav"
    assert record["intent"] == "Stop" and record["slots"] == {}
    assert record["answer"] == "Stopped." and record["outcome"] == "played"
    assert record["spans"] == {
        "endpoint": 500.0,
        "recognition": 40.0,
        "understanding": 5.0,
        "voice": 20.0,
        "playback": 30.0,
        "total": 595.0,
    }


def test_a_total_is_only_told_when_every_span_is_known() -> None:
    """A command without an answer has no time to its answer."""
    assert "total" not in folded(TURN[:6])["a"]["spans"]


def test_a_second_answer_is_added_and_leaves_the_times_of_the_first() -> None:
    """Two sentences of one turn: both texts, the spans of the one heard first."""
    more = [
        event("answer", answer="2", text="Anything else?", understanding_ms=900.0),
        event("sounding", answer="2", playback_ms=900.0),
    ]
    record = folded(TURN + more)["a"]
    assert record["answer"] == "Stopped. Anything else?"
    assert record["spans"]["total"] == 595.0


@given(
    st.lists(
        st.builds(
            event,
            st.sampled_from([e.kind for e in TURN] + ["error", "xrun"]),
            st.integers(0, 10**9),
            st.sampled_from(["", *"abcdefgh"]),
        ),
        max_size=60,
    ),
    st.integers(0, 5),
)
def test_any_events_in_any_order_are_bounded(events: list[m.Event], most: int) -> None:
    """Facts may be missing and utterances endless: no crash, no more than ``most`` records."""
    records = folded(events, most)
    assert len(records) <= most
    assert "" not in records


def test_the_oldest_record_goes_first() -> None:
    """Above the bound the earliest utterance is forgotten."""
    records = folded([event("began", n, str(n)) for n in range(5)], most=3)
    assert list(records) == ["2", "3", "4"]


def test_folding_edits_nothing_in_place() -> None:
    """A record handed out to a client does not change under its hands."""
    before = folded(TURN[:4])
    copy = {name: dict(record) for name, record in before.items()}
    fold_all(before, TURN[4], 10)
    assert before == copy
