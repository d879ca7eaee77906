"""One record for each utterance, folded out of the events of the tap: pure.

A record is the JSON of ``listen --json``, ``events`` and ``explain --last``: times of the
utterance in seconds on the sample clock, spans in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant import messages as m
from assistant.pcm import seconds_of

Record = dict[str, Any]
SPANS = ("endpoint", "recognition", "understanding", "voice", "playback")
SPAN_OF = {
    "answer": ("understanding", "understanding_ms"),
    "first chunk": ("voice", "voice_ms"),
    "sounding": ("playback", "playback_ms"),
}
"""Kind of event → span it closes, and the fact that holds it."""


def new_record(utterance: str) -> Record:
    """The record of an utterance of which nothing is known yet."""
    return {
        "id": utterance,
        "file": "",
        "began": None,
        "ended": None,
        "decided": None,
        "text": "",
        "words": [],
        "intent": "",
        "slots": {},
        "confidence": 0.0,
        "alternatives": [],
        "candidates": [],
        "answer": "",
        "outcome": "",
        "spans": {},
    }


def fold(record: Record, event: m.Event) -> Record:
    """``record`` with what ``event`` adds to it; a new one, nothing is edited in place."""
    facts = event.facts
    match event.kind:
        case "began":
            return record | {"began": seconds_of(event.sample)} | _some(facts, "file")
        case "ended":
            return record | _ended(record, event)
        case "final":
            return record | _final(record, event)
        case "intent":
            return record | _some(facts, "intent", "slots", "confidence", "candidates", "why")
        case "answer":
            return record | {"answer": _joined(record, facts)} | _span(record, event)
        case "first chunk" | "sounding":
            return record | _span(record, event)
        case "spoken":
            return record | _some(facts, "outcome")
    return record


def fold_all(records: Mapping[str, Record], event: m.Event, most: int) -> dict[str, Record]:
    """``records`` (oldest first, by id) after ``event``; at most ``most`` are kept."""
    if not event.utterance or most <= 0:
        return dict(records)
    before = records.get(event.utterance)
    if before is None and event.kind not in {"began", "final"}:
        return dict(records)
    after = {**records, event.utterance: fold(before or new_record(event.utterance), event)}
    surplus = len(after) - most
    return dict(list(after.items())[surplus:]) if surplus > 0 else after


def _some(facts: Mapping[str, Any], *names: str) -> Record:
    return {name: facts[name] for name in names if name in facts}


def _ended(record: Record, event: m.Event) -> Record:
    last = event.facts.get("last_speech")
    ended = {"decided": seconds_of(event.sample), "reason": event.facts.get("reason", "")}
    if isinstance(last, int) and last:
        ended["ended"] = seconds_of(last)
    endpoint = event.facts.get("endpoint_ms")
    return ended | ({} if endpoint is None else _with_span(record, "endpoint", endpoint))


def _final(record: Record, event: m.Event) -> Record:
    facts = event.facts
    found = _some(facts, "text", "words", "alternatives", "confidence", "file")
    for name in ("began", "ended"):
        if isinstance(facts.get(name), int) and facts[name]:
            found[name] = seconds_of(facts[name])
    spans = {name: facts["spans"][name] for name in SPANS if name in facts.get("spans", {})}
    return found | {"spans": _totalled(record["spans"] | spans)}


def _joined(record: Record, facts: Mapping[str, Any]) -> str:
    """Answers of one utterance, one after another."""
    return " ".join(filter(None, (record["answer"], facts.get("text", ""))))


def _span(record: Record, event: m.Event) -> Record:
    """The first answer's span; later sentences do not change it."""
    name, fact = SPAN_OF[event.kind]
    if name in record["spans"] or fact not in event.facts:
        return {}
    return _with_span(record, name, event.facts[fact])


def _with_span(record: Record, name: str, value_ms: float) -> Record:
    return {"spans": _totalled(record["spans"] | {name: value_ms})}


def _totalled(spans: Mapping[str, float]) -> dict[str, float]:
    """With ``total``, last sample of speech to first of the answer, once all are there."""
    known = {name: spans[name] for name in SPANS if name in spans}
    if len(known) < len(SPANS):
        return known
    return known | {"total": round(sum(known.values()), 3)}
