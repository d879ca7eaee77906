"""What the commands share: their common options, and settings read from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from assistant.config import Settings, read_settings

Function = TypeVar("Function", bound=Callable[..., Any])


def config_option(function: Function) -> Function:
    """``--config FILE``: passed on as ``config: Path | None``."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--config", type=kind, help="Configuration instead of the user's.")(
        function
    )


def json_option(function: Function) -> Function:
    """``--json``: passed on as ``as_json: bool``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(
        function
    )


def sentences_options(function: Function) -> Function:
    """``--sentences FILE`` and ``--no-skills``: ``sentences: tuple[Path, ...]``, ``no_skills``."""
    kind = click.Path(path_type=Path, exists=True)
    files = click.option(
        "--sentences",
        type=kind,
        multiple=True,
        help="Sentence file or folder instead of the user's; repeatable.",
    )
    skills = click.option("--no-skills", is_flag=True, help="Leave the built-in skills out.")
    return files(skills(function))


def settings_of(config: Path | None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of a command; see ``config.read_settings``."""
    return read_settings(config, overrides=overrides)


def print_json(facts: Any) -> None:
    """One object, one line, at once."""
    click.echo(json.dumps(facts, ensure_ascii=False))
