"""``assistant devices`` and ``assistant doctor`` as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .audio_server import MICROPHONE, SPEAKER, AudioServer

WANTED = {"ASSISTANT__CAPTURE__DEVICE": "bench_mic", "ASSISTANT__PLAYBACK__DEVICE": "bench_speak"}


def assistant(server: AudioServer, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Exit code, output and complaints of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        env={**server.environment, **WANTED, **more},
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def checks(output: str) -> dict[str, dict[str, Any]]:
    """The doctor's findings by name."""
    found = [json.loads(line) for line in output.splitlines()]
    return {finding["check"]: finding for finding in found}


def test_devices_are_listed_with_their_use(audio_server: AudioServer) -> None:
    """Which there are, and which the configuration picks."""
    code, output, _ = assistant(audio_server, "devices", "--json")
    found = {facts["name"]: facts for facts in map(json.loads, output.splitlines())}
    assert code == 0
    assert found[MICROPHONE]["chosen"] == ["input"]
    assert found[SPEAKER]["chosen"] == ["output"]
    assert found["default"]["default"] == ["input", "output"]
    code, output, _ = assistant(audio_server, "devices")
    assert code == 0
    assert MICROPHONE[:8] in output


def test_a_device_that_is_not_there_is_told(audio_server: AudioServer) -> None:
    """The list, and beside it that the configured one is not in it."""
    more = {"ASSISTANT__CAPTURE__DEVICE": "webcam"}
    code, _, complaints = assistant(audio_server, "devices", **more)
    assert code == 0
    assert "capture.device = 'webcam': none of these" in complaints


def test_the_doctor_proves_the_sound_chain(audio_server: AudioServer) -> None:
    """Speaker and microphone joined: every chirp is heard, and measured."""
    with audio_server.loop():
        _, output, _ = assistant(audio_server, "doctor", "--json")
    found = checks(output)
    assert found["sound chain"]["state"] == "ok", found
    assert 10 < float(found["loop-back delay"]["what"].split()[0]) < 3000, found
    assert found["clipping"]["what"] == "none"
    assert found["rates"]["what"] == "microphone 44100 Hz, speaker 44100 Hz"


def test_the_doctor_says_what_is_wrong(audio_server: AudioServer) -> None:
    """Nothing joins speaker and microphone: failed, with a remedy, and exit code 1."""
    code, output, _ = assistant(audio_server, "doctor", "--json")
    chain = checks(output)["sound chain"]
    assert code == 1
    assert chain["state"] == "fail"
    assert "0 of 4 chirps" in chain["what"]
    assert chain["remedy"]


def test_faults_of_the_configuration_are_findings(
    audio_server: AudioServer, tmp_path: Path
) -> None:
    """All of them, not the first alone."""
    config = tmp_path / "config.toml"
    config.write_text("[capture]\npace = -1\nnoise = 3\n", encoding="utf-8")
    code, output, _ = assistant(audio_server, "doctor", "--json", "--config", str(config))
    assert code == 1
    assert output.count('"configuration"') == 2
