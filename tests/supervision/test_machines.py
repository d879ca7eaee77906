"""Protects one assistant on two machines: sound there, understanding here, CURVE between."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import messages as m
from assistant.bus import Tap, new_pair
from assistant.config import Settings
from assistant.daemon import Daemon
from assistant.keys import Keys, write_keys


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def introduce(one: Keys, other: Keys) -> None:
    """``one`` knows ``other``."""
    with (one.folder / "authorised").open("a") as file:
        file.write(f"{other.public.decode()} 127.0.0.1\n")


class House:
    """A box with microphone and speaker, and the machine that understands."""

    def __init__(self, folder: Path) -> None:
        keys = {name: write_keys(folder / name, *new_pair()) for name in ("box", "brain")}
        introduce(keys["box"], keys["brain"])
        introduce(keys["brain"], keys["box"])
        addresses = [f"tcp://127.0.0.1:{free_port()}" for _ in range(3)]
        pipeline = {"understanding": addresses[0], "playback": addresses[1]}
        brain = {"control": addresses[2], "keys": str(keys["brain"].folder)}
        box = {"join": addresses[2], "keys": str(keys["box"].folder)}
        self.brain = self._daemon(brain, pipeline, ["understanding"])
        self.box = self._daemon(box, pipeline, ["capture", "playback"])
        self.taps = {"brain": self.brain.tap(), "box": self.box.tap()}
        for daemon in (self.box, self.brain):
            daemon.start()
        for daemon in (self.box, self.brain):
            daemon.wait_ready(20)

    def _daemon(self, bus: dict[str, str], pipeline: dict[str, str], stages: list[str]) -> Daemon:
        settings = Settings.model_validate({"bus": bus, "pipeline": pipeline})
        return Daemon(settings, stages, "toy_stages:TABLE", private=True)

    def seen(self, at: str, wanted: Callable[[m.Event], bool], timeout_s: float = 15.0) -> m.Event:
        """The next event on one machine's tap that is ``wanted``."""
        tap: Tap = self.taps[at]
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            event = tap.next(left)
            if event is not None and wanted(event):
                return event
        raise AssertionError(f"not seen at the {at}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.box.stop()
    made.brain.stop()


def is_event(kind: str, stage: str = "", /, **facts: Any) -> Callable[[m.Event], bool]:
    return lambda event: (
        event.kind == kind and stage in ("", event.stage) and facts.items() <= event.facts.items()
    )


def test_two_machines_are_one_assistant(house: House) -> None:
    """Frames go there and answers back; stop and mute cross; the whole sees every event."""
    house.seen("box", is_event("arrived", kind="Say"))
    house.seen("brain", is_event("arrived", "playback"))
    house.brain.ask("send", text="hello")
    house.seen("box", is_event("arrived", text="hello"))
    house.brain.ask("stop")
    house.seen("brain", is_event("interrupted", "playback", by="Stop"))
    house.box.ask("stop")
    house.seen("brain", is_event("interrupted", "understanding", by="Stop"))
    house.brain.ask("mute")
    house.seen("box", is_event("muted", on=True))
    time.sleep(0.3)
    while house.taps["box"].next(0.1):
        pass
    assert house.taps["box"].next(0.5) is None, "the box is silent"
    house.box.ask("unmute")
    house.seen("brain", is_event("muted", on=False))
    house.seen("brain", is_event("arrived"))


def test_a_machine_that_comes_later_is_muted_as_the_whole_is(tmp_path: Path) -> None:
    """The box starts anew while the house is muted: it does not listen."""
    house = House(tmp_path)
    try:
        house.seen("brain", is_event("arrived"))
        house.brain.ask("mute")
        house.seen("box", is_event("muted", on=True))
        settings, keys = house.box.settings, house.box.settings.bus
        house.box.stop()
        again = {"join": keys.join, "keys": keys.keys}
        house.box = house._daemon(again, settings.pipeline.model_dump(), ["capture", "playback"])
        house.taps["box"] = house.box.tap()
        house.box.start()
        house.box.wait_ready(20)
        house.seen("box", is_event("muted", on=True))
        time.sleep(0.3)
        while house.taps["box"].next(0.1):
            pass
        assert house.taps["box"].next(0.5) is None
    finally:
        house.box.stop()
        house.brain.stop()
