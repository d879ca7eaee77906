"""Fitting confidences."""

from __future__ import annotations

import math

import numpy as np

from assistant.evaluation.calibration import Example, Examples, fit, join, sentence_graph
from assistant.recognition.confidence import Evidence


def test_the_fit_tells_right_from_wrong() -> None:
    """Made-up evidence: after the fit, what is right is likely, what is wrong is not."""
    random = np.random.default_rng(1)
    right = [Evidence(-random.uniform(0, 0.8), -0.5, 3.0, 10, 5.0) for _ in range(60)]
    wrong = [Evidence(-random.uniform(1.2, 4), -2.0, 1.0, 10, 1.0) for _ in range(60)]
    examples = [Example(e, 1.0) for e in right] + [Example(e, 0.0) for e in wrong]
    found = fit(Examples(examples, examples))
    assert min(found.confidence(e, "commands") for e in right) > 0.5
    assert max(found.confidence(e, "commands") for e in wrong) < 0.5
    assert found.confidence(right[0], "open") > found.confidence(wrong[0], "open")


def test_plain_sentences_as_a_graph() -> None:
    """Beginnings are shared, states are in order, each sentence is equally likely."""
    graph = sentence_graph(["set a timer", "set the clock", "stop"])
    assert all(arc.source < arc.target for arc in graph.arcs)
    assert sum(arc.word == "set" for arc in graph.arcs) == 1
    arcs = {(arc.source, arc.word): arc for arc in graph.arcs}
    for sentence in ("set a timer", "set the clock", "stop"):
        state, cost = 0, 0.0
        for word in sentence.split():
            arc = arcs[state, word]
            state, cost = arc.target, cost + arc.cost
        assert math.isclose(cost + graph.finals[state], math.log(3), abs_tol=1e-9)


def test_joined_graphs_admit_both() -> None:
    """Still in order; one way to each."""
    graph = join(sentence_graph(["stop"]), sentence_graph(["set a timer"]))
    assert all(arc.source < arc.target for arc in graph.arcs)
    assert {arc.word for arc in graph.arcs} == {"", "stop", "set", "a", "timer"}
    assert len(graph.finals) == 2
