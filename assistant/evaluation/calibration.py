"""Fits confidences: which results were right, and what was known about them.

Half of the sentences that were spoken become commands beside the active ones, some with a
wildcard; the other half, the same sound played backwards and plain noise are what has to
be refused. A logistic regression turns the evidence into a probability.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.measures import edits
from assistant.evaluation.recogniser import BLOCK_SAMPLES, Sample
from assistant.grammar import EPSILON, OPEN, Arc, WordGraph
from assistant.pcm import SAMPLE_RATE_HZ, Int16
from assistant.recognition.confidence import Calibration, Evidence, features
from assistant.recognition.graph_search import GraphSearch, GraphTuning
from assistant.recognition.network import build_network
from assistant.recognition.transcribe import Transcriber

LONGEST_WORDS = 10
"""Of a sentence that becomes a command."""
WILDCARD_SHARE = 0.2
REVERSED_SHARE = 0.2
PENALTY = 1.0
"""Of the squared weights, against fits that are too sure."""
ROUNDS = 50


class Example(NamedTuple):
    """One hypothesis: what was known, and how right it was, from 0 to 1."""

    evidence: Evidence
    right: float


class Examples(NamedTuple):
    """For both searches."""

    commands: list[Example]
    open: list[Example]


def gather(samples: Sequence[Sample], transcriber: Transcriber, active: WordGraph) -> Examples:
    """Recognise all of ``samples`` and look at what came out."""
    random = np.random.default_rng(0)
    short = sorted({s.text for s in samples if 0 < len(s.text.split()) <= LONGEST_WORDS})
    known = {text for text in short if random.random() < 0.5}
    templates = {text: _template(text, random) for text in sorted(known)}
    search = _search(join(active, sentence_graph(templates.values())), transcriber)
    examples = Examples([], [])
    for sample in [*samples, *_refused(samples, random)]:
        expected = sample.text if sample.text in known else ""
        _look(sample, expected, transcriber, search, examples)
    return examples


def _look(
    sample: Sample,
    expected: str,
    transcriber: Transcriber,
    search: GraphSearch,
    examples: Examples,
) -> None:
    transcription = transcriber.begin(search, 0)
    for first in range(0, len(sample.audio), BLOCK_SAMPLES):
        transcription.feed(sample.audio[first : first + BLOCK_SAMPLES])
    judged = transcription.judged()
    if judged.commands and judged.commands[0].evidence.phones:
        best = judged.commands[0]
        right = bool(expected) and best.hypothesis.text == expected
        examples.commands.append(Example(best.evidence, float(right)))
    if judged.open and judged.open[0].evidence.phones:
        best = judged.open[0]
        errors = edits(best.hypothesis.words, sample.text.split())
        hits = len(best.hypothesis.words) - errors.substitutions - errors.insertions
        examples.open.append(Example(best.evidence, hits / len(best.hypothesis.words)))


def _template(text: str, random: np.random.Generator) -> str:
    """``text``, in one case of five with a wildcard for one of its words."""
    words = text.split()
    if len(words) < 4 or random.random() > WILDCARD_SHARE:
        return text
    words[int(random.integers(2, len(words)))] = OPEN
    return " ".join(words)


def _refused(samples: Sequence[Sample], random: np.random.Generator) -> Iterator[Sample]:
    """Sound in which nobody says anything."""
    for sample in samples:
        if random.random() < REVERSED_SHARE:
            backwards: Int16 = np.ascontiguousarray(sample.audio[::-1])
            yield sample._replace(text="", audio=backwards)
    for level in (1.0, 10.0, 100.0, 1000.0):
        for _ in range(3):
            noise = random.normal(0.0, level, 2 * SAMPLE_RATE_HZ)
            yield Sample("noise", "", "", noise.astype(np.int16))


def _search(graph: WordGraph, transcriber: Transcriber) -> GraphSearch:
    words = {arc.word for arc in graph.arcs} - {EPSILON, OPEN}
    return GraphSearch(build_network(graph, transcriber.pronouncing(words)), GraphTuning())


def fit(examples: Examples) -> Calibration:
    """The calibration that explains ``examples`` best."""
    default = Calibration()
    return Calibration(
        _regress(examples.commands, default.commands),
        _regress(examples.open, default.open),
        default.least_gain,
    )


def _regress(examples: Sequence[Example], fallback: tuple[float, ...]) -> tuple[float, ...]:
    """Logistic regression by Newton's method; the bias is not held back."""
    if not examples:
        return fallback
    known = np.array([features(example.evidence) for example in examples])
    right = np.array([example.right for example in examples])
    held = np.full(known.shape[1], PENALTY)
    held[0] = 1e-6
    weights: NDArray[np.float64] = np.zeros(known.shape[1])
    for _ in range(ROUNDS):
        guess = 1.0 / (1.0 + np.exp(-np.clip(known @ weights, -30.0, 30.0)))
        slope = known.T @ (right - guess) - held * weights
        curve = (known * (guess * (1.0 - guess))[:, None]).T @ known + np.diag(held)
        weights = weights + np.linalg.solve(curve, slope)
    return tuple(round(float(weight), 4) for weight in weights)


def sentence_graph(texts: Iterable[str]) -> WordGraph:
    """The word graph of plain sentences, beginnings shared, all equally likely."""
    children: list[dict[str, int]] = [{}]
    passed, ended = [0], [0]
    for text in texts:
        state = 0
        passed[0] += 1
        for word in text.split():
            if word not in children[state]:
                children.append({})
                passed.append(0)
                ended.append(0)
                children[state][word] = len(children) - 1
            state = children[state][word]
            passed[state] += 1
        ended[state] += 1
    arcs = [
        Arc(state, target, word, -math.log(passed[target] / passed[state]))
        for state, words in enumerate(children)
        for word, target in words.items()
    ]
    finals = {s: -math.log(count / passed[s]) for s, count in enumerate(ended) if count}
    return WordGraph(len(children), arcs, finals)


def join(*graphs: WordGraph) -> WordGraph:
    """One graph that admits what any of ``graphs`` does, each equally likely."""
    arcs: list[Arc] = []
    finals: dict[int, float] = {}
    states = 1
    for graph in graphs:
        arcs.append(Arc(0, states, EPSILON, math.log(len(graphs))))
        arcs += [
            Arc(arc.source + states, arc.target + states, arc.word, arc.cost, arc.output)
            for arc in graph.arcs
        ]
        finals |= {state + states: cost for state, cost in graph.finals.items()}
        states += graph.states
    return WordGraph(states, arcs, finals)
