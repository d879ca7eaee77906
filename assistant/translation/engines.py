"""What a translation engine is, and which there are by name.

A new engine is a module with a class, and a line in ``open_engine``.
"""

from __future__ import annotations

from typing import Protocol

from assistant.config import Translation
from assistant.errors import AssistantError

Pair = tuple[str, str]
"""Two-letter codes: from, to."""


class CannotTranslate(AssistantError):
    """Why there is no translation, in a sentence that can be spoken."""


class TranslationEngine(Protocol):
    """Sentences from one language into another."""

    longest_characters: int
    """What ``translate`` takes at once."""

    def pairs(self) -> list[Pair]:
        """What it can do now; none: it is not installed."""
        ...

    def translate(self, text: str, pair: Pair, timeout_s: float) -> str:
        """``text``, a line without markup, in the other language.

        Raises:
            CannotTranslate: it took too long, or the engine broke.
        """
        ...

    def rest(self) -> None:
        """Give memory back that only a translation needs; the next one takes longer."""
        ...

    def close(self) -> None:
        """Give processes and memory back."""
        ...


class NoEngine:
    """Engine ``none``: nothing is translated."""

    longest_characters = 1

    def pairs(self) -> list[Pair]:
        """None."""
        return []

    def translate(self, text: str, pair: Pair, timeout_s: float) -> str:
        """Never; see ``TranslationEngine``."""
        raise CannotTranslate(missing_sentence("none"))

    def rest(self) -> None:
        """Nothing to give back."""

    def close(self) -> None:
        """Nothing to give back."""


def open_engine(settings: Translation) -> TranslationEngine:
    """The engine that the configuration names. One that is not installed has no pairs."""
    if settings.engine == "none":
        return NoEngine()
    from assistant.translation.apertium import Apertium

    return Apertium()


def missing_sentence(engine: str) -> str:
    """Why ``engine`` translates nothing at all, and what to do."""
    if engine == "none":
        return "I cannot translate: translation is switched off in the configuration."
    return (
        "I cannot translate: Apertium is not installed; "
        "install the packages apertium and apertium-eng-spa."
    )
