"""Recognition: the sound of utterances in, partial and final texts out.

Utterances come one after another. Each ends in exactly one ``Final``, the one in which
nothing was understood too; only a cancelled one ends in silence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from assistant.config import Settings
from assistant.messages import (
    Bias,
    Cancel,
    EndOfInput,
    Event,
    Final,
    Grammar,
    Message,
    Partial,
    Speech,
    SpeechBegan,
    SpeechEnded,
)
from assistant.pcm import seconds_of
from assistant.recognition.conclude import Result
from assistant.recognition.engines import Engine
from assistant.recognition.grammars import Workshop
from assistant.recognition.graph_search import GraphSearch
from assistant.recognition.transcribe import (
    LONGEST_S,
    Transcriber,
    Transcription,
    command_tuning,
)
from assistant.stage import PlainStage

BUILDING_TICK_S = 0.1
"""How often a grammar that is being built is asked after."""
FIRST_GRAMMAR_S = 20.0
"""How long utterances wait for the first grammar; later ones are built beside the work."""
SHOWN_SILENT = 5
"""Words without pronunciation that an event names."""


class RecognitionStage(PlainStage):
    """The recogniser behind its door; ``engine`` instead of the one that the settings name."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        recognition = settings.recognition
        self._transcriber = Transcriber(recognition, engine)
        self._workshop = Workshop(self._transcriber.pronouncing, command_tuning(recognition))
        self._commands: GraphSearch | None = None
        self._first_ordered = 0.0
        self._began: SpeechBegan | None = None
        self._transcription: Transcription | None = None
        self._shown: tuple[str, ...] = ()

    @property
    def tick_s(self) -> float:  # type: ignore[override]
        """Ticks only while a grammar is being built."""
        return BUILDING_TICK_S if self._workshop.busy else 0.0

    def accepts(self) -> bool:
        """No utterance is taken before the first grammar is there, up to a limit."""
        if self._commands is not None or not self._first_ordered or not self._workshop.busy:
            return True
        return time.monotonic() - self._first_ordered > FIRST_GRAMMAR_S

    def handle(self, message: Message) -> Iterator[Message]:
        """What follows from ``message``."""
        match message:
            case SpeechBegan():
                yield from self._begin(message)
            case Speech():
                yield from self._hear(message)
            case SpeechEnded():
                yield from self._end(message)
            case Grammar():
                self._first_ordered = self._first_ordered or time.monotonic()
                self._workshop.order(message)
            case Bias():
                self._transcriber.favour(message.phrases)
            case EndOfInput():
                yield message
        if self._began is None:
            yield from self._take_grammar()

    def interrupt(self, message: Message) -> Iterator[Message]:
        """A cancelled utterance is dropped, and nothing comes of it."""
        if isinstance(message, Cancel) and self._is_current(message):
            self._drop()
        return iter(())

    # -- an utterance ----------------------------------------------------------------

    def _begin(self, message: SpeechBegan) -> Iterator[Message]:
        if self._began is not None:
            # its end was lost on the way: what was heard of it counts
            yield from self._finish(SpeechEnded(utterance=self._began.utterance))
        yield from self._take_grammar()
        self._began = message
        self._transcription = self._transcriber.begin(self._commands, message.sample)
        self._shown = ()

    def _hear(self, message: Speech) -> Iterator[Message]:
        transcription = self._transcription
        if transcription is None or not self._is_current(message):
            return
        was_full = transcription.full
        if transcription.feed(message.samples):
            yield from self._partial(message, transcription)
        if transcription.full and not was_full:
            text = f"an utterance of more than {LONGEST_S:.0f} s: its rest is not listened to"
            yield _event("error", message, {"message": text})

    def _partial(self, message: Speech, transcription: Transcription) -> Iterator[Message]:
        words = transcription.growing()
        if words == self._shown:
            return
        self._shown = words
        text, stable = " ".join(words), transcription.stable(words)
        ident, sample = message.utterance, message.sample + len(message.samples)
        facts = {"text": text, "stable": stable}
        yield Event(kind="partial", utterance=ident, sample=sample, facts=facts)
        yield Partial(utterance=ident, sample=sample, text=text, stable=stable)

    def _end(self, message: SpeechEnded) -> Iterator[Message]:
        if not self._is_current(message):
            return
        if message.reason == "cancelled":
            self._drop()
        else:
            yield from self._finish(message)

    def _finish(self, ended: SpeechEnded) -> Iterator[Message]:
        assert self._began is not None
        assert self._transcription is not None
        started = ended.at or time.monotonic()
        heard, began = self._transcription, self._began
        self._drop()
        result = heard.finish()
        final = _final(began, ended, result, began.sample + heard.samples)
        spent_ms = round(1000 * max(0.0, time.monotonic() - started), 2)
        final = msgspec.structs.replace(final, spans=final.spans | {"recognition": spent_ms})
        facts = {name: msgspec.to_builtins(getattr(final, name)) for name in _FACTS}
        yield _event("final", final, facts)  # first, so that the tap has it before what follows
        yield final

    def _drop(self) -> None:
        self._began = self._transcription = None

    def _is_current(self, message: Message) -> bool:
        return self._began is not None and self._began.utterance == message.utterance

    # -- the grammar -------------------------------------------------------------------

    def _take_grammar(self) -> Iterator[Message]:
        built = self._workshop.take()
        if built is None:
            return
        if built.fault:
            yield Event(kind="error", facts={"message": built.fault})
            return
        self._commands = built.search
        if built.unpronounceable:
            shown = ", ".join(built.unpronounceable[:SHOWN_SILENT])
            text = (
                f"words of the sentences that cannot be pronounced: {shown}; "
                "spell them with letters, or give recognition.pronunciations"
            )
            yield Event(kind="error", facts={"message": text})


_FACTS = (
    "text", "words", "alternatives", "confidence", "began", "ended", "spans", "file",
)  # fmt: skip


def _final(began: SpeechBegan, ended: SpeechEnded, result: Result, heard: int) -> Final:
    """The result as a message, its spans but for recognition's own."""
    last_sample = ended.sample or heard
    last_speech = ended.last_speech or last_sample
    best = result.best
    waited_ms = 1000 * max(0.0, seconds_of(last_sample - last_speech))
    return Final(
        utterance=began.utterance,
        sample=last_sample,
        text=best.text,
        words=best.words,
        alternatives=result.alternatives,
        confidence=best.confidence,
        began=result.began,
        ended=last_speech,
        spans={"endpoint": round(waited_ms, 2)},
        wake=began.wake,
        stop_only=began.stop_only,
        file=began.file,
    )


def _event(kind: str, message: Message, facts: dict[str, object]) -> Event:
    return Event(kind=kind, utterance=message.utterance, sample=message.sample, facts=facts)
