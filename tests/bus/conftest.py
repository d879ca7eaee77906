"""Real sockets for the tests of the bus."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.bus import Context, Places, new_context, new_pair, prepare_folder, sockets
from assistant.config import Settings
from assistant.keys import Keys, write_keys
from assistant.pipeline import PIPELINE, Table


@pytest.fixture
def context() -> Iterator[Context]:
    """A context that a socket left open by the test would hold up."""
    made = new_context()
    yield made
    made.term()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Keys of this machine."""
    return write_keys(tmp_path / "keys", *new_pair())


@pytest.fixture
def places(tmp_path: Path) -> Callable[..., Places]:
    """The map of a daemon with ``placements`` for some stages."""

    def make(table: Table = PIPELINE, here: list[str] | None = None, **placements: str) -> Places:
        facts = {"bus": {"folder": str(tmp_path / "run")}, "pipeline": placements}
        settings = Settings.model_validate(facts)
        prepare_folder(settings.runtime_folder)
        return Places(settings, table, here)

    return make


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two tcp ports that nobody uses."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def port(ports: tuple[int, int]) -> int:
    """A tcp port that nobody uses."""
    return ports[0]


@pytest.fixture
def soon() -> Callable[[Callable[[], object], float], bool]:
    """Ask until it is true, or for so many seconds."""

    def wait(condition: Callable[[], object], timeout_s: float = 5.0) -> bool:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    return wait


class GateThread:
    """The ZAP handler at work, as the supervisor's thread does it."""

    def __init__(self, context: Context, keys: Keys) -> None:
        self.faults: list[str] = []
        self._stop = threading.Event()
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(context, keys))
        self._thread.start()
        self._bound.wait()

    def _run(self, context: Context, keys: Keys) -> None:
        gate = sockets.Gate(context, keys)
        self._bound.set()
        while not self._stop.is_set():
            sockets.poll([(gate.socket, sockets.POLLIN)], 0.02)
            self.faults += gate.answer()
        gate.close()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def gate(context: Context, keys: Keys) -> Iterator[GateThread]:
    """Lets in whose key is authorised."""
    made = GateThread(context, keys)
    yield made
    made.stop()
