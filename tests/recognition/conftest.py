"""Sound that is made of phones, weights that are made of noise, an engine that reads a script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.grammar import Arc, WordGraph
from assistant.pcm import Float32
from assistant.recognition.lexicon import BLANK, TOKEN_OF, TOKENS, Pronunciation

SHAPE = {
    "tokens": len(TOKENS),
    "mels": 80,
    "width": 16,
    "hidden": 32,
    "blocks": 2,
    "kernel": 5,
    "stacked_frames": 8,
    "lookahead": 5,
}


def phones(text: str) -> Pronunciation:
    """Tokens of phones written out."""
    return tuple(TOKEN_OF[name] for name in text.split())


VOCABULARY = {
    "set": [phones("S EH T")],
    "a": [phones("AH"), phones("EY")],
    "timer": [phones("T AY M ER")],
    "for": [phones("F AO R"), phones("F ER")],
    "five": [phones("F AY V")],
    "ten": [phones("T EH N")],
    "minutes": [phones("M IH N AH T S")],
    "stop": [phones("S T AA P")],
    "to": [phones("T UW"), phones("T AH")],
    "two": [phones("T UW")],
    "milk": [phones("M IH L K")],
    "add": [phones("AE D")],
}


def spoken(
    tokens: Sequence[int], sure: float = 4.0, seed: int = 0, pause: int = 4, hold: int = 2
) -> Float32:
    """Log-probabilities (N, tokens) as a network gives them: peaks, blanks, noise."""
    random = np.random.default_rng(seed)
    path = [BLANK] * pause
    for token in tokens:
        path += [token] * int(random.integers(1, hold + 1)) + [BLANK] * int(random.integers(1, 3))
    path += [BLANK] * pause
    scores = random.normal(0.0, 1.0, (len(path), len(TOKENS)))
    scores[np.arange(len(path)), path] += sure + 2.0
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)


def said(text: str, **options: float) -> Float32:
    """``spoken`` for words of ``VOCABULARY``."""
    tokens = [token for word in text.split() for token in VOCABULARY[word][0]]
    return spoken(tokens, **options)  # type: ignore[arg-type]


def graph_of(*sentences: str) -> WordGraph:
    """The plain sentences, beginnings shared."""
    from assistant.evaluation.calibration import sentence_graph

    return sentence_graph(sentences)


def pieces(length: int, cuts: Sequence[int]) -> list[slice]:
    """``length`` items cut at ``cuts``."""
    edges = [0, *sorted(cut % (length + 1) for cut in cuts), length]
    return [slice(a, b) for a, b in zip(edges, edges[1:], strict=False)]


class ScriptedEngine:
    """An engine that hears what the script says; its state is the place in the script."""

    def __init__(self, lookahead: int = 5) -> None:
        self.script = np.zeros((0, len(TOKENS)), np.float32)
        self._lookahead = lookahead

    def play(self, log_probs: Float32) -> int:
        """Give the script; the samples of sound that it takes."""
        blank = np.full((1, len(TOKENS)), -12.0, np.float32)
        blank[0, BLANK] = -0.001
        ahead = np.repeat(blank, self._lookahead, axis=0)
        self.script = np.concatenate([ahead, log_probs])
        return len(log_probs) * 640 + 240

    def initial(self, batch: int = 1) -> int:
        return 0

    def step(self, mels: Float32, state: int) -> tuple[Float32, int]:
        count = mels.shape[1] // 4
        rows = self.script[state : state + count]
        rows = np.concatenate([rows, np.repeat(self.script[:1], count - len(rows), axis=0)])
        return rows[None], state + count

    def join(self, states: Sequence[int]) -> int:
        return states[0]

    def split(self, state: int) -> list[int]:
        return [state]


def arcs(graph: WordGraph) -> list[Arc]:
    """The arcs that stand for a word."""
    return [arc for arc in graph.arcs if arc.word]


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights of a very small network, of noise."""
    import torch

    from assistant.recognition.encoder import Encoder, EncoderShape
    from assistant.recognition.weights import TENSORS, write_checksums

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("weights")
    encoder = Encoder(EncoderShape(**SHAPE))
    tensors = {
        f"encoder.{name}": value.half().numpy() for name, value in encoder.state_dict().items()
    }
    tensors["normalisation.mean"] = np.full(80, -8.0, np.float32)
    tensors["normalisation.deviation"] = np.full(80, 3.0, np.float32)
    facts = {"shape": json.dumps(SHAPE), "tokens": " ".join(TOKENS)}
    save_file(tensors, folder / TENSORS, facts)
    write_checksums(folder)
    return folder
