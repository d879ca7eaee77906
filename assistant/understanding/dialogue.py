"""From a decision to what is done and said: actions, answers, questions, later answers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from assistant import messages as m
from assistant.config import Settings
from assistant.errors import SkillError
from assistant.skills.api import Call, Outcome, Skill
from assistant.understanding.actions import OutsideAction, SkillAction, act_outside
from assistant.understanding.answers import Answer, bounded
from assistant.understanding.document import Place
from assistant.understanding.match import Match
from assistant.understanding.sentences import Intent

WAIT_S = 0.15
"""Programs and calls that take longer are answered when they are done."""
LATER_S = 30.0
"""An answer that was promised for later is no longer awaited."""
RUNNING_MAX = 8
"""Programs and calls at once; more are refused with a sentence."""
CHARACTERS_A_SECOND = 12.0
"""How fast answers are spoken, roughly."""
WENT_WRONG = "Sorry, that went wrong."
BUSY = "I am still busy with what you asked before."


@dataclass(frozen=True)
class Turn:
    """A command on its way."""

    call: Call
    intent: Intent
    began: float
    """``time.perf_counter`` when its utterance came in."""
    skill: str = ""


@dataclass(frozen=True)
class Question:
    """A command that waits for yes."""

    matches: tuple[Match, ...]
    answer: str
    until: float
    """Monotonic."""


@dataclass
class Dialogue:
    """What is going on between the user and the skills."""

    settings: Settings
    now: Callable[[], datetime]
    skills: dict[str, Skill] = field(default_factory=dict)
    question: Question | None = None
    last_answer: tuple[str, str] = ("", "en")
    """Text and language."""
    clock_s: float = 0.0
    """The last monotonic time that a message told."""
    _later: list[tuple[Turn, float]] = field(default_factory=list)
    _running: list[tuple[Turn, Future[Outcome]]] = field(default_factory=list)
    _pool: ThreadPoolExecutor | None = None
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """An answer is still to come."""
        return bool(self._later or self._running)

    # -- commands ----------------------------------------------------------------------------

    def command(self, match: Match, utterance: str, began: float) -> Iterator[m.Message]:
        """Do what ``match`` means, and say what came of it."""
        if not self.settings.understanding.act:
            return
        intent = match.template.intent
        language = self.settings.understanding.language
        call = Call(intent.name, match.slots, match.text, utterance, language)
        skill = intent.action.skill if isinstance(intent.action, SkillAction) else ""
        yield from self.perform(Turn(call, intent, began, skill))

    def perform(self, turn: Turn) -> Iterator[m.Message]:
        """Run the action of ``turn``."""
        outcome = self._guarded(turn, lambda: self._outcome(turn))
        if isinstance(outcome, m.Event):
            yield outcome
            outcome = Outcome(text=WENT_WRONG)
        yield from self._deliver(outcome, turn)

    def _guarded(self, turn: Turn, act: Callable[[], Outcome]) -> Outcome | m.Event:
        try:
            return act()
        except SkillError as error:
            return Outcome(text=str(error))
        # actions are other people's code: whatever they raise must not end the stage
        except Exception as error:
            return _error(turn.call.intent, error, turn.call.utterance)

    def _outcome(self, turn: Turn) -> Outcome:
        action = turn.intent.action
        if isinstance(action, SkillAction):
            skill = self.skills.get(action.skill)
            method = getattr(skill, action.method, None)
            if method is None:
                raise SkillError(f"The skill {action.skill} is not available.")
            outcome: Outcome = method(turn.call)
            return outcome
        return self._outside(action, turn) if action is not None else Outcome()

    def _outside(self, action: OutsideAction, turn: Turn) -> Outcome:
        """Programs and calls run beside: the stage goes on when they take long."""
        if len(self._running) >= RUNNING_MAX:
            raise SkillError(BUSY)
        self._pool = self._pool or ThreadPoolExecutor(RUNNING_MAX, "action")
        future = self._pool.submit(act_outside, action, turn.call, self.settings, self.now())
        try:
            return future.result(WAIT_S)
        except NotYet:
            if future.done():
                raise
            self._running.append((turn, future))
            return Outcome(later=True)

    # -- answers -------------------------------------------------------------------------------

    def _deliver(self, outcome: Outcome, turn: Turn) -> Iterator[m.Message]:
        for message in outcome.messages:
            yield _of_utterance(message, turn.call.utterance)
        if outcome.later:
            if turn.skill:
                self._later.append((turn, self.clock_s + LATER_S))
            return
        text = self._text(outcome, turn)
        if isinstance(text, m.Event):
            yield text
            text = WENT_WRONG
        if text:
            language = outcome.language
            yield from self.say(text, turn.call.utterance, turn.began, language, outcome.priority)
        elif isinstance(turn.intent.action, OutsideAction) and not turn.intent.answers:
            yield m.Earcon(name="done", utterance=turn.call.utterance)

    def _text(self, outcome: Outcome, turn: Turn) -> str | m.Event:
        if outcome.text is not None:
            return bounded(outcome.text)
        answers = turn.intent.answers
        template = answers.get(outcome.variant) or answers.get("")
        if template is None and outcome.variant:
            missing = f"there is no answer '{outcome.variant}' in {turn.intent.place}"
            return _error(turn.call.intent, SkillError(missing), turn.call.utterance)
        if template is None:
            return ""
        rendered = self._guarded(
            turn, lambda: Outcome(text=self._rendered(template, turn, outcome))
        )
        return rendered if isinstance(rendered, m.Event) else rendered.text or ""

    @staticmethod
    def _rendered(template: Answer, turn: Turn, outcome: Outcome) -> str:
        return template.render(turn.call.slots, outcome.facts)

    def say(
        self,
        text: str,
        utterance: str,
        began: float,
        language: str = "en",
        priority: Any = "answer",
    ) -> Iterator[m.Message]:
        """Have ``text`` spoken."""
        answer = f"answer-{secrets.token_hex(6)}"
        self.last_answer = text, language
        yield m.Say(text=text, answer=answer, language=language, priority=priority,
                    utterance=utterance)  # fmt: skip
        taken_ms = round((time.perf_counter() - began) * 1000, 3) if began else 0.0
        facts = {"answer": answer, "text": text, "language": language,
                 "understanding_ms": taken_ms}  # fmt: skip
        yield m.Event(kind="answer", utterance=utterance, facts=facts)

    # -- questions -----------------------------------------------------------------------------

    def ask(self, matches: tuple[Match, ...], utterance: str, began: float) -> Iterator[m.Message]:
        """Ask before doing: the first command that wants it puts the question."""
        if not self.settings.understanding.act:
            return
        asking = next(match for match in matches if match.template.intent.confirm)
        assert asking.template.intent.confirm is not None
        text = asking.template.intent.confirm.render(asking.slots, {})
        wait_s = self.settings.understanding.confirm_s
        spoken_s = len(text) / CHARACTERS_A_SECOND
        answer = ""
        for message in self.say(text, utterance, began):
            answer = message.answer if isinstance(message, m.Say) else answer
            yield message
        longest_s = self.settings.hearing.longest_s
        until = self.clock_s + spoken_s + wait_s + longest_s
        self.question = Question(matches, answer, until)
        yield m.Expect(seconds=spoken_s + wait_s, utterance=utterance)

    def asked_aloud(self, spoken: m.Spoken) -> Iterator[m.Message]:
        """The question has been heard: from now on its answer is awaited."""
        if self.question and spoken.answer == self.question.answer:
            yield m.Expect(
                seconds=self.settings.understanding.confirm_s, utterance=spoken.utterance
            )

    def answered(self) -> tuple[Match, ...]:
        """The commands that waited; the question is over."""
        matches = self.question.matches if self.question else ()
        self.question = None
        return matches

    def tell_time(self, at: float) -> None:
        """It is ``at``, monotonic. What was promised before any time was known counts from now."""
        if at and not self.clock_s:
            self._later = [(turn, until + at) for turn, until in self._later]
            if self.question:
                self.question = replace(self.question, until=self.question.until + at)
        self.clock_s = max(self.clock_s, at)

    # -- what comes by itself --------------------------------------------------------------------

    def receive(self, message: m.Message) -> Iterator[m.Message]:
        """Hand ``message`` to every skill, and say what follows."""
        if isinstance(message, m.Tick):
            yield from self._overdue()
        for name, skill in self.skills.items():
            try:
                outcomes = list(skill.receive(message))
                self._told.pop(name, None)
            except SkillError as error:
                outcomes = [Outcome(text=str(error))]
            # as above; the same fault is told once, not ten times a second
            except Exception as error:
                outcomes = []
                if self._told.get(name) != str(error):
                    self._told[name] = str(error)
                    yield _error(name, error, message.utterance)
            for outcome in outcomes:
                yield from self._deliver(outcome, self._turn_of(name, outcome, message))

    def _turn_of(self, skill: str, outcome: Outcome, message: m.Message) -> Turn:
        """The command that was to be answered later, or nobody's."""
        more = isinstance(message, m.Translation) and not message.done
        for i, (turn, _) in enumerate(self._later):
            asked = turn.skill == skill and message.utterance in ("", turn.call.utterance)
            if asked and outcome.priority != "alarm":
                if not more:
                    del self._later[i]
                return turn
        call = Call("", {}, "", message.utterance)
        return Turn(call, Intent("", skill, Place(skill, 0, 0)), 0.0, skill)

    def _overdue(self) -> Iterator[m.Message]:
        if self.question and self.clock_s > self.question.until:
            self.question = None
        self._later = [(turn, until) for turn, until in self._later if until > self.clock_s]
        done = [(turn, future) for turn, future in self._running if future.done()]
        self._running = [pair for pair in self._running if pair not in done]
        for turn, future in done:
            outcome = self._guarded(turn, future.result)
            if isinstance(outcome, m.Event):
                yield outcome
                outcome = Outcome(text=WENT_WRONG)
            yield from self._deliver(outcome, turn)

    def close(self) -> None:
        """Give connections back; running programs are left to their time limit."""
        for skill in self.skills.values():
            with suppress(Exception):
                skill.close()
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _error(what: str, error: Exception, utterance: str) -> m.Event:
    facts = {"message": f"{what}: {type(error).__name__}: {error}"}
    return m.Event(kind="error", utterance=utterance, facts=facts)


def _of_utterance(message: m.Message, utterance: str) -> m.Message:
    if message.utterance or not utterance:
        return message
    return msgspec.structs.replace(message, utterance=utterance)
