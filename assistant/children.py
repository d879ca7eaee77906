"""A stage as a thread or as a process of its own: started, asked whether it lives, killed.

A process reads what it is to be from an inherited pipe, and leaves when its parent has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from assistant.bus import Context, Places
from assistant.config import Settings
from assistant.errors import AssistantError, sentence
from assistant.keys import Keys, read_keys
from assistant.pipeline import load_table
from assistant.runner import run_stage


class Child(Protocol):
    """One running stage."""

    @property
    def pid(self) -> int:
        """Of the process it runs in."""
        ...

    @property
    def exit_code(self) -> int:
        """Once it has ended by itself; 2: trying again does not help."""
        ...

    def alive(self) -> bool:
        """It has not ended."""
        ...

    def term(self) -> None:
        """Ask it to end, where it can be asked so."""
        ...

    def kill(self) -> bool:
        """End it at once; False where that cannot be done."""
        ...

    def last_words(self) -> str:
        """Why it ended by itself."""
        ...


class ThreadChild:
    """A stage in a thread of the daemon. A thread cannot be killed."""

    def __init__(
        self, name: str, settings: Settings, places: Places, context: Context, keys: Keys | None
    ) -> None:
        self.pid = os.getpid()
        self.exit_code = 0
        self._why = ""
        self._ending = threading.Event()
        arguments = (name, settings, places, context, keys, self._ending.is_set)
        self._thread = threading.Thread(
            target=self._run, args=arguments, name=f"assistant-{name}", daemon=True
        )
        self._thread.start()

    def _run(self, *arguments: Any) -> None:
        try:
            run_stage(*arguments)
        except AssistantError as error:
            self._why, self.exit_code = sentence(error), error.exit_code
        except Exception as error:
            self._why, self.exit_code = sentence(error), 1

    def alive(self) -> bool:
        return self._thread.is_alive()

    def term(self) -> None:
        self._ending.set()

    def kill(self) -> bool:
        return not self._thread.is_alive()

    def last_words(self) -> str:
        return self._why or "ended"


class ProcessChild:
    """A stage in a process of its own."""

    def __init__(self, name: str, brief: dict[str, Any]) -> None:
        read, write = os.pipe()
        try:
            argv = [sys.executable, "-m", "assistant", "stage", name, "--brief", str(read)]
            self._process = subprocess.Popen(argv, pass_fds=[read])
            os.set_blocking(write, False)
            os.write(write, json.dumps(brief).encode())
        finally:
            os.close(read)
            os.close(write)
        self.pid = self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def term(self) -> None:
        if self.alive():
            self._process.terminate()

    def kill(self) -> bool:
        if self.alive():
            self._process.kill()
        self._process.wait()
        return True

    @property
    def exit_code(self) -> int:
        return self._process.poll() or 0

    def last_words(self) -> str:
        code = self._process.poll()
        if code is None:
            return "runs"
        return f"process ended by signal {-code}" if code < 0 else f"process ended with code {code}"


def brief_of(settings: Settings, stages: Sequence[str], pipeline: str) -> dict[str, Any]:
    """What a process needs to know to be one stage: JSON."""
    return {
        "settings": settings.model_dump(mode="json"),
        "stages": list(stages),
        "pipeline": pipeline,
        "parent": os.getpid(),
    }


def be_stage(name: str, brief: dict[str, Any], stopped: Callable[[], bool]) -> None:
    """Be the stage ``name`` in this process until it is halted or its parent is gone."""
    settings = Settings.model_validate(brief["settings"])
    places = Places(settings, table_of(settings, brief["pipeline"]), brief["stages"])
    parent = brief["parent"]
    run_stage(
        name,
        settings,
        places,
        keys=keys_for(settings, places),
        stopped=lambda: stopped() or os.getppid() != parent,
    )


def table_of(settings: Settings, pipeline: str) -> Any:
    """The pipeline for a microphone, or for a recording, which waits."""
    return load_table(pipeline, live=settings.capture.source == "microphone")


def keys_for(settings: Settings, places: Places) -> Keys | None:
    """The machine's keys where some address is tcp.

    Raises:
        BusError: they are needed and cannot be read.
    """
    needed = settings.bus.control or settings.bus.join or places.any_tcp
    return read_keys(settings.keys_folder) if needed else None
