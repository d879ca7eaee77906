"""The whole assistant as one object: what ``run``, ``demo``, ``listen`` and the tests start.

with Daemon(settings, private=True) as daemon, daemon.tap() as tap:
    daemon.start()
    for event in tap.until("end of input", timeout_s=60):
        ...
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from assistant.bus import Control, Places, Tap, new_context, prepare_folder
from assistant.children import keys_for, table_of
from assistant.config import Settings
from assistant.errors import AssistantError, BusError, sentence
from assistant.liveness import Outcome
from assistant.messages import Reply
from assistant.supervise import Supervisor

PIPELINE = "assistant.pipeline:PIPELINE"
LOCK = "lock"
READY_S = 90.0
JOIN_MARGIN_S = 5.0


class Daemon:
    """The stages, the bus and the supervisor in a thread of its own.

    Args:
        stages: those that run here; None: all that have no tcp address.
        pipeline: ``module:name`` of the table of stages.
        private: sockets in a folder of its own, so that it runs beside the user's daemon.
        log: takes one line for a person, from another thread.
        reread: reads the configuration again when a reload is asked for.

    Raises:
        ConfigError: stages that are unknown or cannot be reached.
        BusError: tcp without keys.
    """

    def __init__(
        self,
        settings: Settings,
        stages: Iterable[str] | None = None,
        pipeline: str = PIPELINE,
        private: bool = False,
        log: Callable[[str], None] = lambda line: None,
        reread: Callable[[], Settings] | None = None,
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="assistant-") if private else ""
        self.settings = _at(settings, self._folder) if private else settings
        self._places = Places(self.settings, table_of(self.settings, pipeline), stages)
        self._keys = keys_for(self.settings, self._places)
        self._pipeline = pipeline
        self._log = log
        self._reread = reread
        self._context = new_context()
        self._taps: list[Tap] = []
        self._lock = -1
        self._ready = threading.Event()
        self._over = threading.Event()
        self._supervisor: Supervisor | None = None
        self._thread: threading.Thread | None = None
        self.outcome: Outcome | None = None
        """How it ended; None while it runs."""

    def tap(self) -> Tap:
        """A subscription to all events; made before ``start`` it misses none.

        Used by the thread that calls this; closed with the daemon at the latest.
        """
        tap = Tap("inproc://tap", self._context)
        self._taps.append(tap)
        return tap

    def start(self) -> None:
        """Take the sockets and start the stages; does not wait for them.

        Raises:
            BusError: another daemon has the sockets, or the folder cannot be used.
        """
        folder = self.settings.runtime_folder
        prepare_folder(folder)
        self._lock = take_lock(folder)
        started: threading.Event = threading.Event()
        faults: list[BusError] = []
        self._thread = threading.Thread(
            target=self._run, args=(started, faults), name="assistant-supervisor", daemon=True
        )
        self._thread.start()
        started.wait()
        if faults:
            raise faults[0]

    def wait_ready(self, timeout_s: float = READY_S) -> None:
        """Until every stage is ready.

        Raises:
            AssistantError: it ended before, or took longer than ``timeout_s``.
        """
        self._ready.wait(timeout_s)
        if self.outcome is not None:
            raise _with_code(AssistantError(self.outcome.line), self.outcome.code)
        if not self._ready.is_set():
            raise AssistantError(f"not ready after {timeout_s:g} s; see `assistant status`")

    def wait(self, timeout_s: float) -> Outcome | None:
        """How it ended, or None if it still runs after ``timeout_s``."""
        self._over.wait(timeout_s)
        return self.outcome

    def ask(self, command: str, **arguments: object) -> Reply:
        """A request to it, as a client's (see ``control``)."""
        with Control("inproc://control", self._context) as control:
            return control.ask(command, arguments)

    def stop(self) -> Outcome:
        """End it in order, within ``bus.stop_s``; also where it ended by itself."""
        if self._thread and self._thread.is_alive() and not self._over.is_set():
            try:
                self.ask("shutdown")
            except AssistantError as error:
                self._log(sentence(error))
            self._thread.join(self.settings.bus.stop_s + JOIN_MARGIN_S)
        for tap in self._taps:
            tap.close()
        if self._supervisor is None or not self._supervisor.hangs:
            self._context.term()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        return self.outcome or Outcome()

    def _run(self, started: threading.Event, faults: list[BusError]) -> None:
        outcome = Outcome(1, "the supervisor failed")
        try:
            self._supervisor = Supervisor(
                self.settings,
                self._places,
                self._pipeline,
                self._context,
                self._keys,
                self._log,
                self._reread,
                self._ready.set,
            )
            started.set()
            outcome = self._supervisor.run()
        except BusError as error:
            outcome = Outcome(error.exit_code, sentence(error))
            faults.append(error)
        except Exception as error:
            outcome = Outcome(1, f"the supervisor failed: {sentence(error)}")
            raise
        finally:
            self.outcome = outcome
            self._over.set()
            self._ready.set()
            started.set()

    def __enter__(self) -> Daemon:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()


def take_lock(folder: Path) -> int:
    """A descriptor that holds the folder for this daemon until it is closed.

    Raises:
        BusError: another daemon holds it.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise BusError(
            f"{folder}: a daemon runs here already (process {pid}); stop it, or set bus.folder"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def is_running(folder: Path) -> bool:
    """A daemon holds ``folder``."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _at(settings: Settings, folder: str) -> Settings:
    """``settings`` with another folder for the sockets."""
    return settings.model_copy(update={"bus": settings.bus.model_copy(update={"folder": folder})})


def _with_code(error: AssistantError, code: int) -> AssistantError:
    error.exit_code = code
    return error
