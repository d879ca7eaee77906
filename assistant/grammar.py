"""The word graph that understanding writes and recognition reads: what can be said.

An acyclic weighted graph over words. Understanding knows nothing of phonemes, recognition
nothing of intents: this file is all that passes between them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from assistant.errors import ModelError

EPSILON = ""
OPEN = "<open>"
"""Label of an arc that stands for one or more words of the open vocabulary (a wildcard)."""


class Arc(msgspec.Struct, frozen=True, array_like=True):
    """From state ``source`` to ``target``."""

    source: int
    target: int
    word: str = EPSILON
    cost: float = 0.0
    """Negative natural logarithm of the arc's probability among those of its source."""
    output: str = ""
    """What understanding is told when the path takes this arc: ``intent:NAME``,
    ``slot:NAME``, ``/slot:NAME``, ``value:TEXT``."""


class WordGraph(msgspec.Struct, frozen=True):
    """States are numbered in topological order; 0 is the start."""

    states: int
    arcs: list[Arc]
    finals: dict[int, float]
    """Final states and the cost of ending there."""
    language: str = "en"


def write_graph(graph: WordGraph, path: Path) -> str:
    """Write atomically; returns the SHA-256 that ``Grammar`` messages carry."""
    data = msgspec.msgpack.encode(graph)
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return hashlib.sha256(data).hexdigest()


def read_graph(path: Path, digest: str) -> WordGraph:
    """The graph in ``path``.

    Raises:
        ModelError: the file is missing, or is not the one with this ``digest``.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the grammar cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{path}: not the grammar that was announced ({digest[:12]}…)")
    return msgspec.msgpack.decode(data, type=WordGraph)
