"""The daemon when its parts fail while someone speaks: real processes, real threads."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import messages as m
from assistant.bus import Tap, client_address

from .conversation import COMMAND, INTENT, VOICE_HZ, Process, speech, write_config, write_speech
from .faulty_stages import FLOOD, FOLDER, NAMES, order

HERE = Path(__file__).parent
REPEATS, GAP_S = 200, 0.9
"""A person who asks the same every other second."""
FLOODS = 16
IMPATIENT = {"beat_s": 0.25, "patience_beats": 16}


def is_whole(began: int) -> bool:
    """An utterance that begins at ``began`` is not the rest of one."""
    cycle_s = len(speech()) / VOICE_HZ + GAP_S
    into_s = (began / 16_000 - GAP_S) % cycle_s
    return into_s < 0.05 or into_s > cycle_s - 0.4


class Patient:
    """A daemon with faulty stages, someone who talks to it, and what it tells."""

    def __init__(self, process: Process, folder: Path) -> None:
        self.process, self.folder = process, folder
        self.watch = process.watch()

    def amid_speech(self) -> None:
        """Someone has begun to speak."""
        self.watch.wait("began")
        self.watch.during(0.4)

    def is_well(self) -> None:
        """The next utterance is understood and answered aloud.

        If it is heard from its beginning and not over an answer, which would be half duplex.
        """
        began = self.watch.until(
            lambda e: e.kind == "began" and is_whole(e.sample) and not e.facts["stop_only"]
        )
        intent = self.watch.until(lambda e: e.kind == "intent" and e.utterance == began.utterance)
        assert intent.facts["intent"] == INTENT, str(intent.facts)
        self.watch.until(lambda e: e.kind == "spoken" and e.utterance == began.utterance)

    def recovers(self, stage: str) -> m.Event:
        """The fault is told, the stage becomes ready again, the daemon is well."""
        fault = self.watch.until(lambda e: e.kind == "error" and e.stage == stage)
        self.watch.wait("stage", name=stage, state="ready")
        self.is_well()
        return fault


def patient(folder: Path, **sections: Any) -> Patient:
    """Start one, with a recording that lasts for all its tests."""
    speech = write_speech(folder / "in.wav", *[COMMAND] * REPEATS, gap_s=GAP_S)
    config = write_config(folder, capture={"source": str(speech), "pace": 1.0}, **sections)
    orders = folder / "orders"
    orders.mkdir()
    environment = {FOLDER: str(orders), "PYTHONPATH": str(HERE)}
    process = Process(config, environment, "faulty_stages:TABLE")
    return Patient(process, orders)


@pytest.fixture(scope="module")
def threads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """All stages as threads of one process."""
    understanding = {"skills": ["clock", "timer", "translate", "talk"]}
    made = patient(tmp_path_factory.mktemp("threads"), understanding=understanding)
    yield made
    assert made.process.end() == 0, made.process.log


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """Every stage as a process."""
    pipeline = dict.fromkeys(NAMES, "process")
    made = patient(tmp_path_factory.mktemp("processes"), pipeline=pipeline, bus=IMPATIENT)
    yield made
    assert made.process.end() == 0, made.process.log


@pytest.mark.parametrize("stage", NAMES)
def test_a_thread_that_raises(threads: Patient, stage: str) -> None:
    """Told with its reason; the stage is made anew and the next utterance is understood."""
    threads.amid_speech()
    order(threads.folder, stage, "raise")
    if stage == "translation":  # nobody needs it for this
        threads.process.ask("send", text="translate good morning to spanish")
    fault = threads.recovers(stage)
    assert "as ordered" in fault.facts["message"]


@pytest.mark.parametrize("stage", NAMES)
def test_a_process_that_is_killed(processes: Patient, stage: str) -> None:
    """Killed with -9: told, replaced by another process, and the next utterance is understood."""
    processes.amid_speech()
    before = processes.process.pid_of(stage)
    os.kill(before, signal.SIGKILL)
    fault = processes.recovers(stage)
    assert "signal 9" in fault.facts["message"]
    assert processes.process.pid_of(stage) != before


@pytest.mark.parametrize("stage", ["hearing", "recognition"])
def test_a_process_that_hangs(processes: Patient, stage: str) -> None:
    """No sign of life: killed, replaced, and the next utterance is understood."""
    processes.amid_speech()
    order(processes.folder, stage, "hang")
    fault = processes.recovers(stage)
    assert "hangs" in fault.facts["message"]


def test_a_subscriber_that_never_reads(threads: Patient) -> None:
    """It misses events, and nobody else does; the daemon neither waits for it nor grows."""
    lazy = Tap(client_address(threads.process.folder, "tap"))
    assert lazy.joined(5)
    threads.is_well()
    before = threads.process.ask("status")["rss_mb"]
    for _ in range(FLOODS):
        order(threads.folder, "understanding", "flood")
        threads.watch.until(lambda e: e.kind == "flood" and e.sample == FLOOD - 1)
    assert len(threads.watch.told("flood")) == FLOODS * FLOOD, "who reads has everything"
    assert threads.process.ask("status")["rss_mb"] - before < 20
    read = 0
    while lazy.next(0.2) is not None:
        read += 1
    lazy.close()
    assert 0 < read < FLOODS * FLOOD
    threads.is_well()


def test_the_clock_set_back_an_hour(threads: Patient) -> None:
    """A timer that runs meanwhile rings when its time is over, and speech is understood."""
    threads.process.ask("send", text="set a timer for four seconds")
    set_at = threads.watch.until(lambda e: e.kind == "answer" and "4 seconds" in e.facts["text"]).at
    threads.watch.during(0.5)
    order(threads.folder, "clock", "-3600")
    rings = threads.watch.until(lambda e: e.kind == "answer" and "done" in e.facts["text"], 10)
    assert 3.5 < rings.at - set_at < 6
    threads.process.ask("send", text="stop")
    order(threads.folder, "clock", "0")
    threads.is_well()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Nothing can be written, not even the log: what is said says so, and the daemon lives on;
    when there is room again, what had to wait is kept."""
    source = write_speech(tmp_path / "in.wav", *[COMMAND] * REPEATS, gap_s=GAP_S)
    config = write_config(
        tmp_path,
        capture={"source": str(source), "pace": 1.0},
        understanding={"state": str(tmp_path / "state"), "skills": ["clock", "timer"]},
        playback={"file": str(tmp_path / "answers")},
    )
    process = Process(config)
    sick = Patient(process, tmp_path)
    try:
        sick.is_well()
        before = resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, (0, -1))
        process.ask("send", text="set a timer for one hour")
        sick.watch.until(lambda e: e.kind == "answer" and "cannot save" in e.facts["text"])
        sick.watch.until(lambda e: "cannot be written" in e.facts.get("message", ""))
        sick.is_well()
        resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, before)
        process.ask("send", text="set a timer for two hours")
        kept = sick.watch.until(lambda e: e.kind == "answer" and "2 hours" in e.facts["text"])
        spoken = sick.watch.wait("spoken", answer=kept.facts["answer"])
        assert Path(spoken.facts["file"]).stat().st_size > 1000
        assert (tmp_path / "state" / "timers.json").read_text().count('"number"') == 2
    finally:
        assert process.end() == 0, process.log


def test_a_daemon_killed_and_started_again(tmp_path: Path) -> None:
    """Killed with -9 it leaves nothing in the way of the next one, which rings the timer that was
    running."""
    source = write_speech(tmp_path / "in.wav", COMMAND, gap_s=1.0)
    understanding = {"state": str(tmp_path / "state"), "skills": ["timer"]}
    config = write_config(tmp_path, capture={"source": str(source)}, understanding=understanding)
    first = Patient(Process(config), tmp_path)
    first.process.wait_ready()
    first.process.ask("send", text="set a timer for three seconds")
    first.watch.until(lambda e: e.kind == "answer" and "3 seconds" in e.facts["text"])
    first.process.kill()
    second = Patient(Process(config), tmp_path)
    second.watch.until(lambda e: e.kind == "answer" and "done" in e.facts["text"])
    assert second.process.end() == 0, second.process.log
