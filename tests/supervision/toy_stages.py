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


def entry(factory: type, *routes: Route) -> StageEntry:
    return StageEntry(f"toy_stages:{factory.__name__}", routes)


class Source(PlainStage):
    """Counts: one frame a tick, its number as its sample; silent while muted."""

    tick_s = 0.02

    def __init__(self, settings: Settings) -> None:
        self._next = 0
        self._muted = False

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if not self._muted:
            yield m.Frame(sample=self._next, audio=b"\0\0")
            self._next += 1

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Mute):
            self._muted = message.on
        return iter(())


class Middle(PlainStage):
    """Hands on with the name of the voice as text; misbehaves when a typed text says so."""

    def __init__(self, settings: Settings) -> None:
        self._name = settings.voice.name
        if self._name == "wrong model":
            raise ModelError("weights.onnx: hash is wrong; get it again")
        if self._name == "always broken":
            raise ValueError("as configured")

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        text = message.text if isinstance(message, m.Final) else ""
        if text:
            yield m.Event(kind="final", utterance=message.utterance, facts={"text": text})
        match text:
            case "raise":
                raise ValueError("as told")
            case "hang":
                time.sleep(3600)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                yield m.Stop()
            case "nonsense":
                yield m.Expect(seconds=1)
        at = {"sample": message.sample, "utterance": message.utterance}
        yield m.Say(text=text or self._name, answer="", **at)

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        yield m.Event(kind="interrupted", facts={"by": type(message).__name__})


class Sink(PlainStage):
    """Tells of each message and interrupt that arrives."""

    def __init__(self, settings: Settings) -> None:
        pass

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        facts = {"kind": type(message).__name__, "text": getattr(message, "text", "")}
        at = {"sample": message.sample, "utterance": message.utterance}
        yield m.Event(kind="arrived", facts=facts, **at)

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        yield m.Event(kind="interrupted", facts={"by": type(message).__name__})


TABLE = {
    "capture": entry(Source, Route(m.Frame, "understanding", 100, WhenFull.DROP_OLDEST)),
    "understanding": entry(Middle, Route(m.Say, "playback", 64, WhenFull.WAIT)),
    "playback": entry(Sink),
}
"""capture → understanding → playback."""


class Talker(PlainStage):
    """Makes a thousand chunks of every text; tells on a tick when it was made to leave off."""

    tick_s = 0.01

    def __init__(self, settings: Settings) -> None:
        self._left_off = ""

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Say):
            try:
                for number in range(1000):
                    yield m.Chunk(answer="", rate_hz=1, sample=number, utterance=message.utterance)
            except GeneratorExit:
                self._left_off = message.text
                raise
        elif self._left_off:
            yield m.Event(kind="left off", facts={"text": self._left_off})
            self._left_off = ""


class Blocked(Sink):
    """Full, until it is told ``Resume``."""

    def __init__(self, settings: Settings) -> None:
        self._full = True

    def accepts(self) -> bool:
        return not self._full

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        self._full &= not isinstance(message, m.Resume)
        yield m.Event(kind="interrupted", facts={"by": type(message).__name__})


TALK = {
    "understanding": entry(Middle, Route(m.Say, "voice", 64, WhenFull.WAIT)),
    "voice": entry(Talker, Route(m.Chunk, "playback", 20, WhenFull.WAIT)),
    "playback": entry(Blocked),
}
"""A speaker that does not take anything."""


class Hearer(PlainStage):
    """Sends an utterance too long for the queue, then a short one, then is silent."""

    tick_s = 0.01

    def __init__(self, settings: Settings) -> None:
        self._left = ["long", "short"]

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Tick) and self._left:
            utterance = self._left.pop(0)
            yield m.SpeechBegan(utterance=utterance)
            for number in range(700 if utterance == "long" else 30):
                yield m.Speech(utterance=utterance, sample=number)
            yield m.SpeechEnded(utterance=utterance)


class Slow(Blocked):
    """Full, until an utterance is given up."""

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        self._full &= not isinstance(message, m.Cancel)
        yield m.Event(kind="interrupted", facts={"by": type(message).__name__})


GIVEN_UP = {
    "hearing": entry(
        Hearer,
        Route(m.SpeechBegan, "recognition", 16, WhenFull.WAIT),
        Route(m.Speech, "recognition", 500, WhenFull.GIVE_UP),
        Route(m.SpeechEnded, "recognition", 16, WhenFull.WAIT),
    ),
    "recognition": entry(Slow),
}
"""A recogniser that does not keep up."""


class Asker(PlainStage):
    """Asks for a hundred translations at once, and tells of the answers."""

    tick_s = 0.01

    def __init__(self, settings: Settings) -> None:
        self._left = 100

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Translation):
            facts = {"number": message.number, "error": message.error}
            yield m.Event(kind="translation", facts=facts)
        while isinstance(message, m.Tick) and self._left:
            self._left -= 1
            yield m.Translate(text="x", target="es", number=100 - self._left)


REFUSED = {
    "understanding": entry(Asker, Route(m.Translate, "translation", 64, WhenFull.REFUSE)),
    "translation": entry(Blocked),
}
"""An interpreter that is busy."""


class Flood(PlainStage):
    """As many messages as the next stage takes."""

    tick_s = 0.001

    def __init__(self, settings: Settings) -> None:
        pass

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        for _ in range(20):
            yield m.Partial(text="")


class Clocked(PlainStage):
    """Works a millisecond on each message; tells how often it was ticked in a second."""

    tick_s = 0.02

    def __init__(self, settings: Settings) -> None:
        self._ticks = self._messages = 0
        self._began = 0.0

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if not isinstance(message, m.Tick):
            self._messages += 1
            time.sleep(0.001)
            return
        self._began = self._began or message.at
        self._ticks += 1
        if message.at - self._began >= 1:
            facts = {"ticks": self._ticks, "messages": self._messages, "wall": message.wall}
            yield m.Event(kind="second", facts=facts)
            self._ticks = self._messages = 0
            self._began = message.at


BUSY = {
    "recognition": entry(Flood, Route(m.Partial, "understanding", 16, WhenFull.WAIT)),
    "understanding": entry(Clocked),
}
"""A stage that never has nothing to do."""
