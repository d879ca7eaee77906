"""Apertium as it runs here: quick, whole, and gone when it is closed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.translation.apertium import Apertium, read_mode
from assistant.translation.engines import CannotTranslate

EN_ES = ("en", "es")


@pytest.fixture(scope="module")
def engine() -> Iterator[Apertium]:
    engine = Apertium()
    yield engine
    engine.close()


def pids(engine: Apertium) -> list[int]:
    return [process.pid for chain in engine._chains.values() for process in chain._processes]


def chain_of(tmp_path: Path, script: str) -> Apertium:
    """An engine whose only pair is a small program, twice."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (tmp_path / "eng-spa.mode").write_text(f"{program} | {program}")
    return Apertium(str(tmp_path))


def test_both_directions(engine: Apertium) -> None:
    """The Debian package is found and translates."""
    assert {EN_ES, ("es", "en")} <= set(engine.pairs())
    assert engine.translate("good morning.", EN_ES, 5.0) == "buenos días."
    assert engine.translate("buenos días.", ("es", "en"), 5.0) == "good morning."


def test_a_chain_stays_for_the_next_sentence(engine: Apertium) -> None:
    """No dictionary is loaded twice; that is what makes it quick."""
    engine.translate("hello.", EN_ES, 5.0)
    before = pids(engine)
    assert engine.translate("thank you.", EN_ES, 5.0) == "gracias."
    assert pids(engine) == before


@pytest.mark.parametrize(
    "text", ["[a] ^b$ c/d @e <f> {g} \\h", "a\0b", "", " ", "😀 你好", "'\"`$(ls)"]
)
def test_signs_of_the_stream_format_are_only_signs(engine: Apertium, text: str) -> None:
    """Nothing in a text can get the chain out of step."""
    answer = engine.translate(text, EN_ES, 5.0)
    assert sum(sign in answer for sign in "[]^${}\\") == sum(sign in text for sign in "[]^${}\\")
    assert engine.translate("good night.", EN_ES, 5.0).lower() == "noche buena."


def test_unknown_words_come_without_a_mark(engine: Apertium) -> None:
    """An asterisk would be read aloud."""
    assert engine.translate("the frobnitz.", EN_ES, 5.0).lower() == "el frobnitz."


def test_closing_ends_every_program() -> None:
    """No process is left behind."""
    engine = Apertium()
    engine.translate("hello.", EN_ES, 5.0)
    running = pids(engine)
    engine.close()
    assert len(running) > 5
    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_program_that_was_killed_is_started_again() -> None:
    """The next sentence is translated as if nothing had been."""
    engine = Apertium()
    engine.translate("hello.", EN_ES, 5.0)
    os.kill(pids(engine)[3], signal.SIGKILL)
    assert engine.translate("good morning.", EN_ES, 5.0) == "buenos días."
    engine.close()


def test_a_chain_that_hangs_is_given_up_in_time(tmp_path: Path) -> None:
    """A time limit, one sentence, and no process left."""
    engine = chain_of(tmp_path, "sleep 60")
    began = time.monotonic()
    with pytest.raises(CannotTranslate, match="took too long"):
        engine.translate("hello", EN_ES, 0.3)
    assert time.monotonic() - began < 3.0
    assert pids(engine) == []


def test_a_chain_that_ends_at_once_is_one_sentence(tmp_path: Path) -> None:
    """Broken dictionaries do not make it try for ever."""
    engine = chain_of(tmp_path, "exit 1")
    with pytest.raises(CannotTranslate, match="ended without an answer"):
        engine.translate("hello", EN_ES, 5.0)
    (tmp_path / "eng-spa.mode").write_text("no-such-program x")
    with pytest.raises(CannotTranslate, match="ended without an answer"):
        engine.translate("hello", EN_ES, 5.0)


def test_more_than_a_pipe_holds_goes_through(tmp_path: Path) -> None:
    """Neither side waits for the other for ever."""
    text = "word " * 60_000
    engine = chain_of(tmp_path, "cat")
    assert engine.translate(text, EN_ES, 10.0) == text
    engine.close()


def test_without_mode_files_there_are_no_pairs(tmp_path: Path) -> None:
    """What is not installed is not offered."""
    assert Apertium(str(tmp_path)).pairs() == []


def test_a_mode_file_is_read_as_it_is_written() -> None:
    """Options of the apertium command are filled in, null flush goes to every program."""
    text = "lt-proc '/a b/x.bin' | apertium-tagger -g $2 'y.prob' | lt-proc $1 'z.bin'\n"
    assert read_mode(text) == [
        ["lt-proc", "-z", "/a b/x.bin"],
        ["apertium-tagger", "-z", "-g", "y.prob"],
        ["lt-proc", "-z", "-n", "z.bin"],
    ]
