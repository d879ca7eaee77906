"""Holds the house together: who may import whom, forbidden names, sizes."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "assistant"
FILES = sorted(PACKAGE.rglob("*.py"))
STAGES = {
    *("capture", "hearing", "recognition", "understanding"),
    *("translation", "voice", "playback"),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
ONLY_IN = {
    "zmq": {"bus.py", "bus"},
    "sounddevice": {"microphone.py", "speaker.py", "portaudio.py"},
}
TORCH_ROOMS = {"recognition", "translation", "voice", "training", "evaluation"}
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 60, 11


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of the modules that ``path`` imports, and whether at import time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, id(node) in top


def room(path: Path) -> str:
    """The package that a file of the assistant belongs to; its own name at the top level."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    """Stages know messages, not each other; serving never imports training."""
    for name, _ in imports(path):
        if not name.startswith("assistant."):
            continue
        imported = name.split(".")[1]
        if room(path) in STAGES and imported in STAGES:
            allowed = {room(path)}
            assert imported in allowed, f"{path.name} imports the stage {imported}"
        if imported == "training":
            assert room(path) in {"training", "commands"}, f"{path.name} imports training"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    """zmq only in the bus, sounddevice only at the devices, torch only where models live."""
    for name, _ in imports(path):
        library = name.split(".")[0]
        if library in ONLY_IN:
            assert {path.name, path.parent.name} & ONLY_IN[library], f"{path}: {library}"
        if library in {"torch", "torchaudio"}:
            assert room(path) in TORCH_ROOMS, f"{path}: {library}"


def test_the_command_line_starts_light() -> None:
    """Nothing heavy is imported before a command needs it."""
    for path in (PACKAGE / "__main__.py", *sorted((PACKAGE / "commands").glob("*.py"))):
        heavy = {"torch", "onnxruntime", "sounddevice", "hassil", "soundfile", "numpy"}
        found = {name.split(".")[0] for name, at_import in imports(path) if at_import} & heavy
        assert not found, f"{path.name} imports {found} at import time"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_and_sizes(path: Path) -> None:
    """Files of one purpose: no drawers, no long files, no long functions."""
    assert path.stem not in FORBIDDEN_NAMES
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for name, length in functions(text):
        assert length <= LONGEST_FUNCTION, f"{name} has {length} lines"


def test_functions_are_short_in_the_median() -> None:
    """The usual function fits a glance."""
    lengths = [n for path in FILES for _, n in functions(path.read_text(encoding="utf-8"))]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def functions(text: str) -> list[tuple[str, int]]:
    """Name and length in lines of each function."""
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
