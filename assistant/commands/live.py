"""Shows what the daemon hears, understands and answers, while it does: for ``demo`` and ``run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from assistant.messages import Event
from assistant.trace import SPANS, Record, fold_all

KEPT = 200


class LiveView:
    """Prints events as they come; partials grow in place on a terminal.

    Keeps the record of each utterance (see ``trace``), so that the caller can look at the
    results when all is said.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._partial = ""
        self._heard = ""
        self.records: dict[str, Record] = {}

    def show(self, event: Event) -> None:
        """One event of the tap."""
        before = self.records.get(event.utterance, {})
        self.records = fold_all(self.records, event, KEPT)
        record = self.records.get(event.utterance, {})
        match event.kind:
            case "began":
                self._began(event)
            case "partial":
                self._grow(event.facts.get("text", ""))
            case "final":
                self._final(event)
            case "intent":
                self._intent(event.facts)
            case "answer":
                self._print("  ◂ ", event.facts.get("text", ""), "bold green")
            case "error" | "device lost" | "device found" | "silent input" | "dropped":
                detail = event.facts.get("message") or _plain(event.facts)
                self._print("  ! ", f"{event.kind}: {detail}", "yellow")
        if "total" in record.get("spans", {}) and "total" not in before.get("spans", {}):
            self._spans(record["spans"])

    def close(self) -> None:
        """Take the growing line away."""
        if self._live:
            self._live.stop()
            self._live = None

    def _began(self, event: Event) -> None:
        self.close()
        self._partial = ""
        name = Path(str(event.facts.get("file", ""))).name
        self._console.print()
        self._print("♪ ", name or "listening", "dim")

    def _grow(self, text: str) -> None:
        if text == self._partial:
            return
        self._partial = text
        line = Text("  … ", "dim").append(text, "italic")
        if not self._console.is_terminal:
            self._console.print(line)
            return
        if self._live is None:
            self._live = Live(console=self._console, transient=True, refresh_per_second=12)
            self._live.start()
        self._live.update(line)

    def _final(self, event: Event) -> None:
        self.close()
        text = self._heard = event.facts.get("text", "")
        if not text:
            self._print("  ▸ ", "(nothing recognised)", "dim")
            return
        confidence = float(event.facts.get("confidence", 0.0))
        line = Text("  ▸ ", "dim").append(text, "bold").append(f"   {confidence:.2f}", "dim")
        self._console.print(line)

    def _intent(self, facts: dict[str, Any]) -> None:
        if not facts.get("intent"):
            self._print("  ? ", facts.get("why") or "no command", "yellow")
            return
        line = Text("  = ", "dim").append(facts["intent"], "bold cyan")
        if facts.get("text", self._heard) != self._heard:
            line.append(f"  “{facts['text']}”", "italic")
        for name, slot in facts.get("slots", {}).items():
            value = slot["value"] if isinstance(slot, dict) else slot
            line.append(f"  {name}=", "dim").append(str(value), "cyan")
        self._console.print(line)

    def _spans(self, spans: dict[str, float]) -> None:
        parts = [f"{name} {spans[name]:.0f}" for name in SPANS]
        self._print("  · ", f"{' + '.join(parts)} = {spans['total']:.0f} ms", "dim")

    def _print(self, sign: str, text: str, style: str) -> None:
        self._console.print(Text(sign, "dim").append(text, style))


def _plain(facts: dict[str, Any]) -> str:
    return " ".join(f"{key} {value}" for key, value in facts.items())
