"""Ready-made wake words: microWakeWord's small networks, through pymicro-wakeword.

A word's network costs about 0.3 % of a core, all the time; it needs no gate before it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, NamedTuple

from assistant.config import Hearing
from assistant.errors import ModelError
from assistant.pcm import Int16, samples_of

OPEN_EAR = ("none", "phrase")
"""Values of ``hearing.wake`` that need no network."""
LOOK_BACK_SAMPLES = samples_of(0.14)
"""A network fires so long after the end of its word: 100 to 170 ms for most speakers
(measured with seven synthetic voices: -80 to 235 ms)."""
REFRACTORY_SAMPLES = samples_of(1.0)
"""One word fires once."""
PACKAGE = "pymicro_wakeword"


class Waking(NamedTuple):
    """The state; the recurrent part of the network advances in place in its library."""

    word: Any
    features: Any
    deaf_samples: int = 0
    """Nothing fires for so long."""


class WakeWord:
    """One ready-made wake word by name.

    Raises:
        ModelError: there is no such word, or the package is missing.
    """

    def __init__(self, settings: Hearing) -> None:
        self.name = settings.wake
        self._config = _config_of(settings.wake)
        self._threshold = settings.wake_threshold

    def start(self) -> Waking:
        """The state before the first frame."""
        from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures

        try:
            word = MicroWakeWord.from_config(self._config)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"hearing.wake = {self.name!r}: cannot be loaded: {error}") from error
        return Waking(word, MicroWakeWordFeatures())

    def step(self, state: Waking, frame: Int16) -> tuple[Waking, bool, float]:
        """Whether the word ended shortly before the end of ``frame``, and its score, 0 to 1."""
        threshold = self._threshold or state.word.probability_cutoff
        deaf = max(state.deaf_samples - frame.size, 0)
        score = 0.0
        for features in state.features.process_streaming(frame.tobytes()):
            score = max(score, state.word.process_streaming_prob(features) or 0.0)
        fired = score > threshold and deaf == 0
        return state._replace(deaf_samples=REFRACTORY_SAMPLES if fired else deaf), fired, score


def known_words() -> list[str]:
    """Names of the wake words that are installed."""
    folder = _folder()
    return sorted(path.stem for path in folder.glob("*.json")) if folder else []


def _folder() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    return Path(spec.origin).parent / "models" if spec and spec.origin else None


def _config_of(name: str) -> Path:
    folder = _folder()
    if folder is None:
        raise ModelError(
            f"hearing.wake = {name!r}: the package pymicro-wakeword is missing; install it, "
            "or set 'none' or 'phrase'"
        )
    if name not in known_words():
        choice = ", ".join([*OPEN_EAR, *known_words()])
        raise ModelError(f"hearing.wake = {name!r}: no such wake word; there are {choice}")
    return folder / f"{name}.json"
