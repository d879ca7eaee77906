"""``assistant listen`` on files, through the whole daemon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.recognition.conftest import tiny_weights

__all__ = ["tiny_weights"]


@pytest.fixture
def configuration(tiny_weights: Path, tmp_path: Path) -> Path:
    """A daemon of its own, with weights that know nothing."""
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
[bus]
folder = "{tmp_path / "run"}"
[recognition]
engine = "torch"
model = "{tiny_weights}"
"""
    )
    return path


def listen(*arguments: object, sound: bytes = b"") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "assistant", "listen", *map(str, arguments)]
    done = subprocess.run(command, input=sound, capture_output=True, timeout=90, check=False)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def babble(seconds: float = 1.5) -> np.ndarray:
    """What a voice activity detector takes for speech: a buzz that comes and goes."""
    times = np.arange(round(seconds * 16_000)) / 16_000
    buzz = sum(np.sin(2 * np.pi * 140 * n * times) / n for n in range(1, 20))
    loud = 0.2 * buzz * (np.sin(2 * np.pi * 3 * times) > -0.5)
    gap = np.zeros(8000)
    return np.concatenate([gap, loud, gap])


def test_one_line_for_each_of_several_files(configuration: Path, tmp_path: Path) -> None:
    """Also for one without speech; in the order given, each with its name as given."""
    soundfile.write(tmp_path / "talk.wav", babble(), 16_000)
    soundfile.write(tmp_path / "silence.flac", np.zeros(24_000), 48_000)
    names = [tmp_path / "talk.wav", tmp_path / "silence.flac", tmp_path / "talk.wav"]
    done = listen("--json", "--config", configuration, "--no-skills", *names)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(name) for name in names]
    assert lines[1]["text"] == ""
    assert {"id", "text", "words", "intent", "slots", "confidence", "spans"} <= set(lines[0])
    assert lines[0]["id"]


def test_bad_files_are_named_before_anything_starts(configuration: Path, tmp_path: Path) -> None:
    """A line each, exit code 2."""
    (tmp_path / "text.wav").write_text("hello")
    (tmp_path / "empty.wav").write_bytes(b"")
    names = [tmp_path / name for name in ("text.wav", "empty.wav", "gone.wav")]
    done = listen("--config", configuration, *names)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(str(name) in line for name, line in zip(names, lines, strict=True))


def test_wrong_use(configuration: Path, tmp_path: Path) -> None:
    """Standard input beside files; sentences that are not there."""
    assert listen("-", "x.wav").returncode == 2
    done = listen("--sentences", tmp_path / "none.yaml", "x.wav")
    assert done.returncode == 2
    assert "none.yaml" in done.stderr


@pytest.mark.slow
def test_standard_input_is_listened_to(configuration: Path, tmp_path: Path) -> None:
    """A recording through a pipe; no name to tell."""
    soundfile.write(tmp_path / "talk.wav", babble(), 16_000)
    sound = (tmp_path / "talk.wav").read_bytes()
    done = listen("--json", "--config", configuration, "--no-skills", "-", sound=sound)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 1
    assert "file" not in lines[0]
