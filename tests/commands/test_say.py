"""``assistant say``: sound in a file, one clear line where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from assistant.pcm import level_db


def assistant(*arguments: str, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess:
    """The command as a user runs it, without the user's configuration."""
    names = {f"ASSISTANT__{key.upper()}": value for key, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, "XDG_CONFIG_HOME": os.devnull, **names},
        timeout=60,
    )


def complaint(done: subprocess.CompletedProcess) -> str:
    """The one line of a refused command."""
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.decode().strip().splitlines()
    return line


def test_a_text_becomes_a_file_with_sound(tmp_path: Path) -> None:
    """Audible, of plausible length, and the facts agree with the file."""
    path = tmp_path / "a.wav"
    done = assistant("say", "-o", str(path), "--json", "The kettle", "boils at 5:30.")
    audio, rate_hz = soundfile.read(path, dtype="int16")
    facts = json.loads(done.stdout)
    assert 1.0 < audio.size / rate_hz < 5.0 and level_db(audio) > -40
    assert facts["seconds"] == pytest.approx(audio.size / rate_hz, abs=0.01)
    assert facts["file"] == str(path) and list(tmp_path.iterdir()) == [path]


def test_standard_input_and_options(tmp_path: Path) -> None:
    """A dash reads; faster is shorter."""
    slow, fast = tmp_path / "slow.wav", tmp_path / "fast.wav"
    text = "buenos días a todos los que escuchan".encode()
    for path, more in ((slow, []), (fast, ["--speed", "2", "--pitch", "1.2"])):
        arguments = ["say", "--language", "es", *more, "-o", str(path), "-"]
        assert assistant(*arguments, given=text).returncode == 0
    assert soundfile.info(fast).frames < 0.75 * soundfile.info(slow).frames


def test_a_long_text_is_cut_and_told(tmp_path: Path) -> None:
    """Ten thousand words end at the configured length, in bounded time."""
    path = tmp_path / "long.wav"
    done = assistant("say", "-o", str(path), "-", given=b"many words of text. " * 2500)
    assert done.returncode == 0
    assert done.stderr.decode().strip().endswith("only the first 5000 characters were spoken")
    assert 100 < soundfile.info(path).duration < 600


@pytest.mark.parametrize("text", ["", "😀🎉", "...", "<b></b>"])
def test_nothing_to_speak_is_refused(text: str, tmp_path: Path) -> None:
    """No empty file is written."""
    line = complaint(assistant("say", "-o", str(tmp_path / "a.wav"), text))
    assert line == "assistant: there is nothing to speak: expected words or numbers"
    assert list(tmp_path.iterdir()) == []


def test_bad_use_is_one_line_each(tmp_path: Path) -> None:
    """What, where, and what to do."""
    missing = tmp_path / "no" / "a.wav"
    assert f"{missing}: cannot be written" in complaint(assistant("say", "-o", str(missing), "hi"))
    assert "not UTF-8 text" in complaint(assistant("say", "-", given=b"\xff\xfe"))
    assert "more than 1 MB" in complaint(assistant("say", "-", given=b"a" * 1_100_000))
    assert "write a file with -o" in complaint(assistant("say", "hi", playback__device="none"))
    assert "no such voice" in complaint(assistant("say", "hi", voice__name="nobody"))
    assert "voice.engine = 'none'" in complaint(assistant("say", "hi", voice__engine="none"))


def test_without_a_speaker_it_says_so() -> None:
    """No hanging, and the way out is named."""
    line = complaint(assistant("say", "hi", playback__device="no such speaker"))
    assert "no speaker" in line and line.endswith("write a file with -o")
