"""Media keys through a real session bus and real players."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.errors import SkillError
from assistant.neighbours import mpris

PLAYER = Path(__file__).with_name("player.py")
Start = Callable[[str, str], "subprocess.Popen[str]"]


@pytest.fixture
def start(session_bus: str) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def one(name: str, status: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(PLAYER), name, status, "First Song"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield one
    for process in started:
        process.kill()
        process.wait()


def test_players_are_listed_playing_first(start: Start) -> None:
    """What plays is meant before what is paused, whatever the names are."""
    start("aaa", "Paused")
    start("zzz", "Playing")
    found = mpris.players()
    assert [one.player for one in found] == [mpris.PREFIX + "zzz", mpris.PREFIX + "aaa"]
    assert (found[0].title, found[0].artist, found[0].status) == (
        "First Song",
        "The Testers",
        "Playing",
    )


@pytest.mark.parametrize("key", ["Play", "Pause", "Stop", "Next", "Previous"])
def test_a_key_reaches_the_player(start: Start, key: mpris.Method) -> None:
    """Each key is pressed once, on the player that was named."""
    player = start("tester", "Playing")
    mpris.press(mpris.PREFIX + "tester", key)
    assert player.stdout is not None
    assert player.stdout.readline() == f"{key}\n"


def test_no_player(session_bus: str) -> None:
    """An empty desktop is an empty list, not a fault."""
    assert mpris.players() == []


def test_a_player_that_refuses(start: Start) -> None:
    """A method that the player lacks becomes a sentence."""
    start("tester", "Playing")
    with pytest.raises(SkillError, match="refused"):
        mpris.press(mpris.PREFIX + "tester", "PlayPause")


def test_a_player_that_hangs_is_left_out(start: Start) -> None:
    """One stuck player neither hangs the assistant nor hides the others."""
    stuck = start("stuck", "Playing")
    start("well", "Paused")
    stuck.send_signal(signal.SIGSTOP)
    assert [one.player for one in mpris.players()] == [mpris.PREFIX + "well"]
    with pytest.raises(SkillError, match="does not answer"):
        mpris.press(mpris.PREFIX + "stuck", "Pause")


def test_without_a_session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a desktop gets a sentence, not a traceback."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(SkillError, match="cannot reach"):
        mpris.players()
