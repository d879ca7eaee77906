"""``assistant translate``: one line a line, one clear line where it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def translate(*arguments: str, given: bytes = b"", **more: str) -> subprocess.CompletedProcess:
    """The command as a user runs it, without the user's configuration."""
    return subprocess.run(
        [sys.executable, "-m", "assistant", "translate", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, "XDG_CONFIG_HOME": os.devnull, **more},
        timeout=60,
    )


def test_words_on_the_command_line() -> None:
    """The simplest use."""
    done = translate("Good", "morning.")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "Buenos días.\n", b"")


def test_one_line_a_line(tmp_path: Path) -> None:
    """Empty lines stay, so that source and translation can be laid side by side."""
    text = "good morning\n\nthank you\r\n123"
    expected = "buenos días\n\ngracias\n123\n"
    assert translate("-", given=text.encode()).stdout.decode() == expected
    path = tmp_path / "a.txt"
    path.write_text(text)
    assert translate("-i", str(path)).stdout.decode() == expected


def test_json_and_the_other_direction() -> None:
    """Facts for programs, one object a line."""
    done = translate("--from", "Spanish", "--to", "en", "--json", "buenos días")
    assert json.loads(done.stdout) == {
        "text": "buenos días",
        "translation": "good morning",
        "source": "es",
        "target": "en",
    }


@pytest.mark.parametrize("text", ["😀", "你好", "<b>&amp;</b>", "[^$]"])
def test_odd_text_comes_back(text: str) -> None:
    """Nothing to translate in it is no fault."""
    done = translate(text)
    assert done.returncode == 0 and done.stdout.strip()


def test_ten_thousand_words() -> None:
    """A long line is one long line, in bounded time."""
    done = translate("-", given=b"the house is red. " * 2500)
    assert done.returncode == 0
    assert done.stdout.decode().lower().count("roja") == 2500
    assert done.stdout.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--to", "klingon", "hi"], "I cannot translate to Klingon; I know Spanish."),
        (["--from", "fr", "hi"], "I cannot translate from French; I know English and Spanish."),
        ([" "], "there is nothing to translate"),
        ([], "expected a text, a dash for standard input, or --input FILE: one of them"),
        (["-i", "no-such-file"], "no-such-file: cannot be read: No such file or directory"),
        (["-"], "standard input:2: not UTF-8 text: byte 3"),
    ],
)
def test_bad_use_is_one_line(arguments: list[str], line: str) -> None:
    """Exit code 2, what and where."""
    done = translate(*arguments, given=b"hello\nab\xff\n")
    assert (done.returncode, done.stderr.decode()) == (2, f"assistant: {line}\n")


def test_without_apertium_the_packages_are_named(tmp_path: Path) -> None:
    """What to install."""
    done = translate("hi", APERTIUM_DATADIR=str(tmp_path))
    assert done.returncode == 2
    assert "install the packages apertium and apertium-eng-spa" in done.stderr.decode()
