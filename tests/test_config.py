"""Configuration: defaults are valid, every fault is told at once, the environment wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import read_settings
from assistant.errors import ConfigError

TEN_FAULTS = """
colour = "blue"
[capture]
ring_s = -1
device = true
microphone = "usb"
[hearing]
vad = "magic"
aggressiveness = 4
[recognition]
chunk_ms = 50
[voice]
speed = 9.0
[playback]
duck_db = 3.0
[pipeline]
voice = "cloud"
"""


def read(text: str, tmp_path: Path, environment: dict[str, str] | None = None) -> object:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_settings(path, environment or {})


def test_ten_faults_are_told_at_once(tmp_path: Path) -> None:
    """Each fault has its key, its value and what was expected, on a line of its own."""
    with pytest.raises(ConfigError) as caught:
        read(TEN_FAULTS, tmp_path)
    assert len(caught.value.faults) == 10
    told = "\n".join(caught.value.faults)
    for part in (
        "colour: unknown key",
        "capture.ring_s = -1",
        "capture.device = True: expected text",
        "capture.microphone: unknown key; known are source, device",
        "hearing.vad = 'magic': expected 'webrtc' or 'silero'",
        "hearing.aggressiveness = 4: expected 3 or less",
        "recognition.chunk_ms = 50: expected a multiple of 40",
        "voice.speed = 9.0",
        "playback.duck_db = 3.0",
        "pipeline.voice = 'cloud': expected thread, process or tcp://host:port",
    ):
        assert part in told


def test_the_environment_wins_and_is_named(tmp_path: Path) -> None:
    """An override takes precedence over the file, and a fault in it names the variable."""
    settings = read_settings(None, {"ASSISTANT__CAPTURE__DEVICE": "usb", "HOME": str(tmp_path)})
    assert settings.capture.device == "usb"
    with pytest.raises(ConfigError, match=r"ASSISTANT__VOICE__SPEED: voice.speed = 9"):
        read_settings(None, {"ASSISTANT__VOICE__SPEED": "9"})


def test_dotted_overrides_of_commands_win_over_all(tmp_path: Path) -> None:
    """What a command asks for goes over file and environment."""
    environment = {"ASSISTANT__CAPTURE__PACE": "2"}
    settings = read_settings(None, environment, {"capture.pace": 0.0})
    assert settings.capture.pace == 0.0


@pytest.mark.parametrize(
    ("text", "part"),
    [("[capture", "not valid TOML"), ("\x00", "not valid TOML"), (None, "cannot be read")],
)
def test_an_unreadable_file_is_one_line(text: str | None, part: str, tmp_path: Path) -> None:
    """Broken or missing files give one sentence that names the file."""
    path = tmp_path / "config.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=part) as caught:
        read_settings(path, {})
    assert len(caught.value.faults) == 1
    assert str(path) in caught.value.faults[0]
