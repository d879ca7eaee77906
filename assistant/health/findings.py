"""What a check finds, and how checks are run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from assistant.config import Settings
from assistant.errors import AssistantError

State = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """One thing that was looked at."""

    state: State
    what: str
    """What was found, a sentence or figures."""
    remedy: str = ""
    """What to do about it."""


Check = Callable[[Settings], Finding]


def run_checks(checks: Mapping[str, Check], settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Every check's name and finding; a check that raises has failed."""
    for name, check in checks.items():
        yield name, _guarded(check, settings)


def _guarded(check: Check, settings: Settings) -> Finding:
    try:
        return check(settings)
    except AssistantError as error:
        what, _, remedy = str(error).partition("; ")
        return Finding("fail", what, remedy)
    except ImportError as error:
        package = (error.name or str(error)).split(".")[0]
        return Finding(
            "fail", f"{package} cannot be imported: {error}", "install it again: make setup"
        )
    except OSError as error:
        return Finding("fail", f"{error.filename or ''} {error.strerror or error}".strip(), "")
