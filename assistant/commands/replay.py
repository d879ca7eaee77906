"""``assistant replay``: a recorded utterance once more, and what is different this time."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.errors import AssistantError, UsageError

COMPARED = ("text", "intent", "slots", "confidence", "decided")
PASSES_S = 120.0
"""More than any recorded utterance takes at full speed."""


@click.command()
@click.argument("utterance")
@config_option
@json_option
@click.option("--sentences", type=click.Path(path_type=Path), multiple=True, help="These instead.")
@click.option("--no-skills", is_flag=True, help="Leave the built-in skills out.")
def replay(
    utterance: str,
    config: Path | None,
    as_json: bool,
    sentences: tuple[Path, ...],
    no_skills: bool,
) -> None:
    """Run a recorded utterance again and show what differs. Nothing is acted on.

    UTTERANCE is the id of one that was kept (see `trace.folder` in config.toml), or a
    sound file; a record of the same name beside it, as FILE.json, is what it is compared to.

    \b
    Example:
      assistant replay 1f0c22ab-3
      assistant replay kitchen.wav --config other.toml
    """
    sound, before = kept(utterance, config)
    overrides: dict[str, Any] = {}
    if sentences:
        overrides["understanding.sentences"] = [str(path.absolute()) for path in sentences]
    if no_skills:
        overrides["understanding.skills"] = []
    after = run_again(sound, config, overrides)
    if as_json:
        print_json({"before": before, "after": after, "differs": differing(before, after)})
    else:
        show(before, after)


def kept(utterance: str, config: Path | None) -> tuple[Path, dict[str, Any]]:
    """The sound of an utterance and its record; an empty one where there is none.

    Raises:
        UsageError: no such file, and no such utterance was kept.
    """
    from assistant.tracefolder import read_record

    path = Path(utterance)
    if path.is_file():
        return path, _read_beside(path.with_suffix(".json"))
    folder = settings_of(config).trace.folder
    if not folder:
        raise UsageError(
            f"{utterance}: no such file, and no utterances are kept: name a folder in trace.folder"
        )
    record = read_record(Path(folder).expanduser(), utterance)
    sound = Path(folder).expanduser() / f"{utterance}.wav"
    if not sound.is_file():
        raise UsageError(f"{sound}: the sound of this utterance was not kept")
    return sound, record


def _read_beside(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: not the record of an utterance: {error}") from error
    return record if isinstance(record, dict) else {}


def run_again(sound: Path, config: Path | None, overrides: dict[str, Any]) -> dict[str, Any]:
    """The record of ``sound`` run through the whole daemon at full speed."""
    from assistant.daemon import Daemon
    from assistant.trace import Record, fold_all

    records: dict[str, Record] = {}
    with tempfile.TemporaryDirectory(prefix="assistant-replay-") as name:
        fixed = {
            "capture.source": str(sound.absolute()),
            "capture.pace": 0.0,
            "hearing.wake": "none",
            "voice.engine": "none",
            "playback.device": "none",
            "playback.file": "",
            "trace.folder": "",
            "understanding.act": False,
            "understanding.not_understood": "silent",
            "understanding.state": name,
        }
        settings = settings_of(config, fixed | overrides)
        with Daemon(settings, private=True) as daemon, daemon.tap() as tap:
            daemon.start()
            daemon.wait_ready()
            for event in tap.until("end of input", PASSES_S):
                records = fold_all(records, event, 100)
                if event.kind == "error":
                    raise AssistantError(str(event.facts.get("message")))
    heard = [record for record in records.values() if record["text"]]
    found = max(heard, key=lambda record: len(record["words"]), default=None)
    return found or next(iter(records.values()), {"text": "", "intent": "", "slots": {}})


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Which of the facts that matter are not the same."""
    if not before:
        return []
    return [name for name in COMPARED if _plain(before, name) != _plain(after, name)]


def _plain(record: dict[str, Any], name: str) -> Any:
    """A fact without what changes from run to run: the sample clock begins anew."""
    value = record.get(name)
    if name == "slots":
        return {slot: facts.get("value") for slot, facts in (value or {}).items()}
    if name == "decided":
        ended = record.get("ended")
        return round(value - ended, 2) if value and ended else None
    return round(value, 2) if isinstance(value, float) else value


def show(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Side by side, where there is something to compare with."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for column in ("", *(["before"] if before else []), "now"):
        table.add_column(column)
    different = differing(before, after)
    labels = {"decided": "decided, s after speech"}
    for name in COMPARED:
        cells = [str(_plain(record, name)) for record in (before, after) if record]
        style = "bold yellow" if name in different else ""
        table.add_row(labels.get(name, name), *cells, style=style)
    Console().print(table)
    if before:
        click.echo(f"differs: {', '.join(different)}" if different else "nothing differs")
