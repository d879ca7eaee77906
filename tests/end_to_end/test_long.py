"""The daemon for long: nothing lost, nothing grown. ``ASSISTANT_LONG=1``: longer still."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soxr

from .audio_server import MICROPHONE, AudioServer
from .conversation import COMMAND, INTENT, VOICE_HZ, Process, speech, write_config, write_speech
from .driving import numbered, places
from .live import living
from .witness_stages import PATH

HERE = Path(__file__).parent
LONG = os.environ.get("ASSISTANT_LONG", "") not in ("", "0")
UTTERANCES, WARM_UP = (1_000, 100) if LONG else (30, 10)
GROWTH_MB = 5.0
SECONDS = 600 if LONG else 10
EACH_S = 30.0


@pytest.mark.slow
@pytest.mark.timeout(60 + 3 * UTTERANCES)
def test_many_utterances_in_a_row(tmp_path: Path) -> None:
    """Every one is understood and answered, and the memory they need is that of the first ones."""
    recording = write_speech(tmp_path / "one.wav", COMMAND)
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(UTTERANCES):
        (folder / f"{number:04}.wav").symlink_to(recording)
    config = write_config(tmp_path, capture={"source": str(folder), "pace": 0.0, "gap_s": 0.6})
    process = Process(config)
    try:
        watch = process.watch()
        for _ in range(WARM_UP):
            watch.wait("end of input", EACH_S)
        warm = process.ask("status")["rss_mb"]
        for _ in range(UTTERANCES - WARM_UP):
            watch.wait("end of input", EACH_S)
        grown = process.ask("status")["rss_mb"] - warm
    finally:
        assert process.end() == 0, process.log
    understood = [e for e in watch.told("intent") if e.facts["intent"] == INTENT]
    spoken = [e for e in watch.told("spoken") if e.facts["outcome"] == "played"]
    assert (len(watch.records), len(understood), len(spoken)) == (UTTERANCES,) * 3
    assert not watch.told("error") and not watch.told("dropped")
    assert grown < GROWTH_MB


@pytest.mark.slow
@pytest.mark.timeout(120 + 3 * SECONDS)
def test_no_sample_is_lost_or_doubled(audio_server: AudioServer, tmp_path: Path) -> None:
    """From the microphone to the ear, every stage a thread and the recogniser at work: what a
    second listener has recorded is what the ear was given."""
    heard = tmp_path / "heard.raw"
    environment = {PATH: str(heard), "PYTHONPATH": str(HERE)}
    with living(audio_server, tmp_path, environment, "witness_stages:TABLE") as live:
        witness = audio_server.recorder(MICROPHONE, latency_ms=200)
        player = audio_server.play_samples(talk(SECONDS), 16_000)
        live.watch.during(SECONDS + 2)
        given = witness.stop()
    assert player.wait(10) == 0
    assert live.watch.told("partial"), "the recogniser is at work"
    for kind in ("gap", "dropped", "xrun", "device lost"):
        faults = [e for e in live.watch.told(kind) if e.stage != "playback"]
        assert not faults, [(e.stage, e.kind, e.facts) for e in faults]
    where = places(np.fromfile(heard, np.int16), given)
    assert len(where) > (SECONDS - 1.5) * 4, "most of the signal is recognised"
    assert np.ptp(where) <= 1, "samples were lost or doubled"


def talk(seconds: float) -> np.ndarray:
    """Someone who never stops, in a noise that is everywhere different; 16 kHz."""
    count = round(seconds * 16_000)
    voice = soxr.resample(speech(f"{COMMAND} and ").astype(np.float32), VOICE_HZ, 16_000)
    said = np.resize(voice / np.abs(voice).max(), count)
    return (8_000 * said + 0.2 * numbered(seconds, seed=5)).astype(np.int16)
