"""A folder of weights: what lies in it, and the proof that it is what was made.

``recogniser.safetensors`` (training's own, with shape and normalisation),
``recogniser.onnx`` (the same in eight bits), ``card.md``, and ``checksums`` with a line
``SHA-256  name`` for each, as ``sha256sum`` writes them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.features import Normalisation
from assistant.recognition.lexicon import TOKENS

TENSORS, GRAPH, CHECKSUMS = "recogniser.safetensors", "recogniser.onnx", "checksums"


@dataclass(frozen=True)
class Weights:
    """An opened folder. Engines read their own file through ``checked``."""

    folder: Path
    shape: dict[str, int]
    """``encoder.EncoderShape`` by name."""
    normalisation: Normalisation

    def checked(self, name: str) -> Path:
        """The path of file ``name``, its hash verified; raises ``ModelError``."""
        return check(self.folder, name)


def open_weights(folder: Path) -> Weights:
    """Shape and normalisation of the weights in ``folder``.

    Raises:
        ModelError: a file is missing, damaged, or made for other tokens.
    """
    path = check(folder, TENSORS)
    try:
        with safe_open(path, "numpy") as file:
            facts = file.metadata() or {}
            mean, deviation = (file.get_tensor(f"normalisation.{n}") for n in ("mean", "deviation"))
        shape = json.loads(facts["shape"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ModelError(f"{path}: not weights of the recogniser: {error}") from error
    if facts.get("tokens") != " ".join(TOKENS):
        raise ModelError(f"{path}: weights for other tokens than this version's {len(TOKENS)}")
    return Weights(folder, shape, Normalisation(_float(mean), _float(deviation)))


def check(folder: Path, name: str) -> Path:
    """The path of ``name`` in ``folder``, its hash compared with ``checksums``.

    Raises:
        ModelError: missing, not listed, or another hash.
    """
    path = folder / name
    expected = read_checksums(folder).get(name)
    if expected is None:
        raise ModelError(f"{folder / CHECKSUMS}: no line for {name}; `assistant export` writes it")
    try:
        found = sha256(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    if found != expected:
        raise ModelError(
            f"{path}: damaged or changed: SHA-256 is {found[:12]}…, expected {expected[:12]}…; "
            "get it again"
        )
    return path


def read_checksums(folder: Path) -> dict[str, str]:
    """File name to SHA-256 of everything listed in ``folder``."""
    path = folder / CHECKSUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: no weights there, or not readable ones: {error}") from error
    return {name.strip(): digest for digest, _, name in (line.partition("  ") for line in lines)}


def write_checksums(folder: Path) -> None:
    """List the hashes of the weights and the card that lie in ``folder``."""
    names = sorted(p.name for p in folder.iterdir() if p.suffix in {".safetensors", ".onnx"})
    lines = [f"{sha256(folder / name)}  {name}\n" for name in names]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _float(values: Float32) -> Float32:
    return np.ascontiguousarray(values, np.float32)
