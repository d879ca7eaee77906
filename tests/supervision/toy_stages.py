"""Small stages that do on command what real ones do by accident."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

from assistant import messages as m
from assistant.config import Settings
from assistant.errors import ModelError
from assistant.pipeline import Route, StageEntry, WhenFull
from assistant.stage import PlainStage

FRAMES = 50


class Source(PlainStage):
    """Counts: one frame a tick, its number as its sample."""

    tick_s = 0.02

    def __init__(self, settings: Settings) -> None:
        self._next = 0
        self._muted = False

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if not self._muted:
            yield m.Frame(sample=self._next, audio=b"\0\0", utterance=str(self._next))
            self._next += 1

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Mute):
            self._muted = message.on
        return iter(())


class Middle(PlainStage):
    """Hands on; misbehaves when the typed text says so."""

    def __init__(self, settings: Settings) -> None:
        if settings.voice.name == "wrong model":
            raise ModelError("weights.onnx: hash is wrong; get it again")
        self._name = settings.voice.name

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Final):
            yield m.Event(kind="final", utterance=message.utterance, facts={"text": message.text})
            yield from self._obey(message.text)
        yield m.Say(
            text=self._name,
            answer=message.utterance,
            sample=message.sample,
            utterance=message.utterance,
        )

    def _obey(self, text: str) -> Iterator[m.Message]:
        match text:
            case "raise":
                raise ValueError("as told")
            case "hang":
                time.sleep(3600)
            case "slow":
                time.sleep(0.3)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                yield m.Stop()


class Sink(PlainStage):
    """Tells of each message that arrives."""

    def __init__(self, settings: Settings) -> None:
        self._closed = False

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        yield m.Event(
            kind="arrived",
            utterance=message.utterance,
            sample=message.sample,
            facts={"kind": type(message).__name__, "text": getattr(message, "text", "")},
        )

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        yield m.Event(kind="interrupted", facts={"by": type(message).__name__})


def entry(factory: type, *routes: Route) -> StageEntry:
    return StageEntry(f"toy_stages:{factory.__name__}", routes)


TABLE = {
    "capture": entry(Source, Route(m.Frame, "understanding", 100, WhenFull.DROP_OLDEST)),
    "understanding": entry(Middle, Route(m.Say, "playback", 64, WhenFull.WAIT)),
    "playback": entry(Sink),
}
"""capture → understanding → playback."""
