"""What every benchmark ends with: a table on the terminal and ``benchmarks/out/NAME.json``."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"


def quiet_console() -> Console:
    """For views whose records are wanted, not their print."""
    return Console(quiet=True)


def machine() -> str:
    """Processor, cores and Python in a few words."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured, with ``+`` when the tree had changes."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def write(name: str, figures: dict[str, float], left_out: list[str], **more: Any) -> None:
    """Print and write the figures; ``left_out`` names what could not be measured and why."""
    table = Table(title=name, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for figure, value in figures.items():
        table.add_row(figure, f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}")
    console = Console()
    console.print(table)
    for line in left_out:
        console.print(f"left out: {line}")
    OUT.mkdir(exist_ok=True)
    facts = {"figures": figures, "left_out": left_out, "machine": machine(), "commit": commit()}
    (OUT / f"{name}.json").write_text(json.dumps({**facts, **more}, indent=1) + "\n")
