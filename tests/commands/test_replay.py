"""An utterance that was kept can be run again, with the same and with another configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner

from assistant.commands.demo import play
from assistant.commands.live import LiveView
from assistant.commands.replay import replay
from assistant.config import read_settings
from assistant.demonstration import make_commands
from assistant.errors import UsageError


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A configuration that keeps utterances, and the id of one that was kept."""
    from rich.console import Console

    folder = tmp_path_factory.mktemp("replay")
    spoken = make_commands(folder)[0]
    config = folder / "config.toml"
    config.write_text(f'[trace]\nfolder = "{folder / "kept"}"\n')
    overrides = {
        "capture.source": str(spoken.path),
        "capture.pace": 0.0,
        "hearing.wake": "none",
        "playback.device": "none",
        "playback.pace": 0.0,
        "understanding.state": str(folder / "state"),
    }
    settings = read_settings(config, {}, overrides)
    (record,) = play(settings, LiveView(Console(quiet=True)), 1)
    assert record["intent"] == "Time"
    return config, record["id"]


def test_sound_and_record_are_kept_for_their_owner_alone(kept: tuple[Path, str]) -> None:
    """One WAV file and one JSON file an utterance, readable by nobody else."""
    config, utterance = kept
    folder = config.parent / "kept"
    sound, rate_hz = soundfile.read(folder / f"{utterance}.wav")
    assert rate_hz == 16_000
    assert 0.5 < len(sound) / rate_hz < 5
    assert json.loads((folder / f"{utterance}.json").read_text())["intent"] == "Time"
    assert [path.stat().st_mode & 0o77 for path in folder.iterdir()] == [0, 0]


def test_run_again_it_is_the_same(kept: tuple[Path, str]) -> None:
    """The same configuration gives the same words and the same command."""
    config, utterance = kept
    done = CliRunner().invoke(replay, [utterance, "--config", str(config), "--json"])
    facts = json.loads(done.output)
    assert not {"text", "intent", "slots"} & set(facts["differs"])
    assert facts["after"]["intent"] == "Time"


def test_another_configuration_shows_what_differs(kept: tuple[Path, str]) -> None:
    """Without the skills nothing can be understood, and that is what is shown."""
    config, utterance = kept
    done = CliRunner().invoke(replay, [utterance, "--config", str(config), "--no-skills"])
    assert "intent" in done.output.splitlines()[-1]


def test_what_was_not_kept_is_told(tmp_path: Path) -> None:
    """One sentence that names the key which keeps utterances."""
    done = CliRunner().invoke(replay, ["0badcafe-1"])
    assert isinstance(done.exception, UsageError)
    assert "trace.folder" in str(done.exception)
