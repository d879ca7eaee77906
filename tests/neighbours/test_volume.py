"""The volume skill on a real sound server: commands, and players ducked while listening."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pulsectl
import pytest

from assistant.config import Hearing, Settings
from assistant.errors import SkillError
from assistant.messages import Final, Message, Partial, SpeechBegan, Tick
from assistant.neighbours.mixer import Mixer
from assistant.skills.api import Call, Slot, Surroundings
from assistant.skills.volume import DUCK_FACTOR, LONGEST_DUCK_S, Volume

Play = Callable[[], "subprocess.Popen[bytes]"]


def surroundings(state: Path, wake: str = "okay_nabu") -> Surroundings:
    settings = Settings(hearing=Hearing(wake=wake))
    return Surroundings(settings, state, lambda: datetime.now(UTC), list, str)


def call(**values: object) -> Call:
    return Call("", {n: Slot(value=v, text=str(v)) for n, v in values.items()}, "")


@pytest.fixture
def volume(pulse_server: str, tmp_path: Path) -> Iterator[Volume]:
    skill = Volume(surroundings(tmp_path), Mixer(pulse_server))
    yield skill
    skill.close()


@pytest.fixture
def music(pulse_server: str, playing: Play) -> Iterator[Callable[[], float]]:
    """A player, and its level: 1 is as it was at first."""
    playing()
    with pulsectl.Pulse("tester", server=pulse_server) as pulse:
        while not pulse.sink_input_list():
            pulse.event_mask_set("sink_input")
            pulse.event_callback_set(lambda event: None)
            pulse.event_listen(timeout=0.02)
        first = pulse.sink_input_list()[0].volume.value_flat
        yield lambda: pulse.sink_input_list()[0].volume.value_flat / first


def test_commands(volume: Volume) -> None:
    """Set in percent or in tenths, up, down, told; silence is not announced."""
    assert volume.set(call(percent=40)).facts == {"percent": 40}
    assert volume.set(call(level="5")).facts == {"percent": 50}
    assert volume.up(call()).facts == {"percent": 60}
    assert volume.down(call(percent=25)).facts == {"percent": 35}
    assert volume.mute(call()).text == ""
    assert volume.level(call()).variant == "muted"
    assert volume.unmute(call()).variant == "level"


def hear(volume: Volume, *messages: Message) -> None:
    for message in messages:
        assert list(volume.receive(message)) == []


def test_ducked_while_listening(volume: Volume, music: Callable[[], float]) -> None:
    """From the first words to the last, however many partial results there are."""
    hear(volume, Partial(text="set"), Partial(text="set a"))
    assert music() == pytest.approx(DUCK_FACTOR, abs=0.02)
    hear(volume, Final(text="set a timer"))
    assert music() == pytest.approx(1, abs=0.02)


def test_set_volume_is_not_undone(volume: Volume, music: Callable[[], float]) -> None:
    """The end of listening comes before the command acts, and touches no sink."""
    volume.set(call(percent=80))
    hear(volume, SpeechBegan(wake="okay_nabu"), Final(text="volume three"))
    volume.set(call(level="3"))
    hear(volume, Tick(at=1.0, wall=1.0), Tick(at=99.0, wall=99.0))
    assert volume.level(call()).facts == {"percent": 30}


def test_an_utterance_that_never_ends(volume: Volume, music: Callable[[], float]) -> None:
    """Whatever gets lost, the music comes back."""
    hear(volume, SpeechBegan(wake="okay_nabu"), Tick(at=100.0, wall=0.0))
    assert music() == pytest.approx(DUCK_FACTOR, abs=0.02)
    hear(volume, Tick(at=101.0 + LONGEST_DUCK_S, wall=0.0))
    assert music() == pytest.approx(1, abs=0.02)


def test_a_crash_while_ducked(
    pulse_server: str, tmp_path: Path, music: Callable[[], float]
) -> None:
    """The next start brings back what the last one left quiet."""
    hear(Volume(surroundings(tmp_path), Mixer(pulse_server)), SpeechBegan(wake="okay_nabu"))
    assert music() == pytest.approx(DUCK_FACTOR, abs=0.02)
    Volume(surroundings(tmp_path), Mixer(pulse_server))
    assert music() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("wake", "text", "ducks"),
    [("none", "la la la", False), ("phrase", "la la la", False), ("phrase", "computer set", True)],
)
def test_music_that_sings_does_not_duck_itself(
    pulse_server: str,
    tmp_path: Path,
    music: Callable[[], float],
    wake: str,
    text: str,
    ducks: bool,
) -> None:
    """Without a wake word only an utterance that begins with the phrase counts as for us."""
    volume = Volume(surroundings(tmp_path, wake), Mixer(pulse_server))
    hear(volume, SpeechBegan(), Partial(text=text))
    assert (music() < 0.9) is ducks
    volume.close()


def test_no_mixer(tmp_path: Path) -> None:
    """A command gets a sentence; listening goes on without a word."""
    volume = Volume(surroundings(tmp_path), Mixer(f"unix:{tmp_path}/none"))
    with pytest.raises(SkillError, match="mixer"):
        volume.up(call())
    hear(volume, SpeechBegan(wake="okay_nabu"), Final(text=""))
