"""The map of the daemon: read this first.

Which class a stage is, and where each message it yields goes. A stage has one door (its
inbox); each route into it has a bound of its own and a named behaviour when that is full.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from assistant import messages as m


class WhenFull(Enum):
    """What a sender does when the receiver's bound is reached."""

    WAIT = "wait"
    """The sender waits: back-pressure. Interrupts still reach it."""
    DROP_OLDEST = "drop oldest"
    """The oldest message of this route is dropped and counted; one event a second tells."""
    NEWEST_ONLY = "newest only"
    """Only the newest waits; what it replaces was never needed."""
    GIVE_UP = "give up"
    """The utterance is given up with an event (``Cancel``); the next one is whole."""
    REFUSE = "refuse"
    """The sender gets a refusal as reply at once."""


class Route(NamedTuple):
    """Messages of ``kind`` go to ``to``; at most ``bound`` of them wait."""

    kind: type[m.Message]
    to: str
    bound: int
    when_full: WhenFull


class StageEntry(NamedTuple):
    """One stage."""

    factory: str
    """``module:class``, imported only where the stage runs; called with ``Settings``."""
    routes: tuple[Route, ...]


Table = Mapping[str, StageEntry]

WAIT, OLDEST, NEWEST = WhenFull.WAIT, WhenFull.DROP_OLDEST, WhenFull.NEWEST_ONLY
GIVE_UP, REFUSE = WhenFull.GIVE_UP, WhenFull.REFUSE

PIPELINE: dict[str, StageEntry] = {
    "capture": StageEntry(
        "assistant.capture.stage:CaptureStage",
        (
            Route(m.Frame, "hearing", 100, OLDEST),
            Route(m.EndOfInput, "hearing", 16, WAIT),
        ),
    ),
    "hearing": StageEntry(
        "assistant.hearing.stage:HearingStage",
        (
            Route(m.SpeechBegan, "recognition", 16, WAIT),
            Route(m.SpeechBegan, "understanding", 16, WAIT),
            Route(m.Speech, "recognition", 500, GIVE_UP),
            Route(m.SpeechEnded, "recognition", 16, WAIT),
            Route(m.EndOfInput, "recognition", 16, WAIT),
        ),
    ),
    "recognition": StageEntry(
        "assistant.recognition.stage:RecognitionStage",
        (
            Route(m.Partial, "understanding", 1, NEWEST),
            Route(m.Final, "understanding", 64, WAIT),
            Route(m.Decided, "hearing", 16, WAIT),
            Route(m.EndOfInput, "understanding", 16, WAIT),
        ),
    ),
    "understanding": StageEntry(
        "assistant.understanding.stage:UnderstandingStage",
        (
            Route(m.Grammar, "recognition", 1, NEWEST),
            Route(m.Bias, "recognition", 1, NEWEST),
            Route(m.Expect, "hearing", 16, WAIT),
            Route(m.Translate, "translation", 64, REFUSE),
            Route(m.Say, "voice", 64, WAIT),
            Route(m.Ring, "playback", 64, WAIT),
            Route(m.Earcon, "playback", 64, WAIT),
            Route(m.EndOfInput, "voice", 16, WAIT),
        ),
    ),
    "translation": StageEntry(
        "assistant.translation.stage:TranslationStage",
        (Route(m.Translation, "understanding", 64, WAIT),),
    ),
    "voice": StageEntry(
        "assistant.voice.stage:VoiceStage",
        (
            Route(m.Chunk, "playback", 20, WAIT),
            Route(m.ChunkEnd, "playback", 20, WAIT),
            Route(m.EndOfInput, "playback", 16, WAIT),
        ),
    ),
    "playback": StageEntry(
        "assistant.playback.stage:PlaybackStage",
        (
            Route(m.Played, "hearing", 100, OLDEST),
            Route(m.Spoken, "understanding", 64, WAIT),
            Route(m.EndOfInput, "capture", 16, WAIT),
        ),
    ),
}
"""Stages in the order in which sound travels; they start from the end and stop from the front."""

INTERRUPTS = (m.Stop, m.Duck, m.Resume, m.Cancel, m.Mute)
"""Published to every stage past all queues; any stage may yield them."""


def load_table(reference: str = "assistant.pipeline:PIPELINE", live: bool = True) -> Table:
    """The pipeline that ``module:name`` names.

    Args:
        live: sound comes from a microphone, which does not wait. A recording does: nothing
            of it is dropped or given up, however slow the stages are.
    """
    module, _, name = reference.partition(":")
    table: Table = getattr(importlib.import_module(module), name)
    return table if live else {stage: _patient(entry) for stage, entry in table.items()}


def _patient(entry: StageEntry) -> StageEntry:
    routes = (
        route._replace(when_full=WAIT) if route.kind in (m.Frame, m.Speech) else route
        for route in entry.routes
    )
    return entry._replace(routes=tuple(routes))
