"""``assistant run``: the daemon in the foreground; ``stage``: one of its processes."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.commands.options import config_option, settings_of

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.daemon import Daemon

REEXEC = "ASSISTANT_STARTED_ANEW_AT"
"""Environment: monotonic time at which the daemon replaced itself because a thread hung."""
LOOK_S = 1.0


@click.command()
@config_option
@click.option("--stages", help="Only these, comma separated; the others run on other machines.")
@click.option("--show", is_flag=True, help="Show what is heard, understood and answered.")
@click.option("--or-demo", is_flag=True, help="Without a microphone, demonstrate instead.")
@click.option("--pipeline", default=None, hidden=True, help="module:name of another table.")
def run(
    config: Path | None, stages: str | None, show: bool, or_demo: bool, pipeline: str | None
) -> None:
    """Listen, understand, act and answer until stopped.

    \b
    Example:
      assistant run
      assistant run --config kitchen.toml --stages capture,playback
    """
    from assistant.daemon import PIPELINE, Daemon

    settings = settings_of(config)
    if or_demo and not has_microphone(settings):
        demonstrate(config)
        return
    names = [name.strip() for name in stages.split(",")] if stages is not None else None
    table = pipeline or PIPELINE
    told = Log()
    daemon = Daemon(settings, names, table, log=told, reread=lambda: settings_of(config))
    with signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as pending:
        try:
            daemon.start()
            if show:
                watch(daemon)
            while daemon.outcome is None:
                for number in pending():
                    if number == signal.SIGHUP:
                        daemon.ask("reload")
                    else:
                        daemon.ask("shutdown")
        finally:
            outcome = daemon.stop()
    if outcome.line and outcome.line != told.last:
        log(outcome.line)
    if outcome.again:
        start_anew(settings.bus.restart_window_s)
    leave(outcome.code)


def has_microphone(settings: Settings) -> bool:
    """The configured source is there: a microphone, or whatever serves as one."""
    from assistant.commands.devices import list_devices

    if settings.capture.source != "microphone":
        return True
    return any(device["inputs"] for device in list_devices(settings))


def demonstrate(config: Path | None) -> None:
    """What there is to show without a microphone."""
    from assistant.commands.demo import show

    log("no microphone found: this is the demonstration (see `assistant devices`)")
    show(config, Path("assistant-demo"))


def watch(daemon: Daemon) -> None:
    """Show the events of ``daemon`` on the terminal until it ends."""
    from rich.console import Console

    from assistant.bus import Tap, client_address
    from assistant.commands.live import LiveView

    view = LiveView(Console())

    def follow() -> None:
        with Tap(client_address(daemon.settings.runtime_folder, "tap")) as tap:
            while daemon.outcome is None:
                if (event := tap.next(LOOK_S)) is not None:
                    view.show(event)
        view.close()

    threading.Thread(target=follow, name="view", daemon=True).start()


@click.command(hidden=True)
@click.argument("name")
@click.option("--brief", type=int, required=True, help="Descriptor to read the brief from.")
def stage(name: str, brief: int) -> None:
    """One stage of a daemon, in a process of its own."""
    from assistant.children import be_stage

    with os.fdopen(brief, "rb") as file:
        facts = json.load(file)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor ends us, in its order
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals(signal.SIGTERM) as pending:
        be_stage(name, facts, stopped=lambda: bool(pending(0.0)))


def log(line: str) -> None:
    """One line for a person, on standard error; lost where there is no room or reader for it."""
    with suppress(OSError):
        print(f"assistant: {line}", file=sys.stderr, flush=True)


class Log:
    """The daemon's; knows what it has said last."""

    last = ""

    def __call__(self, line: str) -> None:
        """One line."""
        self.last = line
        log(line)


@contextmanager
def signals(*numbers: signal.Signals) -> Iterator[Pending]:
    """Collect these signals instead of being ended by them."""
    pending = Pending()
    before = {number: signal.signal(number, pending.note) for number in numbers}
    wake_before = signal.set_wakeup_fd(pending.write)
    try:
        yield pending
    finally:
        signal.set_wakeup_fd(wake_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        pending.close()


class Pending:
    """Signals that came; the handler only notes them."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        os.set_blocking(self.write, False)

    def note(self, number: int, frame: object) -> None:
        """The handler."""
        self._numbers.append(number)

    def __call__(self, timeout_s: float = LOOK_S) -> list[int]:
        """What came, after at most ``timeout_s``."""
        if select.select([self.read], [], [], timeout_s)[0]:
            os.read(self.read, 4096)
        numbers, self._numbers = self._numbers, []
        return numbers

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self.read)
        os.close(self.write)


def start_anew(window_s: float) -> None:
    """Replace this process by a fresh one, once within ``window_s``; state is on disk."""
    last, now = float(os.environ.get(REEXEC, "-inf")), time.monotonic()
    if now - last < window_s:
        log(f"started anew less than {window_s:g} s ago; giving up")
        return
    os.environ[REEXEC] = str(now)
    sys.stderr.flush()
    os.execv(sys.executable, sys.orig_argv)


def leave(code: int) -> None:
    """End at once, also where a thread hangs."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
