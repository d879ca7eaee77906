"""Protects the word graph: what it says is understood, and it is small, quick and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.config import Settings
from assistant.grammar import OPEN, WordGraph, read_graph
from assistant.understanding import library
from assistant.understanding.expression import NOTHING
from assistant.understanding.graph import word_graph
from assistant.understanding.match import Matcher
from assistant.understanding.sentences import SentenceSet, Source, read_sentences
from assistant.understanding.spoken import words_of

TEXT = """language: en
skip_words: [please]
intents:
  Timer: {data: [{sentences: ["(set|start) [a] {duration} timer [called {label}]"]}]}
  Light: {data: [{sentences: ["(turn (on|off);[the] light[s];in [the] {room})"]}]}
  Alarm: {data: [{sentences: ["wake me at {clock} [{date}]", "add {number} and {number:second}"]}]}
lists:
  label: {wildcard: true}
  room: {values: [kitchen, living room, living area, {in: "Wohnzimmer (hinten|vorn)", out: w}]}
"""
LIST_FILE = """language: en
intents:
  P: {data: [{sentences: ['play {s}', 'put [on] {s} now']}]}"""


@pytest.fixture(scope="module")
def active() -> SentenceSet:
    """The sentences at the head."""
    sentences = read_sentences([Source("s.yaml", TEXT, "u")])
    assert not sentences.faults
    return sentences


@pytest.fixture(scope="module")
def graph(active: SentenceSet) -> WordGraph:
    """Their graph, with filler before and behind."""
    filler = Matcher(active).filler
    return word_graph(active.templates, filler, filler)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_sentence_of_the_graph_is_understood(
    active: SentenceSet, graph: WordGraph, walk: Callable[[WordGraph, int], list[str]], seed: int
) -> None:
    """Recognition can only find what understanding can act on."""
    words = ["some thing" if word == OPEN else word for word in walk(graph, seed)]
    assert Matcher(active).match(words_of(" ".join(words))), words


def test_states_costs_and_words(graph: WordGraph, check_graph: Callable[[WordGraph], None]) -> None:
    """The contract of ``assistant.grammar``."""
    check_graph(graph)


def test_outputs_tell_intents_slots_and_values(graph: WordGraph) -> None:
    """What the path means can be read off it."""
    outputs = {arc.output for arc in graph.arcs}
    assert {"intent:Timer", "slot:duration", "/slot:duration", "slot:second"} <= outputs


def test_list_values_share_their_beginnings_and_ends() -> None:
    """Thousands of values stay a small graph."""
    values = ", ".join(f"the {a} {b} song" for a in ("red", "blue", "old") for b in ("sun", "moon"))
    text = f"{LIST_FILE}\nlists: {{s: {{values: [{values}]}}}}"
    active = read_sentences([Source("s.yaml", text, "u")])
    graph = word_graph(active.templates, NOTHING, NOTHING)
    assert sum(arc.word == "the" for arc in graph.arcs) == 2  # one for each sentence
    assert sum(arc.word == "song" for arc in graph.arcs) == 2


def test_optional_words_are_half_as_likely(active: SentenceSet) -> None:
    """``[the]`` is said as often as not."""
    text = "language: en\nintents: {G: {data: [{sentences: ['go [right] now']}]}}"
    graph = word_graph(read_sentences([Source("s", text, "u")]).templates, NOTHING, NOTHING)
    costs = {arc.word: arc.cost for arc in graph.arcs if arc.word in ("right", "now") and arc.cost}
    assert costs["right"] == pytest.approx(costs["now"])


def test_letters_that_nobody_can_recognise_stay_out() -> None:
    """A Cyrillic value can be typed; recognition never sees it."""
    text = ("language: en\nintents: {G: {data: [{sentences: ['go to {p}']}]}}\n"
            "lists: {p: {values: [Москва, Zürich]}}")  # fmt: skip
    active = read_sentences([Source("s", text, "u")])
    graph = word_graph(active.templates, NOTHING, NOTHING)
    assert {arc.word for arc in graph.arcs} - {""} == {"go", "to", "zurich"}
    assert Matcher(active).match(words_of("go to москва"))


def test_many_values_and_sentences_compile_quickly() -> None:
    """5,000 values in three sentences, 2,000 sentences: seconds would be felt at each change."""
    values = ", ".join(f"title {i} part {i % 7}" for i in range(5000))
    sentences = ", ".join(f"'do thing {i} [now] please'" for i in range(2000))
    more = f"  D: {{data: [{{sentences: [{sentences}]}}]}}"
    text = f"{LIST_FILE}\n{more}\nlists: {{s: {{values: [{values}]}}}}"
    active = read_sentences([Source("s", text, "u")])
    assert not active.faults
    began = time.process_time()
    graph = word_graph(active.templates, NOTHING, NOTHING)
    assert time.process_time() - began < 3.0
    assert graph.states < 40_000
    matcher = Matcher(active)
    matcher.match(words_of("play title 1 part 1"))
    began = time.process_time()
    assert matcher.match(words_of("put on title 4999 part 1 now"))[0].intent == "P"
    assert time.process_time() - began < 0.05


def test_the_grammar_is_written_once(tmp_path: Path) -> None:
    """The same sentences are the same file with the same digest; others are another."""
    settings = Settings.model_validate({"bus": {"folder": str(tmp_path)}})
    first = tmp_path / "a.yaml"
    first.write_text("language: en\nintents: {G: {data: [{sentences: [go]}]}}", "utf-8")
    found = library.find_files(settings, [first], with_skills=False)
    one = library.write_grammar(library.read_files(found, "en")[0], settings)
    written = Path(one.path).stat().st_mtime_ns
    again = library.write_grammar(library.read_files(found, "en")[0], settings)
    assert (again, Path(again.path).stat().st_mtime_ns) == (one, written)
    assert "go" in {arc.word for arc in read_graph(Path(one.path), one.digest).arcs}
    first.write_text("language: en\nintents: {G: {data: [{sentences: [stay]}]}}", "utf-8")
    other = library.write_grammar(library.read_files(found, "en")[0], settings)
    assert other.digest != one.digest and other.path != one.path


def test_old_grammars_are_deleted(tmp_path: Path) -> None:
    """The folder does not grow with every change."""
    settings = Settings.model_validate({"bus": {"folder": str(tmp_path)}})
    path = tmp_path / "a.yaml"
    for i in range(6):
        path.write_text(
            f"language: en\nintents: {{G: {{data: [{{sentences: [go {i}]}}]}}}}", "utf-8"
        )
        found = library.find_files(settings, [path], with_skills=False)
        newest = library.write_grammar(library.read_files(found, "en")[0], settings)
    kept = list((tmp_path / "grammar").iterdir())
    assert len(kept) == 3 and Path(newest.path) in kept


def test_a_wake_phrase_is_part_of_what_is_said(tmp_path: Path) -> None:
    """Where the phrase stands in the text, recognition must be able to find it."""
    path = tmp_path / "a.yaml"
    path.write_text("language: en\nintents: {G: {data: [{sentences: [go]}]}}", "utf-8")
    hearing = {"wake": "phrase", "wake_phrases": ["hey computer"]}
    settings = Settings.model_validate({"hearing": hearing})
    read, _ = library.read_files(library.find_files(settings, [path], False), "en")
    words = {arc.word for arc in library.build_graph(read, settings).arcs}
    assert {"hey", "computer", "go"} <= words
