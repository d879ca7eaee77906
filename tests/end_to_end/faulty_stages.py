"""The real stages, which fail where a file says so: as a pipeline for ``assistant run``.

A file named like the stage, in the folder that the environment names, holds what happens at
its next message: ``raise``, ``hang``, or ``flood`` with events. ``clock`` holds seconds by
which the clock on the wall is wrong.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from assistant import messages as m
from assistant.config import Settings
from assistant.pipeline import PIPELINE
from assistant.runner import build
from assistant.stage import Stage
from assistant.understanding.stage import UnderstandingStage

FOLDER = "ASSISTANT_TEST_FAULTS"
NAMES = tuple(PIPELINE)
FLOOD = 250


def order(folder: Path, stage: str, what: str) -> None:
    """Let ``stage`` do ``what`` at its next message; seen whole or not at all."""
    part = folder / f"{stage}.part"
    part.write_text(what, encoding="utf-8")
    part.rename(folder / stage)


def _ordered(name: str) -> Path:
    return Path(os.environ[FOLDER]) / name


def clock_error_s() -> float:
    """By how much the clock on the wall is wrong."""
    path = _ordered("clock")
    return float(path.read_text(encoding="utf-8")) if path.exists() else 0.0


class Faulty:
    """A real stage and what is ordered of it."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._stage = _made(name, settings)

    @property
    def tick_s(self) -> float:
        return self._stage.tick_s

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        path = _ordered(self._name)
        if path.exists():
            what = path.read_text(encoding="utf-8")
            path.unlink()
            if what == "hang":
                time.sleep(3600)
            elif what == "raise":
                raise RuntimeError("as ordered")
            return chain(_flood(), self._stage.handle(message))
        if isinstance(message, m.Tick):
            message = msgspec.structs.replace(message, wall=message.wall + clock_error_s())
        return self._stage.handle(message)

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        return self._stage.interrupt(message)

    def accepts(self) -> bool:
        return self._stage.accepts()

    def close(self) -> None:
        self._stage.close()


def _flood() -> Iterator[m.Message]:
    """More than a kilobyte each, so that they do not hide in the kernel's buffers."""
    facts = {"text": "x" * 1000}
    return (m.Event(kind="flood", sample=number, facts=facts) for number in range(FLOOD))


def _made(name: str, settings: Settings) -> Stage:
    if name != "understanding":
        return build(PIPELINE[name], settings)
    return UnderstandingStage(
        settings, lambda: datetime.now().astimezone() + timedelta(seconds=clock_error_s())
    )


capture, hearing, recognition, understanding, translation, voice, playback = (
    partial(Faulty, name) for name in NAMES
)
TABLE = {name: entry._replace(factory=f"faulty_stages:{name}") for name, entry in PIPELINE.items()}
