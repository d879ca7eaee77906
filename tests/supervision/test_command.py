"""Protects ``assistant run`` as systemd and people use it: signals, exit codes, notification."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


class Manager:
    """The socket on which systemd would listen."""

    def __init__(self, path: Path) -> None:
        self.environment = {"NOTIFY_SOCKET": str(path)}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def wait_for(self, state: str, timeout_s: float = 20.0) -> dict[str, str]:
        """The first notification that has ``state``."""
        self._socket.settimeout(timeout_s)
        while True:
            lines = self._socket.recv(4096).decode().splitlines()
            if state in lines:
                return dict(line.split("=", 1) for line in lines)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


def test_a_service_manager_is_told_of_every_turn(command: Command, manager: Manager) -> None:
    """Ready once all stages are, alive in time, reloading and ready again, stopping; exit 0."""
    watchdog = {"WATCHDOG_USEC": "600000"}
    daemon = command(manager.environment | watchdog)
    ready = manager.wait_for("READY=1")
    assert int(ready["MAINPID"]) == daemon.popen.pid
    manager.wait_for("WATCHDOG=1")
    begin = time.monotonic()
    manager.wait_for("WATCHDOG=1")
    assert time.monotonic() - begin < 0.6
    daemon.popen.send_signal(signal.SIGHUP)
    assert "MONOTONIC_USEC" in manager.wait_for("RELOADING=1")
    manager.wait_for("READY=1")
    begin = time.monotonic()
    daemon.popen.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert daemon.ends() == 0
    assert time.monotonic() - begin < 2


def test_clients_talk_to_it_and_say_so_when_it_is_gone(command: Command) -> None:
    """status, mute, unmute, stop and send work in words and JSON; without a daemon: exit 1."""
    daemon = command()
    daemon.wait_for("ready after")
    status = json.loads(daemon.client("status", "--json").stdout)
    assert status["ready"] and set(status["stages"]) == {"capture", "understanding", "playback"}
    assert "understanding" in daemon.client("status").stdout
    assert json.loads(daemon.client("mute", "--json").stdout) == {"muted": True}
    assert daemon.client("unmute").stdout == "listening\n"
    assert daemon.client("stop").returncode == 0
    assert daemon.client("send", "hello", "there").stdout == "sent\n"
    second = daemon.client("run", "--pipeline", "toy_stages:TABLE")
    assert second.returncode == 2
    assert "runs here already" in second.stderr and second.stderr.count("\n") == 1
    daemon.popen.send_signal(signal.SIGINT)
    assert daemon.ends() == 0
    gone = daemon.client("status")
    assert gone.returncode == 1
    assert "no daemon runs" in gone.stderr and gone.stderr.count("\n") == 1


def test_a_thread_that_hangs_is_cured_by_a_fresh_process(command: Command) -> None:
    """The daemon replaces itself once, keeps its process id, and understands the next command."""
    impatient = "beat_s = 0.1\npatience_beats = 10\nstop_s = 0.5"
    daemon = command(bus=impatient)
    daemon.wait_for("ready after")
    daemon.client("send", "hang")
    daemon.wait_for("starts anew")
    daemon.wait_for("ready after", count=2)
    assert daemon.client("status").returncode == 0
    assert daemon.popen.poll() is None
    daemon.client("send", "hang")
    assert daemon.ends() == 1
    assert "giving up" in daemon.log


def test_processes_do_not_outlive_the_daemon(command: Command) -> None:
    """Killed with -9 it leaves no stage behind, and can be started again at once."""
    daemon = command(pipeline='understanding = "process"')
    daemon.wait_for("ready after")
    status = json.loads(daemon.client("status", "--json").stdout)
    child = status["stages"]["understanding"]["pid"]
    daemon.popen.kill()
    daemon.ends()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists():
        assert time.monotonic() < deadline, "the process lives on"
        time.sleep(0.05)
    again = command(pipeline='understanding = "process"')
    again.wait_for("ready after")


def test_a_terminal_s_interrupt_leaves_the_order_to_the_supervisor(command: Command) -> None:
    """Ctrl-C reaches every process of the terminal; none of them counts as crashed."""
    daemon = command(pipeline='understanding = "process"\nplayback = "process"')
    daemon.wait_for("ready after")
    os.killpg(daemon.popen.pid, signal.SIGINT)
    assert daemon.ends() == 0
    assert "ended by signal" not in daemon.log and "failed" not in daemon.log


def test_a_reload_with_faults_changes_nothing(command: Command) -> None:
    """Every fault is a line of the log, and the daemon lives on with what it had."""
    daemon = command()
    daemon.wait_for("ready after")
    good = daemon.config.read_text(encoding="utf-8")
    daemon.config.write_text(good + "[voice]\nspeed = 99\npitch = 99\n", encoding="utf-8")
    daemon.popen.send_signal(signal.SIGHUP)
    daemon.wait_for("voice.speed")
    daemon.wait_for("voice.pitch")
    assert daemon.popen.poll() is None
    daemon.config.write_text(good + '[voice]\nname = "other"\n', encoding="utf-8")
    daemon.popen.send_signal(signal.SIGHUP)
    daemon.wait_for("voice.name changed")
    assert daemon.client("status").returncode == 0


def test_the_log_never_has_what_was_said(command: Command) -> None:
    """Words go to the tap, not to the journal."""
    daemon = command()
    daemon.wait_for("ready after")
    daemon.client("send", "my secret appointment")
    daemon.client("send", "raise")
    daemon.wait_for("as told")
    assert "appointment" not in daemon.log


def test_events_are_shown_live_until_interrupted(command: Command) -> None:
    """One line an event, JSON where asked for; Ctrl-C ends it without a fault."""
    daemon = command()
    daemon.wait_for("ready after")
    argv = [sys.executable, "-m", "assistant", "events", "--json", "--kind", "final"]
    argv += ["--config", str(daemon.config)]
    # where the tests themselves run in the background, SIGINT comes ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as watcher:
        signal.signal(signal.SIGINT, before)
        assert watcher.stdout is not None
        deadline = time.monotonic() + 20
        while not select.select([watcher.stdout], [], [], 0)[0]:
            assert time.monotonic() < deadline, "no event"
            daemon.client("send", "hello")
        shown = json.loads(watcher.stdout.readline())
        assert (shown["kind"], shown["facts"]) == ("final", {"text": "hello"})
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(10) == 0
