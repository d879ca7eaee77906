"""What a voice engine is, and which there are by name.

A new engine is a module with a class, and a line in ``open_engine``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from assistant.config import Voice
from assistant.pcm import Int16


class VoiceEngine(Protocol):
    """Sentences to sound."""

    rate_hz: int

    def speak(self, sentence: str, language: str, speed: float, pitch: float) -> Iterator[Int16]:
        """Audio of ``sentence``, (samples,), in order; closing the iterator stops the work.

        Args:
            speed: 1 is the engine's own; 2 twice as fast.
            pitch: 1 is the voice's own.

        Raises:
            ModelError: the engine cannot speak this.
        """
        ...

    def speaks(self, language: str) -> bool:
        """Whether there is a voice for ``language``; without one the default voice is used."""
        ...

    def close(self) -> None:
        """Give files and memory back."""
        ...


class Mute:
    """Engine ``none``: answers are seen on the tap and not heard."""

    rate_hz = 16_000

    def speak(self, sentence: str, language: str, speed: float, pitch: float) -> Iterator[Int16]:
        """Nothing."""
        return iter(())

    def speaks(self, language: str) -> bool:
        """Any language is passed over in silence."""
        return True

    def close(self) -> None:
        """Nothing to give back."""


def open_engine(settings: Voice) -> VoiceEngine:
    """The engine that the configuration names, ready to speak.

    Raises:
        ModelError: its package or its data are missing.
    """
    if settings.engine == "none":
        return Mute()
    from assistant.voice.espeak import Espeak

    return Espeak(settings.name)
