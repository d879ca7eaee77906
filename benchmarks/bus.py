"""The bus alone: microseconds from one stage to another, for each kind of address."""

from __future__ import annotations

import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from assistant import messages as m
from assistant.bus import Context, Links, Places, new_context, new_pair, prepare_folder, sockets
from assistant.config import Settings
from assistant.keys import Keys, write_keys
from assistant.pcm import FRAME_SAMPLES
from assistant.pipeline import Route, StageEntry, WhenFull

TABLE = {
    "capture": StageEntry("", (Route(m.Frame, "hearing", 100, WhenFull.WAIT),)),
    "hearing": StageEntry("", (Route(m.Played, "capture", 100, WhenFull.WAIT),)),
}
ROUNDS, WARM_UP = 2000, 200
FRAME = m.Frame(audio=bytes(2 * FRAME_SAMPLES), sample=1, at=1.0)
BACK = m.Played(audio=FRAME.audio)


def measure(kind: str) -> float:
    """Median time of one message of 20 ms of audio, half a round trip, in microseconds."""
    with tempfile.TemporaryDirectory(prefix="assistant-bus-") as folder:
        placement = {"inproc": "thread", "ipc": "process"}
        places_of = {name: placement.get(kind) or f"tcp://127.0.0.1:{_port()}" for name in TABLE}
        settings = Settings.model_validate({"bus": {"folder": folder}, "pipeline": places_of})
        prepare_folder(settings.runtime_folder)
        keys = write_keys(settings.runtime_folder / "keys", *new_pair()) if kind == "tcp" else None
        ends = [Places(settings, TABLE, [name] if kind == "tcp" else None) for name in TABLE]
        context = new_context()
        with _gate(context, keys):
            taken = _round_trips(ends, context, keys)
        context.term()
        return taken


@contextmanager
def _gate(context: Context, keys: Keys | None) -> Iterator[None]:
    """Lets the peers on tcp in, as the supervisor does."""
    if keys is None:
        yield
        return
    authorised = keys.folder / "authorised"
    authorised.write_text(f"{keys.public.decode()} 127.0.0.1\n")
    over = threading.Event()

    def run() -> None:
        gate = sockets.Gate(context, keys)
        while not over.is_set():
            sockets.poll([(gate.socket, sockets.POLLIN)], 0.02)
            list(gate.answer())
        gate.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


def _round_trips(ends: list[Places], context: Context, keys: Keys | None) -> float:
    echo = threading.Thread(target=_echo, args=(ends[1], context, keys))
    echo.start()
    links = Links("capture", context, ends[0], keys)
    try:
        taken = []
        for number in range(WARM_UP + ROUNDS):
            began = time.perf_counter()
            links.offer(TABLE["capture"].routes[0], FRAME)
            if _next(links) is None:
                raise TimeoutError("no message came back over the bus within 5 s")
            if number >= WARM_UP:
                taken.append(time.perf_counter() - began)
        return 1e6 * statistics.median(taken) / 2
    finally:
        links.close()
        echo.join()


def _echo(places: Places, context: Context, keys: Keys | None) -> None:
    links = Links("hearing", context, places, keys)
    try:
        for _ in range(WARM_UP + ROUNDS):
            if _next(links) is None:
                return
            links.offer(TABLE["hearing"].routes[0], BACK)
        links.wait(0.2, read_door=True)
    finally:
        links.close()


def _next(links: Links, timeout_s: float = 5.0) -> m.Message | None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if (message := links.receive()) is not None:
            return message
        links.wait(0.5, read_door=True)
    return None


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
