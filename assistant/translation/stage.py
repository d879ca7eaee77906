"""The translation stage: a text in, its translation or a sentence that says why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from assistant import messages as m
from assistant.config import Settings
from assistant.stage import PlainStage
from assistant.translation.engines import CannotTranslate, TranslationEngine, open_engine
from assistant.translation.interpreter import interpret, pair_of

LONGEST_CHARACTERS = 10_000
REST_AFTER_S = 300.0
"""Unused for so long, the engine gives its memory back."""


class TranslationStage(PlainStage):
    """See the module.

    Args:
        engine: instead of the one that the configuration names.
    """

    tick_s = 30.0

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        engine: TranslationEngine | None = None,
    ) -> None:
        self._timeout_s = settings.translation.timeout_s
        self._engine = engine or open_engine(settings.translation)
        self._clock = clock
        self._used_at: float | None = None

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        """See ``Stage``."""
        if isinstance(message, m.Translate):
            self._used_at = self._clock()
            yield self._translate(message)
        elif isinstance(message, m.Tick):
            self._rest()

    def close(self) -> None:
        """See ``Stage``."""
        self._engine.close()

    def _translate(self, message: m.Translate) -> m.Translation:
        try:
            text, error = self._text(message), ""
        except CannotTranslate as reason:
            text, error = "", str(reason)
        return m.Translation(
            utterance=message.utterance,
            number=message.number,
            target=message.target,
            text=text,
            error=error,
        )

    def _text(self, message: m.Translate) -> str:
        if not message.text.strip():
            raise CannotTranslate("There is nothing to translate.")
        if len(message.text) > LONGEST_CHARACTERS:
            raise CannotTranslate("That is too long to translate at once.")
        pair = pair_of(self._engine, message.source, message.target)
        return interpret(self._engine, message.text, pair, self._timeout_s)

    def _rest(self) -> None:
        if self._used_at is not None and self._clock() - self._used_at >= REST_AFTER_S:
            self._used_at = None
            self._engine.rest()
