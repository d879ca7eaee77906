"""Daemons of toy stages, in this process or as the real command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import messages as m
from assistant.bus import Tap
from assistant.config import Settings
from assistant.daemon import Daemon

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy stages can be imported, here and in processes."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{ROOT}")


class Running:
    """A daemon with its tap, and all events so far."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.log: list[str] = []
        self.events: list[m.Event] = []
        self._tap: Tap = daemon.tap()

    def ask(self, command: str, /, **arguments: object) -> m.Reply:
        return self.daemon.ask(command, **arguments)

    def say(self, text: str) -> str:
        """Type a command; its utterance."""
        reply = self.ask("send", text=text)
        assert reply.ok, reply.error
        return str(reply.facts["utterance"])

    def wait(self, kind: str, /, timeout_s: float = 10.0, **facts: object) -> m.Event:
        """The next event of ``kind`` with these facts."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            event = self._tap.next(left)
            if event is None:
                break
            self.events.append(event)
            if event.kind == kind and facts.items() <= event.facts.items():
                return event
        seen = [(e.kind, e.stage, e.facts) for e in self.events if e.kind != "arrived"][-10:]
        raise AssertionError(f"no {kind} {facts} within {timeout_s} s, but {seen}")

    def quiet(self, seconds: float) -> list[m.Event]:
        """What comes in so many seconds."""
        found = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if (event := self._tap.next(left)) is not None:
                found.append(event)
        self.events += found
        return found


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start ``toy_stages:TABLE`` (or another), wait until it is ready, stop it at the end."""
    running: list[Running] = []

    def run(table: str = "TABLE", ready: bool = True, **sections: dict[str, Any]) -> Running:
        lines: list[str] = []
        settings = Settings.model_validate(sections)
        pipeline = f"toy_stages:{table}"
        made = Running(Daemon(settings, pipeline=pipeline, private=True, log=lines.append))
        made.log = lines
        running.append(made)
        made.daemon.start()
        if ready:
            made.daemon.wait_ready(20)
        return made

    yield run
    for made in running:
        made.daemon.stop()


class Process:
    """``assistant run`` as a person or systemd starts it, with toy stages."""

    def __init__(self, config: Path, environment: dict[str, str]) -> None:
        self.config = config
        argv = [sys.executable, "-m", "assistant", "run", "--config", str(config)]
        argv += ["--pipeline", "toy_stages:TABLE"]
        self._errors = config.with_suffix(".log").open("w+b")
        self.popen = subprocess.Popen(
            argv, stderr=self._errors, env=os.environ | environment, process_group=0
        )

    @property
    def log(self) -> str:
        """Standard error so far."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def wait_for(self, text: str, timeout_s: float = 20.0, count: int = 1) -> None:
        """Until the log has ``text`` so often."""
        deadline = time.monotonic() + timeout_s
        while self.log.count(text) < count:
            assert time.monotonic() < deadline, f"no {text!r} in: {self.log}"
            time.sleep(0.02)

    def client(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A client's command to it."""
        argv = [sys.executable, "-m", "assistant", *words, "--config", str(self.config)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=30)

    def ends(self, timeout_s: float = 20.0) -> int:
        """Its exit code."""
        return self.popen.wait(timeout_s)

    def end(self) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        self._errors.close()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start the command with toy stages and these sections of the configuration."""
    processes: list[Process] = []

    def run(environment: dict[str, str] | None = None, **sections: str) -> Process:
        config = tmp_path / f"{len(processes)}.toml"
        sections = {"bus": ""} | sections
        bus = f'folder = "{tmp_path / "run"}"\n' + sections.pop("bus")
        text = "".join(f"[{name}]\n{body}\n" for name, body in sections.items())
        config.write_text(f"[bus]\n{bus}\n{text}", encoding="utf-8")
        processes.append(Process(config, environment or {}))
        return processes[-1]

    yield run
    for process in processes:
        process.end()
