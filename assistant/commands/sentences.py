"""``assistant sentences``: check files, list what can be said, try it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from assistant.commands.options import (
    config_option,
    json_option,
    print_json,
    sentences_options,
    settings_of,
)
from assistant.errors import ConfigError

FORMS_SHOWN = 3


@click.group()
def sentences() -> None:
    """What can be said: check, list, try.

    \b
    Example:
      assistant sentences try --sentences my.yaml "open the door"
    """


@sentences.command()
@config_option
@json_option
@sentences_options
def check(config: Path | None, as_json: bool, sentences: tuple[Path, ...], no_skills: bool) -> None:
    """Show all faults in the sentence files, with file, line and column.

    \b
    Example:
      assistant sentences check --sentences my.yaml
    """
    from assistant.understanding.explain import read_library
    from assistant.understanding.library import build_graph

    settings = settings_of(config)
    library, faults = read_library(settings, sentences, not no_skills)
    if faults:
        raise ConfigError(faults)
    graph = build_graph(library, settings)
    intents = {template.intent.name for template in library.sentences.templates}
    facts = {
        "files": len(library.sources),
        "intents": len(intents),
        "sentences": len(library.sentences.templates),
        "states": graph.states,
        "arcs": len(graph.arcs),
    }
    if as_json:
        print_json(facts)
        return
    click.echo(", ".join(f"{count} {name}" for name, count in facts.items()) + ": no fault")


@sentences.command("list")
@config_option
@json_option
@sentences_options
@click.option("--all", "every", is_flag=True, help="Several examples of each template.")
def list_(
    config: Path | None,
    as_json: bool,
    sentences: tuple[Path, ...],
    no_skills: bool,
    every: bool,
) -> None:
    """List examples of what can be said, by intent.

    \b
    Example:
      assistant sentences list --no-skills --sentences my.yaml
    """
    from assistant.understanding.examples import example_of, some_of
    from assistant.understanding.explain import read_library
    from assistant.understanding.library import DIALOGUE

    library, faults = read_library(settings_of(config), sentences, not no_skills)
    for fault in faults:
        click.echo(f"assistant: {fault}", err=True)
    said: dict[str, list[str]] = {}
    for template in library.sentences.templates:
        if template.intent.group != DIALOGUE:
            examples = some_of(template, FORMS_SHOWN) if every else [example_of(template)]
            said.setdefault(template.intent.name, []).extend(examples)
    for intent, examples in said.items():
        unique = list(dict.fromkeys(examples))
        if as_json:
            print_json({"intent": intent, "examples": unique})
        else:
            click.echo("\n  ".join([intent, *unique]))


@sentences.command("try")
@click.argument("text", nargs=-1)
@config_option
@json_option
@sentences_options
def try_(
    text: tuple[str, ...],
    config: Path | None,
    as_json: bool,
    sentences: tuple[Path, ...],
    no_skills: bool,
) -> None:
    """Show the intent and slots of each TEXT, or of each line of standard input.

    \b
    Example:
      assistant sentences try "add milk to my shopping list" "what time is it"
    """
    from assistant.understanding.explain import explain_sentence, explained, read_library

    settings = settings_of(config)
    library, faults = read_library(settings, sentences, not no_skills)
    for fault in faults:
        click.echo(f"assistant: {fault}", err=True)
    for line in text or _lines():
        facts = explain_sentence(line, library, settings)
        if as_json:
            print_json(facts)
        else:
            click.echo("\n".join(explained(facts)))


def _lines() -> Iterator[str]:
    """Lines of standard input, with a prompt where someone is typing."""
    lines: Iterable[str] = iter(_prompted, "") if sys.stdin.isatty() else sys.stdin
    for line in lines:
        if line.strip():
            yield line.strip()


def _prompted() -> str:
    """A typed line; "" at its end."""
    try:
        return click.prompt("say", default=" ", show_default=False, prompt_suffix="> ") or " "
    except click.Abort:
        return ""
