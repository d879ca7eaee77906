"""The doctor's checks, and its measures on chirps that were bent on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.config import Settings, read_settings
from assistant.errors import AudioError
from assistant.health import checks, sound_chain
from assistant.health.findings import Finding, run_checks
from assistant.health.sound_chain import CHIRPS, EVERY_S, Recording, analyse, judge


def room(delay_s: float, gain: float, seed: int = 1) -> np.ndarray:  # type: ignore[type-arg]
    """What a microphone hears of the chirps, in a room with a little noise."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 20, 16_000 * 4)
    one = sound_chain.chirp(16_000)
    for number in range(CHIRPS):
        start = round((0.5 + delay_s + number * EVERY_S) * 16_000)
        sound[start : start + len(one)] += gain * one
    return np.clip(sound, -32768, 32767).astype(np.int16)


def findings(samples: np.ndarray) -> dict[str, Finding]:  # type: ignore[type-arg]
    """Judgement on a recording that began at 100 s; the chirps were given at 100.5 s."""
    return dict(judge(analyse(Recording(samples, 100.0, 100.5, 0), (44_100, 48_000))))


def test_delay_level_and_echo_are_measured() -> None:
    """Figures of a room that is known."""
    measured = analyse(Recording(room(0.08, 0.1), 100.0, 100.5, 0), (44_100, 48_000))
    assert measured.heard == CHIRPS
    assert measured.delay_ms == pytest.approx(80, abs=1)
    assert measured.echo_db == pytest.approx(-20, abs=0.5)
    assert measured.noise_db == pytest.approx(-64, abs=1)
    assert measured.shift_samples <= 1
    assert all(finding.state == "ok" for _, finding in judge(measured))


def test_lost_sound_is_noticed() -> None:
    """100 ms cut out between two chirps."""
    samples = np.delete(room(0.08, 0.1), np.s_[25_000:26_600])
    assert findings(samples)["dropouts"].state == "warn"


def test_clipping_is_noticed() -> None:
    """A microphone turned up too far."""
    found = findings(room(0.08, 4.0))
    assert found["clipping"].state == "warn"
    assert "lower" in found["level"].remedy


def test_a_deaf_microphone_fails_with_what_to_do() -> None:
    """Noise only, and zeros only: two different faults."""
    noise = findings(room(0.08, 0.0))["sound chain"]
    zeros = findings(np.zeros(64_000, dtype=np.int16))["sound chain"]
    assert noise.state == zeros.state == "fail"
    assert "speaker" in noise.remedy
    assert "microphone" in zeros.remedy


def test_a_check_that_raises_has_failed() -> None:
    """One broken check does not hide the others."""

    def broken(settings: Settings) -> Finding:
        raise AudioError("no microphone; plug one in")

    def lacking(settings: Settings) -> Finding:
        raise ImportError("No module named 'torch'", name="torch")

    found = dict(run_checks({"a": broken, "b": lacking, "c": checks.state_folder}, Settings()))
    assert found["a"] == Finding("fail", "no microphone", "plug one in")
    assert found["b"].what.startswith("torch cannot be imported")
    assert found["c"].state in {"ok", "fail"}


def test_folders_open_to_others_are_told(tmp_path: Path) -> None:
    """The sockets' folder is nobody else's business."""
    tmp_path.chmod(0o755)
    settings = read_settings(environment={}, overrides={"bus.folder": str(tmp_path)})
    assert checks.runtime_folder(settings).remedy == f"chmod 700 {tmp_path}"
    tmp_path.chmod(0o700)
    assert checks.runtime_folder(settings).state == "ok"


def test_files_in_the_devices_place_are_no_fault() -> None:
    """A machine without sound card runs on recordings."""
    wanted = {"capture.source": "x.wav", "playback.device": "none"}
    settings = read_settings(environment={}, overrides=wanted)
    assert checks.microphone(settings).state == checks.speaker(settings).state == "ok"
