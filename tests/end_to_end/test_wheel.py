"""The wheel in an environment of its own: no torch, no clone, no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from assistant.pcm import level_db

ROOT = Path(__file__).parent.parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
WEIGHTS = ("recogniser/recogniser.onnx", "recogniser/checksums", "language/general.binary")
BESIDE = ("config.toml", "examples/home.yaml", "recordings/recordings.tsv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder)]
    subprocess.run([*PIP, "wheel", *options, str(ROOT)], check=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and what it asks for, with the voice and without torch.

    What it asks for is linked from where the tests run, so that no network is needed.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for needed in closure(wheel, {"espeak"}):
        link(needed, packages)
    python = folder / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*PIP, *install], check=True)
    subprocess.run([*PIP, "--python", str(python), "check"], check=True)
    return folder


def closure(wheel: Path, extras: set[str]) -> Iterator[Distribution]:
    """Every distribution that the wheel needs, directly or not."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        asked = message_from_bytes(file.read(name)).get_all("Requires-Dist", [])
    waiting = [(Requirement(text), extras) for text in asked]
    seen = {"assistant"}
    while waiting:
        wanted, chosen = waiting.pop()
        applies = [{"extra": extra} for extra in ("", *chosen)]
        if wanted.marker and not any(map(wanted.marker.evaluate, applies)):
            continue
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name not in seen:
            seen.add(name)
            found = distribution(wanted.name)
            waiting += [(Requirement(text), wanted.extras) for text in found.requires or []]
            yield found


def link(found: Distribution, packages: Path) -> None:
    """Put all that ``found`` has installed beside its metadata into ``packages``."""
    for top in {Path(file).parts[0] for file in found.files or []} - {"..", "__pycache__"}:
        place = packages / top
        if not place.exists():
            place.symlink_to(Path(str(found.locate_file(top))))


def run(environment: Path, home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment, started from the root of the file system."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("ASSISTANT__")}
    variables = kept | {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    program = str(environment / "bin" / argv[0])
    return subprocess.run(
        [program, *argv[1:]], cwd="/", env=variables, capture_output=True, text=True, timeout=100
    )


def test_it_carries_what_it_needs(wheel: Path) -> None:
    """Weights, sentences, recordings, the configuration and training; no tests."""
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {f"assistant/_models/{name}" for name in (*WEIGHTS, *BESIDE)} <= names
    assert "assistant/skills/timer.yaml" in names
    assert "assistant/training/recogniser.py" in names
    assert not [name for name in names if name.startswith("tests/")]


def test_torch_is_not_there(environment: Path, tmp_path: Path) -> None:
    """Else the next test would prove nothing; nor is the clone."""
    assert (
        "No module named 'torch'"
        in run(environment, tmp_path, "python", "-c", "import torch").stderr
    )
    where = run(environment, tmp_path, "python", "-c", "import assistant as a; print(a.__file__)")
    assert where.stdout.startswith(str(environment))


@pytest.mark.slow
def test_it_demonstrates_itself(environment: Path, tmp_path: Path) -> None:
    """Installed, from ``/``: commands are understood and their answers written as sound."""
    import soundfile

    out = tmp_path / "answers"
    done = run(environment, tmp_path, "assistant", "demo", "--quick", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "what time is it" in done.stdout and "It is " in done.stdout
    answers = [soundfile.read(path, dtype="int16")[0] for path in out.glob("*.wav")]
    assert len(answers) == 3
    assert min(level_db(answer) for answer in answers) > -40
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == ["answers"]


def test_its_commands_tell_of_themselves(environment: Path, tmp_path: Path) -> None:
    """The help, and what needs torch says that it does."""
    assert "demo" in run(environment, tmp_path, "assistant", "--help").stdout
    recipe = tmp_path / "recipe.toml"
    shutil.copy(ROOT / "models" / "recogniser" / "recipe.toml", recipe)
    (tmp_path / "data" / "speech").mkdir(parents=True)
    words = ["train", "recogniser", str(recipe), "--data", str(tmp_path / "data"), "--run", "r"]
    done = run(environment, tmp_path, "assistant", *words)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
