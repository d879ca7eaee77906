"""``assistant doctor``: what is wrong on this machine, and how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.config import Settings
from assistant.errors import ConfigError

if TYPE_CHECKING:
    from assistant.health.findings import Finding

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@config_option
@json_option
@click.option("--no-sound", is_flag=True, help="Play and record nothing.")
def doctor(config: Path | None, as_json: bool, no_sound: bool) -> None:
    """Check this machine; plays four chirps and listens to them.

    Ends with 1 where something has failed.

    \b
    Example:
      assistant doctor --no-sound
    """
    found: list[Finding] = []
    rows = []
    for name, finding in examine(config, with_sound=not no_sound):
        found.append(finding)
        if as_json:
            print_json({"check": name, **finding._asdict()})
        else:
            rows.append((name, finding))
    if not as_json:
        _print_table(rows)
    sys.exit(1 if any(finding.state == "fail" for finding in found) else 0)


def examine(config: Path | None, with_sound: bool) -> Iterator[tuple[str, Finding]]:
    """Name and finding of each check, one after another."""
    from assistant.health.checks import CHECKS
    from assistant.health.findings import Finding, run_checks

    try:
        settings = settings_of(config)
    except ConfigError as error:
        for fault in error.faults:
            yield "configuration", Finding("fail", fault, "mend it; `assistant config check`")
        return
    yield "configuration", Finding("ok", "no faults")
    usable = True
    for name, finding in run_checks(CHECKS, settings):
        usable = usable and not (name in {"microphone", "speaker"} and finding.state == "fail")
        yield name, finding
    if with_sound and usable and _has_both(settings):
        yield from _sound_chain(settings)


def _has_both(settings: Settings) -> bool:
    """Microphone and speaker are devices, not files."""
    playback = settings.playback
    live = settings.capture.source == "microphone"
    return live and not playback.file and playback.device != "none"


def _sound_chain(settings: Settings) -> Iterator[tuple[str, Finding]]:
    from assistant.health.findings import Finding
    from assistant.health.sound_chain import judge, measure

    measured = measure(settings)
    if isinstance(measured, Finding):
        yield "sound chain", measured
    else:
        yield from judge(measured)


def _print_table(rows: list[tuple[str, Finding]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    table = Table("", "Check", Column("Found", overflow="fold"), "What to do")
    for name, finding in rows:
        colour = COLOURS[finding.state]
        remedy = "" if finding.state == "ok" else finding.remedy
        table.add_row(f"[{colour}]{finding.state}[/]", name, finding.what, remedy)
    Console().print(table)
