"""Everything that can go wrong and that a person can mend.

    AssistantError             one sentence: what, where, what was expected, what to do
    ├── ConfigError            config.toml, environment, sentence files
    ├── UsageError             wrong use of a command, bad input
    ├── AudioError             a file that is not audio, a device that is not there
    ├── ModelError             weights missing, damaged or of another make
    ├── BusError               addresses in use, keys, messages that do not validate
    └── SkillError             an action that failed; its text is spoken

Commands print the sentence and exit with 2 (``BadInput`` and its children) or 1 (the rest);
the daemon sends an ``error`` event and lives on.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class AssistantError(Exception):
    """A fault with a sentence for the person who can mend it."""

    exit_code = 1


class BadInput(AssistantError):
    """What was given cannot be used: exit code 2."""

    exit_code = 2


class UsageError(BadInput):
    """Wrong use of a command."""


class AudioError(BadInput):
    """Audio that cannot be read, or a device that is not there."""


class ModelError(BadInput):
    """Weights missing, damaged or of another make."""


class ConfigError(BadInput):
    """Faults in configuration or sentences, all at once, one a line."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class BusError(BadInput):
    """Addresses in use, wrong keys, messages that do not validate."""


class SkillError(AssistantError):
    """An action that failed; the text is spoken to the user."""


def sentence(error: BaseException) -> str:
    """One line: the sentence of our own errors, else type, text and place."""
    if isinstance(error, AssistantError):
        return "; ".join(str(error).splitlines())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}".split()) + place
