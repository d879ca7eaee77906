"""The weights that come with the program: whole, small, and the same in eight bits."""

from __future__ import annotations

import numpy as np

from assistant.config import Recognition
from assistant.evaluation.corpora import find_tables, read_samples
from assistant.evaluation.measures import edit_distance
from assistant.pcm import Float32, Int16
from assistant.recognition.acoustic import Acoustics
from assistant.recognition.ctc import greedy
from assistant.recognition.engines import Engine, open_engine
from assistant.recognition.features import LogMel
from assistant.recognition.weights import GRAPH, open_weights
from assistant.resources import resource

LARGEST_BYTES = 7_000_000


def hear(engine: Engine, sounds: list[Int16]) -> list[Float32]:
    """The log-probabilities of each sound."""
    weights = open_weights(resource("recogniser"))
    acoustics = Acoustics(LogMel(weights.normalisation), engine, 16, weights.shape["lookahead"])
    found = []
    for sound in sounds:
        log_probs, state = acoustics.step(sound, acoustics.initial())
        found.append(np.concatenate([log_probs, acoustics.finish(state)]))
    return found


def test_eight_bits_hear_the_same_phones() -> None:
    """At least 97 of 100 phones of real speech are the same in both engines."""
    weights = open_weights(resource("recogniser"))
    tables = find_tables(resource("tests/recordings"))
    sounds = [sample.audio for table in tables for sample in read_samples(table, 4)]
    exact = hear(open_engine(Recognition(engine="torch"), weights), sounds)
    small = hear(open_engine(Recognition(engine="onnx"), weights), sounds)
    pairs = [(greedy(a).tokens, greedy(b).tokens) for a, b in zip(exact, small, strict=True)]
    wrong = sum(edit_distance(a, b) for a, b in pairs)
    assert wrong <= 0.03 * sum(len(a) for a, _ in pairs)


def test_the_graph_is_small() -> None:
    """It fits a small device."""
    assert (resource("recogniser") / GRAPH).stat().st_size <= LARGEST_BYTES
