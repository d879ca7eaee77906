"""Media keys through a real session bus and real players."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.config import Settings
from assistant.errors import SkillError
from assistant.neighbours import mpris
from assistant.skills.api import Call, Surroundings
from assistant.skills.media import Media

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


def test_the_skill_pauses_and_goes_on(start: Start, tmp_path: Path) -> None:
    """What we paused is what goes on, though another player is there."""
    start("music", "Playing")
    start("aaa", "Paused")
    media = Media(Surroundings(Settings(), tmp_path, lambda: datetime.now(UTC), list, str))
    call = Call("", {}, "")
    assert media.playing(call).facts == {"title": "First Song", "artist": "The Testers"}
    assert media.pause(call).variant == "done"
    assert media.pause(call).variant == "nothing"
    assert media.playing(call).variant == "nothing"
    assert media.play(call).variant == "done"
    assert media.play(call).variant == "already"
    media.next(call)
    assert media.playing(call).facts["title"] == "Second Song"
    assert [one.status for one in mpris.players()] == ["Playing", "Paused"]
    assert media.stop(call).variant == "done"


def test_the_skill_without_a_player(session_bus: str, tmp_path: Path) -> None:
    """A plain sentence."""
    media = Media(Surroundings(Settings(), tmp_path, lambda: datetime.now(UTC), list, str))
    for action in (media.play, media.pause, media.next, media.previous, media.playing):
        with pytest.raises(SkillError, match="No music player is running"):
            action(Call("", {}, ""))


def test_without_a_session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a desktop gets a sentence, not a traceback."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(SkillError, match="cannot reach"):
        mpris.players()
