"""Protects supervision: stages that die, hang or never start, and the end of the daemon."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.config import Settings
from assistant.control import rss_mb
from assistant.daemon import Daemon
from assistant.errors import AssistantError, BusError
from assistant.tracefolder import read_record

Start = Callable[..., Any]
PROCESSES = {"understanding": "process", "playback": "process"}
IMPATIENT = {"beat_s": 0.1, "patience_beats": 20}


def pid_of(running: Any, stage: str) -> int:
    found: int = running.ask("status").facts["stages"][stage]["pid"]
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_process_that_dies_or_hangs_is_replaced(start: Start, how: signal.Signals) -> None:
    """Killed with -9, or stopped so that it never answers: the next command is understood."""
    running = start(pipeline=PROCESSES, bus=IMPATIENT)
    old = pid_of(running, "understanding")
    running.wait("arrived")
    os.kill(old, how)
    running.wait("error")
    running.wait("stage", name="understanding", state="ready")
    running.say("hello")
    running.wait("arrived", text="hello")
    status = running.ask("status").facts["stages"]["understanding"]
    assert status["restarts"] == 1
    assert status["pid"] != old
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)


def test_a_neighbour_goes_on_while_a_process_is_replaced(start: Start) -> None:
    """Frames of the time without the stage wait up to their bound; what is dropped is counted."""
    running = start(pipeline=PROCESSES, bus=IMPATIENT)
    running.wait("arrived")
    os.kill(pid_of(running, "understanding"), signal.SIGKILL)
    running.wait("stage", name="understanding", state="ready")
    running.quiet(0.5)
    samples = [e.sample for e in running.events if e.kind == "arrived"]
    assert samples == sorted(set(samples)), "nothing is doubled or out of order"
    assert len(samples) > 20


def test_muted_stays_muted_through_a_restart(start: Start) -> None:
    """A microphone's process that is replaced does not listen to a muted room."""
    running = start(pipeline={"capture": "process"}, bus=IMPATIENT)
    running.wait("arrived")
    running.ask("mute")
    running.wait("muted", on=True)
    running.quiet(0.3)
    os.kill(pid_of(running, "capture"), signal.SIGKILL)
    running.wait("stage", name="capture", state="ready")
    assert [e for e in running.quiet(0.5) if e.kind == "arrived"] == []
    running.ask("unmute")
    running.wait("arrived")


def test_a_budget_spent_ends_the_daemon_with_a_sentence(start: Start) -> None:
    """A stage that fails again and again: exit code 1, and which stage, how often and why."""
    running = start(ready=False, voice={"name": "always broken"}, bus={"restarts": 2})
    outcome = running.daemon.wait(20)
    assert outcome.code == 1
    assert outcome.line.startswith("understanding failed 3 times within 60 s, last: ValueError")
    with pytest.raises(AssistantError, match="failed 3 times"):
        running.daemon.wait_ready(1)


def test_what_cannot_get_better_ends_the_daemon_at_once(start: Start) -> None:
    """A wrong model at the start is not tried five times: exit code 2 with its sentence."""
    for placement in ("thread", "process"):
        running = start(
            ready=False, voice={"name": "wrong model"}, pipeline={"understanding": placement}
        )
        outcome = running.daemon.wait(20)
        assert outcome.code == 2
        assert outcome.line == "understanding: weights.onnx: hash is wrong; get it again"


def test_a_thread_that_hangs_ends_the_daemon_to_be_started_anew(start: Start) -> None:
    """A thread cannot be killed; the outcome says that a new process is wanted."""
    running = start(bus=IMPATIENT | {"stop_s": 0.3})
    running.say("hang")
    outcome = running.daemon.wait(20)
    assert outcome.again
    assert "understanding hangs" in outcome.line


@pytest.mark.parametrize("placements", [{}, PROCESSES], ids=["threads", "processes"])
def test_the_end_comes_in_order_and_in_time(start: Start, placements: dict[str, str]) -> None:
    """The microphone stops first, the speaker last, all within two seconds."""
    running = start(pipeline=placements)
    running.wait("arrived")
    begin = time.monotonic()
    running.ask("shutdown")
    for name in ("capture", "understanding", "playback"):
        running.wait("stage", name=name, state="stopped")
    assert running.daemon.wait(5).code == 0
    assert time.monotonic() - begin < 2


