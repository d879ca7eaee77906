"""The mixer of a real sound server."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pulsectl
import pytest

from assistant.errors import SkillError
from assistant.neighbours.mixer import Mixer

Play = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def mixer(pulse_server: str) -> Mixer:
    return Mixer(pulse_server)


@pytest.fixture
def pulse(pulse_server: str) -> Iterator[pulsectl.Pulse]:
    with pulsectl.Pulse("tester", server=pulse_server) as client:
        yield client


def streams(pulse: pulsectl.Pulse, count: int) -> list[pulsectl.PulseSinkInputInfo]:
    """Waits until ``count`` players are heard."""
    for _ in range(500):
        found = pulse.sink_input_list()
        if len(found) == count:
            return list(found)
        pulse.event_mask_set("sink_input")
        pulse.event_callback_set(lambda event: None)
        pulse.event_listen(timeout=0.02)
    raise AssertionError(f"{len(found)} players, expected {count}")


def test_set_change_and_mute(mixer: Mixer) -> None:
    """The default sink follows, within 0 and 100 percent, and being set unmutes it."""
    assert mixer.set_level(40).percent == 40
    assert mixer.change_level(15).percent == 55
    assert mixer.change_level(-80).percent == 0
    assert mixer.set_level(300).percent == 100
    assert mixer.set_muted(True).muted
    assert mixer.level().muted
    assert not mixer.set_level(30).muted


def test_a_ducked_player_comes_back(mixer: Mixer, pulse: pulsectl.Pulse, playing: Play) -> None:
    """Quieter while somebody speaks, as before afterwards, and the sink untouched."""
    mixer.set_level(70)
    playing()
    [stream] = streams(pulse, 1)
    before = stream.volume.value_flat
    ducked = mixer.duck(0.3)
    assert streams(pulse, 1)[0].volume.value_flat == pytest.approx(before * 0.3, abs=0.01)
    mixer.restore(ducked)
    assert streams(pulse, 1)[0].volume.value_flat == pytest.approx(before, abs=0.01)
    assert mixer.level().percent == 70


def test_what_the_user_sets_meanwhile_stands(
    mixer: Mixer, pulse: pulsectl.Pulse, playing: Play
) -> None:
    """Neither the player's own volume nor "set volume" is undone at the end of ducking."""
    playing()
    [stream] = streams(pulse, 1)
    ducked = mixer.duck(0.3)
    pulse.volume_set_all_chans(stream, 0.9)
    mixer.set_level(25)
    mixer.restore(ducked)
    assert streams(pulse, 1)[0].volume.value_flat == pytest.approx(0.9, abs=0.01)
    assert mixer.level().percent == 25


def test_a_player_that_ends_while_ducked(
    mixer: Mixer, pulse: pulsectl.Pulse, playing: Play
) -> None:
    """Streams that are gone are forgotten; the others are restored."""
    first = playing()
    streams(pulse, 1)
    playing()
    before = streams(pulse, 2)[1].volume.value_flat
    ducked = mixer.duck(0.3)
    first.kill()
    first.wait()
    streams(pulse, 1)
    mixer.restore(ducked)
    assert streams(pulse, 1)[0].volume.value_flat == pytest.approx(before, abs=0.01)


def test_our_own_voice_is_not_ducked(
    mixer: Mixer, pulse: pulsectl.Pulse, monkeypatch: pytest.MonkeyPatch, playing: Play
) -> None:
    """A stream of this very process is left alone."""
    process = playing()
    [stream] = streams(pulse, 1)
    before = stream.volume.value_flat
    monkeypatch.setattr(os, "getpid", lambda: process.pid)
    assert mixer.duck(0.3) == []
    assert streams(pulse, 1)[0].volume.value_flat == before


def test_no_sound_server(tmp_path: Path) -> None:
    """A sentence, at once."""
    mixer = Mixer(f"unix:{tmp_path}/none")
    with pytest.raises(SkillError, match="cannot reach the sound mixer"):
        mixer.level()


def test_a_sound_server_that_hangs(pulse_server: str, mixer: Mixer) -> None:
    """It costs the time limit once; when it answers again, so does the mixer."""
    process = _server_process(pulse_server)
    os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(SkillError):
            mixer.level()
    finally:
        os.kill(process, signal.SIGCONT)
    for _ in range(500):
        try:
            assert mixer.level().percent >= 0
            return
        except SkillError:
            time.sleep(0.01)
    raise AssertionError("the mixer did not come back")


def _server_process(pulse_server: str) -> int:
    """The process that runs with this server's socket on its command line."""
    socket_path = pulse_server.removeprefix("unix:")
    for folder in Path("/proc").glob("[0-9]*"):
        command = (folder / "cmdline").read_bytes() if (folder / "cmdline").exists() else b""
        if command.startswith(b"pulseaudio") and socket_path.encode() in command:
            return int(folder.name)
    raise AssertionError("no sound server")
