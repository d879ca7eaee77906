"""``assistant explain``: what a sentence would do, or did, and why."""

from __future__ import annotations

import re
from pathlib import Path

import click

from assistant.commands.options import (
    config_option,
    json_option,
    print_json,
    sentences_options,
    settings_of,
)
from assistant.config import Settings
from assistant.errors import AssistantError, UsageError

_ID = re.compile(r"(?=\S*\d)[\w.]+-[\w.-]+")
"""Ids of utterances have a hyphen and a figure, and no space."""


@click.command()
@click.argument("sentence", nargs=-1)
@click.option("--last", is_flag=True, help="What the running daemon heard last.")
@config_option
@json_option
@sentences_options
def explain(
    sentence: tuple[str, ...],
    last: bool,
    config: Path | None,
    as_json: bool,
    sentences: tuple[Path, ...],
    no_skills: bool,
) -> None:
    """Say what SENTENCE would do, and why the near misses missed.

    With an utterance's ID, or --last, say what the running daemon did and why.

    \b
    Example:
      assistant explain "set a timer for ten minutes"
      assistant explain --last
    """
    settings = settings_of(config)
    text = " ".join(sentence).strip()
    if last == bool(text):
        raise UsageError("explain: expected a sentence, an utterance's id, or --last")
    if last or (_ID.fullmatch(text) and _daemon_runs(settings)):
        _explain_past(text, settings, as_json)
    else:
        _explain_sentence(text, settings, as_json, sentences, not no_skills)


def _explain_past(utterance: str, settings: Settings, as_json: bool) -> None:
    from assistant.commands.client import ask
    from assistant.understanding.explain import recorded

    record = ask(settings, "trace", {"id": utterance} if utterance else {})
    if as_json:
        print_json(record)
        return
    click.echo("\n".join(recorded(record)))


def _explain_sentence(
    text: str, settings: Settings, as_json: bool, files: tuple[Path, ...], with_skills: bool
) -> None:
    from assistant.understanding.explain import explain_sentence, explained, read_library

    library, faults = read_library(settings, files, with_skills)
    for fault in faults:
        click.echo(f"assistant: {fault}", err=True)
    facts = explain_sentence(text, library, settings)
    if as_json:
        print_json(facts)
        return
    click.echo("\n".join(explained(facts)))


def _daemon_runs(settings: Settings) -> bool:
    from assistant.commands.client import running_folder

    try:
        running_folder(settings)
    except AssistantError:
        return False
    return True