def test_a_second_daemon_on_the_same_sockets_is_refused(tmp_path: Any) -> None:
    """One clear line; the first one goes on."""
    settings = Settings.model_validate({"bus": {"folder": str(tmp_path)}})
    with Daemon(settings, pipeline="toy_stages:TABLE") as first:
        first.start()
        first.wait_ready(10)
        with (
            pytest.raises(BusError, match=f"runs here already \\(process {os.getpid()}\\)"),
            Daemon(settings, pipeline="toy_stages:TABLE") as second,
        ):
            second.start()
        assert first.ask("status").ok
    assert (tmp_path.stat().st_mode & 0o777) == 0o700


def test_settings_that_can_change_live_do(start: Start) -> None:
    """The stage concerned is made anew in place; keys that cannot change are told."""
    before = {"voice": {"name": "old"}, "mqtt": {"host": "a"}, "bus": {"stop_s": 2.0}}
    after = {"voice": {"name": "old"}, "mqtt": {"host": "b"}, "bus": {"stop_s": 1.0}}
    running = start(**before)
    supervisor = running.daemon._supervisor
    bus = supervisor.settings.bus.model_copy(update={"stop_s": 1.0})
    supervisor.reread = lambda: Settings.model_validate(after).model_copy(update={"bus": bus})
    reply = running.ask("reload")
    assert reply.facts["changed"] == ["mqtt.host"]
    assert reply.facts["remade"] == ["understanding"]
    assert reply.facts["next start"] == ["bus.stop_s"]
    assert "bus.stop_s has changed" in running.wait("error").facts["message"]
    running.wait("arrived", text="old")


def test_settings_a_stage_cannot_live_with_are_taken_back(start: Start) -> None:
    """A wrong model in a reload is an error event; the stage goes on with what it had."""
    running = start(voice={"name": "good"})
    running.wait("arrived", text="good")
    supervisor = running.daemon._supervisor
    bad = {"voice": {"name": "wrong model"}, "mqtt": {"host": "b"}}
    bus = supervisor.settings.bus
    supervisor.reread = lambda: Settings.model_validate(bad).model_copy(update={"bus": bus})
    running.ask("reload")
    assert "hash is wrong" in running.wait("error").facts["message"]
    running.wait("stage", name="understanding", state="ready")
    running.say("hello")
    running.wait("arrived", text="hello")
    running.quiet(0.3)
    assert running.events[-1].facts["text"] == "good"


def test_the_clock_set_back_an_hour_changes_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats, ticks and times of events come from the monotonic clock alone."""
    running = start(bus=IMPATIENT)
    before = running.wait("arrived")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    after = [running.wait("arrived") for _ in range(60)]
    assert after[-1].at > before.at
    assert [e.kind for e in running.events if e.kind in {"error", "dropped"}] == []
    assert running.ask("status").facts["uptime_s"] >= 1


def test_status_knows_stages_and_memory(start: Start) -> None:
    """What ``assistant status`` shows."""
    running = start(pipeline=PROCESSES)
    facts = running.ask("status").facts
    assert facts["ready"] and not facts["muted"]
    own = rss_mb(os.getpid())
    assert own * 0.9 < facts["rss_mb"] < own + 500
    assert set(facts["stages"]) == {"capture", "understanding", "playback"}
    assert {stage["state"] for stage in facts["stages"].values()} == {"ready"}


def test_requests_that_make_no_sense_are_refused(start: Start) -> None:
    """Unknown commands, empty and endless texts, unknown utterances: a sentence each."""
    running = start()
    for command, arguments in (
        ("dance", {}),
        ("send", {"text": " "}),
        ("send", {"text": "x" * 5000}),
        ("send", {"text": 5}),
        ("trace", {"id": "unknown"}),
    ):
        reply = running.ask(command, **arguments)
        assert not reply.ok and reply.error


def test_words_are_written_to_disk_only_where_asked_for(start: Start, tmp_path: Path) -> None:
    """With ``trace.folder`` each utterance is a file; what cannot be written is told once."""
    running = start(trace={"folder": str(tmp_path / "traces")})
    utterance = running.say("hello")
    running.wait("arrived", text="hello")
    assert running.ask("trace").facts["text"] == "hello"
    assert running.ask("trace", id=utterance).facts["id"] == utterance
    assert read_record(tmp_path / "traces", utterance)["text"] == "hello"
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    running = start(trace={"folder": str(blocked)})
    for text in ("one", "two"):
        running.say(text)
        running.wait("final", text=text)
    running.quiet(0.3)
    assert sum(e.kind == "error" for e in running.events) == 1
