"""What the tests of understanding share: checks and walks of word graphs, a read sentence file."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.config import Settings
from assistant.grammar import EPSILON, WordGraph
from assistant.skills.api import Surroundings
from assistant.understanding.match import Match, Matcher
from assistant.understanding.sentences import SentenceSet, Source, read_sentences
from assistant.understanding.spoken import words_of

Reader = Callable[[str], SentenceSet]
Finder = Callable[[str, str], list[Match]]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Reads the text of a sentence file; the language is put before it."""

    def read_text(text: str) -> SentenceSet:
        path = str(tmp_path / "test.yaml")
        return read_sentences([Source(path, f"language: en\n{text}", "test")])

    return read_text


@pytest.fixture
def find(read: Reader) -> Finder:
    """Matches a sentence against the text of a sentence file that has no faults."""

    def find_matches(text: str, sentence: str) -> list[Match]:
        sentences = read(text)
        assert not sentences.faults, sentences.faults
        return Matcher(sentences).match(words_of(sentence))

    return find_matches


@pytest.fixture(scope="session")
def check_graph() -> Callable[[WordGraph], None]:
    """States in topological order, probabilities that sum to one, sayable words."""
    return _check


@pytest.fixture(scope="session")
def walk() -> Callable[[WordGraph, int], list[str]]:
    """Words of one path through a graph, drawn by its probabilities."""
    return _walk


def _check(graph: WordGraph) -> None:
    """States in topological order, probabilities that sum to one, sayable words."""
    mass = [0.0] * graph.states
    for arc in graph.arcs:
        assert arc.source < arc.target < graph.states
        assert set(arc.word) <= set("abcdefghijklmnopqrstuvwxyz'<>")
        mass[arc.source] += math.exp(-arc.cost)
    for state, total in enumerate(mass):
        ending = math.exp(-graph.finals[state]) if state in graph.finals else 0.0
        assert total + ending == pytest.approx(1.0), state


def _walk(graph: WordGraph, seed: int) -> list[str]:
    """Words of one path, drawn by its probabilities."""
    rng = random.Random(seed)
    leaving: dict[int, list[Any]] = {}
    for arc in graph.arcs:
        leaving.setdefault(arc.source, []).append(arc)
    state, words = 0, []
    while state not in graph.finals:
        arcs = leaving[state]
        arc = rng.choices(arcs, [math.exp(-arc.cost) for arc in arcs])[0]
        words += [arc.word] * (arc.word != EPSILON)
        state = arc.target
    return words


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """A skill's world at a fixed time, in a folder of its own."""
    state = {"understanding": {"state": str(tmp_path / "state")}}
    return Surroundings(
        settings=Settings.model_validate(state),
        state=tmp_path / "state",
        now=lambda: datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
        sayings=lambda: ["what time is it"],
        last_answer=lambda: ("", "en"),
    )
