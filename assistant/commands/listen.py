"""``assistant listen``: transcript and intent of the microphone, of files, of standard input."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.commands.options import (
    config_option,
    json_option,
    print_json,
    sentences_options,
    settings_of,
)
from assistant.errors import AssistantError, AudioError, UsageError

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.messages import Event
    from assistant.trace import Record

INPUT = "-"
SETTLED_S = 0.3
"""So long after its intent an utterance has its answer, or none."""
LOOK_S = 0.2


@click.command()
@click.argument("files", nargs=-1)
@click.option("--wake", help="Listen only after this: a wake word's name, or `phrase`.")
@config_option
@json_option
@sentences_options
def listen(
    files: tuple[str, ...],
    wake: str | None,
    config: Path | None,
    as_json: bool,
    sentences: tuple[Path, ...],
    no_skills: bool,
) -> None:
    """Write down what is said, and what it would mean, while it is said.

    FILES are recordings (WAV, FLAC, Ogg, MP3), or - for standard input; without any it
    listens to the microphone until Ctrl-C. With --json there is a line for each utterance;
    of several files, exactly one for each file.

    \b
    Example:
      assistant listen
      assistant listen --json meeting.wav
      assistant listen --sentences pizza.yaml --no-skills order.wav
    """
    for path in sentences:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder of sentences")
    with tempfile.TemporaryDirectory(prefix="assistant-listen-") as name:
        source, links = _source(files, Path(name))
        overrides: dict[str, Any] = {
            "capture.source": source,
            "capture.pace": 0.0,
            "hearing.wake": wake or "none",
            "playback.device": "none",
            "playback.file": "",
            "voice.engine": "none",
            "understanding.act": False,
            "understanding.not_understood": "silent",
            "understanding.state": str(Path(name) / "state"),
        }
        if sentences:
            overrides["understanding.sentences"] = [str(path.absolute()) for path in sentences]
        if no_skills:
            overrides["understanding.skills"] = []
        listener = _JsonLines(links) if as_json else _Shown(links)
        _run(settings_of(config, overrides), listener, len(links) or int(source == INPUT))


def _source(files: tuple[str, ...], folder: Path) -> tuple[str, dict[str, str]]:
    """What capture shall read, and the given name of each file as the daemon will call it."""
    if not files:
        return "microphone", {}
    if INPUT in files:
        if len(files) > 1:
            raise UsageError("listen: standard input (-) or files, not both")
        return INPUT, {}
    _check(files)
    tape = folder / "tape"
    tape.mkdir()
    links = {}
    for number, name in enumerate(files):
        link = tape / f"{number:06d}.wav"
        link.symlink_to(Path(name).absolute())
        links[str(link)] = name
    return str(tape), links


def _check(files: tuple[str, ...]) -> None:
    """Raises ``AudioError`` with a line for each file that is no recording."""
    from assistant.capture.files import read_blocks

    faults = []
    for name in files:
        try:
            if not Path(name).is_file():
                raise AudioError(f"{name}: no such file")
            next(read_blocks(Path(name)), None)
        except AudioError as error:
            faults.append(str(error))
    if faults:
        raise AudioError("\n".join(faults))


def _run(settings: Settings, listener: _Shown | _JsonLines, files: int) -> None:
    """The daemon until all files are through, or Ctrl-C."""
    from assistant.daemon import Daemon

    with Daemon(settings, private=True) as daemon, daemon.tap() as tap:
        daemon.start()
        try:
            while daemon.outcome is None:
                event = tap.next(LOOK_S)
                if event is not None:
                    listener.show(event)
                    files -= event.kind == "end of input"
                    if event.kind == "end of input" and not files:
                        break
                listener.settle(time.monotonic())
        except KeyboardInterrupt:
            pass
        finally:
            listener.close()
        if daemon.outcome is not None and daemon.outcome.code:
            raise AssistantError(daemon.outcome.line)


class _Shown:
    """For a person: partials grow in place on a terminal."""

    def __init__(self, links: dict[str, str]) -> None:
        from rich.console import Console

        from assistant.commands.live import LiveView

        self._view = LiveView(Console())
        self._links = links

    def show(self, event: Event) -> None:
        """One event of the tap."""
        self._view.show(_named(event, self._links))

    def settle(self, now: float) -> None:
        """All is shown as it comes."""

    def close(self) -> None:
        """Take the growing line away."""
        self._view.close()


class _JsonLines:
    """For a program: a line for each utterance, or for each of several files."""

    def __init__(self, links: dict[str, str]) -> None:
        self._links = links
        self._records: dict[str, Record] = {}
        self._intent_at: dict[str, float] = {}
        self._told = False
        """A line has been printed."""

    def show(self, event: Event) -> None:
        """One event of the tap."""
        from assistant.trace import fold_all

        event = _named(event, self._links)
        if event.kind == "error":
            click.echo(f"assistant: {event.facts.get('message', '')}", err=True)
        self._records = fold_all(self._records, event, 1000)
        if event.kind == "intent":
            self._intent_at[event.utterance] = time.monotonic()
        if event.kind == "end of input":
            self._end(event.facts.get("file", ""))

    def settle(self, now: float) -> None:
        """Tell the utterances that nothing more will come of."""
        if len(self._links) > 1:
            return
        for utterance, at in list(self._intent_at.items()):
            if now - at > SETTLED_S:
                self._print(utterance)

    def close(self) -> None:
        """Tell what was still open."""
        if len(self._links) <= 1:
            for utterance in list(self._records):
                self._print(utterance)

    def _print(self, utterance: str) -> None:
        self._intent_at.pop(utterance, None)
        if record := self._records.pop(utterance, None):
            self._told = True
            print_json(record if self._links else _without_file(record))

    def _end(self, file: str) -> None:
        """The end of a file: its one line, or what is left of its lines."""
        mine = [key for key, record in self._records.items() if record["file"] == file]
        if len(self._links) > 1:
            print_json(_joined(file, [self._records.pop(key) for key in mine]))
        elif self._links and not mine and not self._told:
            print_json(_joined(file, []))
        else:
            for utterance in mine:
                self._print(utterance)


def _named(event: Event, links: dict[str, str]) -> Event:
    """The event with the name of the file as it was given."""
    import msgspec

    file = event.facts.get("file")
    if not file or file not in links:
        return event
    return msgspec.structs.replace(event, facts=event.facts | {"file": links[file]})


def _without_file(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "file"}


def _joined(file: str, records: list[Record]) -> Record:
    """One record of all utterances of a file: their words; the first intent there is."""
    from assistant.trace import new_record

    if len(records) == 1:
        return records[0]
    if not records:
        return new_record("") | {"file": file}
    understood = next((record for record in records if record["intent"]), records[0])
    return understood | {
        "text": " ".join(record["text"] for record in records if record["text"]),
        "words": [word for record in records for word in record["words"]],
        "began": records[0]["began"],
        "ended": records[-1]["ended"],
        "utterances": records,
    }
