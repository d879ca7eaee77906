"""``assistant demo``: spoken commands through the whole pipeline, without a microphone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.commands.options import config_option, settings_of

if TYPE_CHECKING:
    from assistant.commands.live import LiveView
    from assistant.demonstration import Recording

EACH_S = 40.0
"""More than any recording and its answer take."""
QUICK = 3


@click.command()
@config_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("assistant-demo"),
    show_default=True,
    help="Folder for the answers' sound.",
)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="SVG of it all.")
@click.option("--quick", is_flag=True, help="Three commands only, and no count.")
def demo(config: Path | None, out: Path, picture: Path | None, quick: bool) -> None:
    """Show the assistant at work on spoken commands, in real time.

    Some are made on the spot by the voice engine, some are recordings of real people. They
    go through the whole daemon, the answers are written as sound files. Then all shipped
    recordings of real people are counted.

    \b
    Example:
      assistant demo --out answers
    """
    show(config, out, picture, quick)


def show(config: Path | None, out: Path, picture: Path | None = None, quick: bool = False) -> None:
    """The whole demonstration, or a ``quick`` beginning of it."""
    from rich.console import Console

    from assistant.commands.live import LiveView
    from assistant.demonstration import chosen, linked

    console = Console(record=picture is not None, width=100 if picture else None)
    with tempfile.TemporaryDirectory(prefix="assistant-demo-") as name:
        folder = Path(name)
        (folder / "made").mkdir()
        live, rest, left_out = chosen(folder / "made")
        live = live[:QUICK] if quick else live
        out.mkdir(parents=True, exist_ok=True)
        console.print("Spoken commands, in real time. Nothing leaves this computer.", style="bold")
        if left_out:
            console.print(left_out, style="yellow")
        view = LiveView(console)
        links = linked(live, folder / "live")
        first = play(settings_for(config, folder, "live", out), view, len(live))
        if not quick:
            hush = LiveView(Console(quiet=True))
            links |= linked(rest, folder / "rest")
            second = play(settings_for(config, folder, "rest"), hush, len(rest))
            count(console, links, [*first, *second])
    console.print(f"The answers can be heard in {out}/")
    if picture:
        console.save_svg(str(picture), title="assistant demo")


def settings_for(config: Path | None, folder: Path, source: str, out: Path | None = None) -> Any:
    """Settings of one part: in real time with sound where ``out`` is given, else at full speed."""
    from assistant.demonstration import write_house

    overrides: dict[str, Any] = {
        "capture.source": str(folder / source),
        "capture.pace": 1.0 if out else 0.0,
        "hearing.wake": "none",
        "understanding.state": str(folder / "state" / source),
        "understanding.sentences": [str(write_house(folder))],
        "playback.device": "none",
    }
    if out:
        overrides["playback.file"] = str(out)
    else:
        overrides["voice.engine"] = "none"
    return settings_of(config, overrides)


def play(settings: Any, view: LiveView, files: int) -> list[dict[str, Any]]:
    """Run the daemon until all ``files`` are through; the records of the utterances."""
    from assistant.daemon import Daemon

    faults: list[str] = []
    with Daemon(settings, private=True, log=faults.append) as daemon, daemon.tap() as tap:
        daemon.start()
        for _ in range(files):
            for event in tap.until("end of input", EACH_S):
                view.show(event)
        view.close()
    return list(view.records.values())


def count(console: Any, links: dict[str, Recording], records: list[dict[str, Any]]) -> None:
    """How many recordings of real people ended in the right intent with the right slots."""
    from rich.table import Table

    by_file: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_file.setdefault(record["file"], []).append(record)
    real = {path: found for path, found in links.items() if found.licence}
    right = 0
    table = Table(title="\nRecordings of real people", title_justify="left", title_style="bold")
    for column in ("said", "heard", "understood", ""):
        table.add_column(column)
    for path, recording in real.items():
        heard = by_file.get(path, [])
        good = is_right(recording, heard)
        right += good
        text = " / ".join(record["text"] for record in heard)
        intents = " / ".join(record["intent"] for record in heard if record["intent"])
        said = recording.text or "(something else)"
        table.add_row(said, text, intents or "–", "✓" if good else "✗")
    console.print(table)
    console.print(f"{right} of {len(real)} right: intent and every slot", style="bold")


def is_right(recording: Recording, heard: list[dict[str, Any]]) -> bool:
    """One command and no other was understood, or none where there was none."""
    acted = [record for record in heard if record["intent"]]
    if not recording.intent:
        return not acted
    return len(acted) == 1 and recording.is_right(acted[0])
