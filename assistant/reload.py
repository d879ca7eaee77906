"""What a changed configuration means for a running daemon: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from assistant.config import Settings

FIXED = {"pipeline", "bus"}
"""Sections that count only from the next start on."""
SUPERVISORS = {"trace"}
"""Sections that the supervisor itself reads."""
READERS = {"mqtt": "understanding", "home_assistant": "understanding"}
"""Sections that are not named after the stage that reads them."""


class Plan(NamedTuple):
    """What to do about changed settings."""

    remade: list[str]
    """Stages that are made anew with them."""
    changed: list[str]
    """Dotted keys that count at once."""
    fixed: list[str]
    """Dotted keys that need a restart of the daemon."""
    settings: Settings
    """The new ones, with the old values of ``fixed``."""


def plan(old: Settings, new: Settings, stages: Iterable[str]) -> Plan:
    """What follows from going over from ``old`` to ``new``, for a daemon that runs ``stages``."""
    keys = list(changed_keys(old.model_dump(), new.model_dump()))
    fixed = [key for key in keys if key.split(".")[0] in FIXED]
    changed = [key for key in keys if key not in fixed]
    sections = {key.split(".")[0] for key in changed}
    readers = {READERS.get(section, section) for section in sections - SUPERVISORS}
    kept = new.model_copy(update={section: getattr(old, section) for section in FIXED})
    return Plan([name for name in stages if name in readers], changed, fixed, kept)


def changed_keys(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Dotted keys whose values differ; tables of the user's own making count as one value."""
    for key in new:
        if isinstance(new[key], dict) and isinstance(old.get(key), dict) and not prefix:
            yield from changed_keys(old[key], new[key], f"{key}.")
        elif old.get(key) != new[key]:
            yield prefix + key
