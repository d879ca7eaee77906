"""Say it in another language: the question goes to translation, the answer comes later."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from assistant.errors import SkillError
from assistant.messages import Message, Tick, Translate, Translation
from assistant.skills.api import Call, Outcome, Skill, Surroundings

MOST_WAITING = 8
LONGEST_CHARACTERS = 2000


class Question(msgspec.Struct):
    """A translation that is on its way."""

    target: str
    language: str
    """What the user calls it."""
    until: float | None = None
    """Monotonic; found at the first tick."""


class Translator(Skill):
    """Translate; answers come out of ``receive``, in the language that was asked for."""

    name = "translate"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._number = 0
        self._waiting: dict[int, Question] = {}

    def translate(self, call: Call) -> Outcome:
        """``phrase`` to ``language`` (its ISO 639-1 code)."""
        if len(self._waiting) >= MOST_WAITING:
            raise SkillError("The translator is busy.")
        target, text = str(call.value("language")), str(call.value("phrase"))[:LONGEST_CHARACTERS]
        if target == call.language:
            return Outcome(text=text)
        self._number += 1
        self._waiting[self._number] = Question(target, call.slots["language"].text)
        question = Translate(
            text=text,
            source=call.language,
            target=target,
            number=self._number,
            utterance=call.utterance,
        )
        return Outcome(messages=[question], later=True)

    def receive(self, message: Message) -> Iterator[Outcome]:
        """The translation, a sentence that says why there is none, or that it takes too long."""
        if isinstance(message, Translation):
            yield from self._answer(message)
        elif isinstance(message, Tick):
            yield from self._give_up(message.at)

    def _answer(self, message: Translation) -> Iterator[Outcome]:
        question = self._waiting.get(message.number)
        if question is None:
            return  # given up long ago, or not ours
        if message.error:
            yield Outcome(text=message.error)
        elif message.text:
            yield Outcome(text=message.text, language=question.target)
        elif message.done:
            language = question.language.capitalize()
            yield Outcome(text=f"I do not know how to say that in {language}.")
        if message.done or message.error:
            del self._waiting[message.number]

    def _give_up(self, at: float) -> Iterator[Outcome]:
        limit_s = self.surroundings.settings.translation.timeout_s * 2
        for number, question in list(self._waiting.items()):
            if question.until is None:
                question.until = at + limit_s
            elif at >= question.until:
                del self._waiting[number]
                yield Outcome(text="The translator does not answer.")
