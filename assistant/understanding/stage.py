"""Understanding: from the words of an utterance to what is done and said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from assistant import messages as m
from assistant.config import Settings
from assistant.skills.api import Surroundings
from assistant.understanding import library
from assistant.understanding.decide import Candidate, Decision, decide, policy_of
from assistant.understanding.dialogue import Dialogue
from assistant.understanding.registry import load_skills
from assistant.understanding.spoken import words_of

WATCH_S = 2.0
"""Sentence files are looked at so often; the grammar is told again as often, because a
recognition that was restarted has none."""
HEARD = (m.Tick, m.Translation, m.Spoken, m.SpeechBegan, m.Partial, m.Final)
"""What every skill is told."""
NOT_UNDERSTOOD = "Sorry, I did not understand that."
NOT_DONE = "Okay, I won't."

_Read = tuple[library.Library, m.Grammar, list[str]]


def _local_now() -> datetime:
    return datetime.now().astimezone()


class UnderstandingStage:
    """Holds the sentences, the skills and the dialogue; reads changed sentence files again."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = _local_now) -> None:
        self.tick_s = settings.understanding.tick_s
        self._settings = settings
        self._policy = policy_of(settings)
        self._files = library.find_files(settings)
        stamp = library.stamp(self._files)
        self._library, self._grammar, faults = _read(settings, self._files, None)
        self._stamp = stamp + library.stamp([], self._library.sentences.listed)
        self._dialogue = Dialogue(settings, now)
        self._surroundings = Surroundings(
            settings=settings,
            state=settings.state_folder,
            now=now,
            sayings=lambda: library.sayings(self._library),
            last_answer=lambda: self._dialogue.last_answer,
        )
        self._dialogue.skills, missing = load_skills(self._surroundings)
        self._news: list[m.Message] = [self._grammar, *_error_events([*faults, *missing])]
        self._reading: threading.Thread | None = None
        self._read: list[_Read] = []
        self._looked_s = 0.0
        self._ends: list[m.EndOfInput] = []

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        """What follows from ``message``; the grammar and faults of the start come first."""
        self._dialogue.tell_time(message.at)
        yield from self._take_news()
        if isinstance(message, HEARD):
            yield from self._dialogue.receive(message)
        if isinstance(message, m.Final):
            yield from self._final(message, time.perf_counter())
        elif isinstance(message, m.Spoken):
            yield from self._dialogue.asked_aloud(message)
        elif isinstance(message, m.EndOfInput):
            self._ends.append(message)
        elif isinstance(message, m.Tick):
            yield from self._watch(message.at)
        if not self._dialogue.pending:
            ends, self._ends = self._ends, []
            yield from ends

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        """``Stop`` ends a question; skills are told, so that what rings falls silent."""
        if isinstance(message, m.Stop):
            self._dialogue.answered()
            yield from self._dialogue.receive(message)

    def accepts(self) -> bool:
        """Always: what takes long runs beside."""
        return True

    def close(self) -> None:
        """Close the skills."""
        self._dialogue.close()

    # -- utterances ------------------------------------------------------------------------------

    def _final(self, final: m.Final, began: float) -> Iterator[m.Message]:
        awaiting = self._dialogue.question is not None
        decision = decide(final, self._library.matcher, self._policy, awaiting)
        yield from _intent_events(decision, final)
        if decision.kind == "wake":
            yield m.Earcon(name="listening", utterance=final.utterance)
            yield m.Expect(seconds=self._settings.hearing.listen_s, utterance=final.utterance)
        elif decision.kind == "reject":
            yield from self._reject(final, began)
        elif decision.kind == "yes":
            for match in self._dialogue.answered():
                yield from self._dialogue.command(match, final.utterance, began)
        elif decision.kind == "no":
            self._dialogue.answered()
            yield from self._dialogue.say(NOT_DONE, final.utterance, began)
        elif decision.chosen is not None:
            yield from self._act(decision.chosen, final, began)

    def _act(self, chosen: Candidate, final: m.Final, began: float) -> Iterator[m.Message]:
        self._dialogue.answered()
        if any(match.template.intent.confirm for match in chosen.matches):
            yield from self._dialogue.ask(chosen.matches, final.utterance, began)
            return
        for match in chosen.matches:
            yield from self._dialogue.command(match, final.utterance, began)

    def _reject(self, final: m.Final, began: float) -> Iterator[m.Message]:
        how = self._settings.understanding.not_understood
        if how == "say":
            before = self._dialogue.last_answer
            yield from self._dialogue.say(NOT_UNDERSTOOD, final.utterance, began)
            self._dialogue.last_answer = before
        elif how == "earcon":
            yield m.Earcon(name="error", utterance=final.utterance)

    # -- sentence files ----------------------------------------------------------------------------

    def _take_news(self) -> Iterator[m.Message]:
        """What is to be told, and sentences that have been read meanwhile."""
        if self._read:
            self._library, self._grammar, faults = self._read.pop()
            self._news += [self._grammar, *_error_events(faults)]
        news, self._news = self._news, []
        yield from news

    def _watch(self, at: float) -> Iterator[m.Message]:
        if at - self._looked_s < WATCH_S:
            return
        self._looked_s = at
        yield self._grammar
        if self._reading is not None and self._reading.is_alive():
            return
        files = library.find_files(self._settings)
        stamp = library.stamp(files, self._library.sentences.listed)
        if stamp != self._stamp:
            self._files, self._stamp = files, stamp
            self._reading = threading.Thread(target=self._read_again, daemon=True)
            self._reading.start()

    def _read_again(self) -> None:
        """In a thread of its own: the old sentences stay in force until the new ones are ready."""
        try:
            self._read.append(_read(self._settings, self._files, self._library))
        except OSError as error:
            fault = f"the grammar cannot be written: {error}; the old sentences stay in force"
            self._read.append((self._library, self._grammar, [fault]))


def _read(settings: Settings, files: list[library.Found], before: library.Library | None) -> _Read:
    read, faults = library.read_files(files, settings.understanding.language, before)
    grammar = library.write_grammar(read, settings)
    for group in ("one two three", "set a timer for ten minutes", "what time is it"):
        read.matcher.match(words_of(group))  # the first match builds the indices
    return read, grammar, faults


def _error_events(faults: list[str]) -> list[m.Message]:
    return [m.Event(kind="error", facts={"message": fault}) for fault in faults]


def _intent_events(decision: Decision, final: m.Final) -> Iterator[m.Message]:
    """One event for each command; one with an empty intent where nothing was understood."""
    told = [candidate.facts() for candidate in decision.candidates]
    confidence = decision.chosen.score if decision.chosen else 0.0
    for match in decision.chosen.matches if decision.chosen else ():
        slots = {name: {"value": slot.value, "text": slot.text, "start": slot.start,
                        "end": slot.end} for name, slot in match.slots.items()}  # fmt: skip
        yield _intent_event(final, match.intent, slots, match.text, confidence, told, decision.why)
    if decision.chosen is None:
        yield _intent_event(final, "", {}, decision.text, confidence, told, decision.why)


def _intent_event(
    final: m.Final,
    intent: str,
    slots: dict[str, Any],
    text: str,
    confidence: float,
    candidates: list[dict[str, Any]],
    why: str,
) -> m.Event:
    facts = {
        "intent": intent,
        "slots": slots,
        "text": text,
        "confidence": round(confidence, 4),
        "candidates": candidates,
        "why": why,
    }
    return m.Event(kind="intent", utterance=final.utterance, sample=final.ended, facts=facts)
