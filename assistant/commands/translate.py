"""``assistant translate``: arguments, a file or standard input, one line a line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.errors import UsageError

LONGEST_LINE_BYTES = 1 << 20


@click.command()
@click.argument("text", nargs=-1)
@click.option("--from", "source", help="Language of the text: code or English name.")
@click.option("--to", "target", default="es", show_default=True, help="Language to translate to.")
@click.option(
    "-i",
    "--input",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Text file instead of TEXT.",
)
@config_option
@json_option
def translate(
    text: tuple[str, ...],
    source: str | None,
    target: str,
    file: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Translate TEXT, a file, or standard input where TEXT is a single dash.

    \b
    Examples:
      assistant translate Good morning
      assistant translate --from es --to en - < letter.txt
    """
    from assistant.translation.engines import CannotTranslate, open_engine
    from assistant.translation.interpreter import interpret, pair_of

    settings = settings_of(config)
    if bool(text) == bool(file):
        raise UsageError("expected a text, a dash for standard input, or --input FILE: one of them")
    with closing(open_engine(settings.translation)) as engine:
        try:
            pair = pair_of(engine, source or settings.understanding.language, target)
        except CannotTranslate as error:
            raise UsageError(str(error)) from error
        for line in _lines(text, file):
            made = interpret(engine, line, pair, settings.translation.timeout_s)
            if as_json:
                facts = {"text": line, "translation": made, "source": pair[0], "target": pair[1]}
                print_json(facts)
            else:
                click.echo(made)


def _lines(text: tuple[str, ...], file: Path | None) -> Iterator[str]:
    if file:
        try:
            opened = file.open("rb")
        except OSError as error:
            raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
        with opened:
            yield from _decoded(opened, str(file))
    elif text == ("-",):
        yield from _decoded(sys.stdin.buffer, "standard input")
    elif not " ".join(text).strip():
        raise UsageError("there is nothing to translate")
    else:
        yield from " ".join(text).splitlines()


def _decoded(stream: BinaryIO, name: str) -> Iterable[str]:
    number = 0
    while line := stream.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        if len(line) > LONGEST_LINE_BYTES:
            raise UsageError(f"{name}:{number}: a line of more than 1 MB")
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UsageError(f"{name}:{number}: not UTF-8 text: byte {error.start + 1}") from error
