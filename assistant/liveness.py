"""What the supervisor knows of a stage, its restart budget, and how the daemon ends: values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from assistant import messages as m
from assistant.children import Child

BACK_OFF_FIRST_S, BACK_OFF_MOST_S = 0.1, 5.0


class Outcome(NamedTuple):
    """Why the daemon ended."""

    code: int = 0
    line: str = ""
    again: bool = False
    """A thread hangs: only a new process helps."""


@dataclass
class Watched:
    """What is known of one stage."""

    name: str
    placement: str
    state: m.State = "stopped"
    child: Child | None = None
    beats_left: int = 0
    since: float = 0.0
    ever_ready: bool = False
    restarts: list[float] = field(default_factory=list)
    """Monotonic times of those that still count."""
    restarted: int = 0
    """How often in all."""
    retry_at: float | None = None
    """A dead process is started again then."""
    back_off_s: float = BACK_OFF_FIRST_S
    detail: str = ""
    dropped: Counter[str] = field(default_factory=Counter)

    def alive(self) -> bool:
        """Its thread or process runs."""
        return self.child is not None and self.child.alive()

    def pause(self, now: float, forgotten_s: float) -> None:
        """Wait before the next start, longer each time, unless it has run well for long."""
        if self.state == "ready" and now - self.since > forgotten_s:
            self.back_off_s = BACK_OFF_FIRST_S
        self.retry_at = now + self.back_off_s
        self.back_off_s = min(self.back_off_s * 2, BACK_OFF_MOST_S)


def within_budget(
    times: list[float], now: float, limit: int, window_s: float
) -> list[float] | None:
    """Restarts of the last ``window_s`` with one more ``now``; None when that is one too many."""
    recent = [*(at for at in times if now - at < window_s), now]
    return recent if len(recent) <= limit else None


TOLD = {"error", "dropped", "xrun", "device lost", "device found", "silent input", "muted"}
"""Kinds of event that the log tells of: never what was said or answered."""


def log_line(event: m.Event) -> str:
    """One line for the log, or "" for what does not belong there."""
    facts = event.facts
    if event.kind not in TOLD:
        return ""
    rest = facts.get("message") or " ".join(f"{key} {value}" for key, value in facts.items())
    place = f"{event.stage}: " if event.stage else ""
    return f"{place}{rest}" if event.kind == "error" else f"{place}{event.kind} {rest}".rstrip()
