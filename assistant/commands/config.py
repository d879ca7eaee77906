"""``assistant config``: is it right, and what is in force."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.config import ENVIRONMENT_PREFIX, Settings, default_path


@click.group()
def config() -> None:
    """The configuration: check it, show what is in force.

    \b
    Example:
      assistant config check
    """


@config.command()
@config_option
@json_option
def check(config: Path | None, as_json: bool) -> None:
    """Show all faults at once; exit code 2 where there are any.

    \b
    Example:
      assistant config check --config my.toml
    """
    settings_of(config)
    facts = {"file": str(_file(config) or ""), "faults": 0}
    if as_json:
        print_json(facts)
    else:
        click.echo(f"{facts['file'] or 'no configuration file, all defaults'}: no fault")


@config.command()
@config_option
@json_option
@click.option("--changed", is_flag=True, help="Only what differs from the defaults.")
def show(config: Path | None, as_json: bool, changed: bool) -> None:
    """Show every setting that is in force, and where it comes from.

    \b
    Example:
      assistant config show --changed
    """
    rows = effective(settings_of(config), origins(_file(config), dict(os.environ)))
    shown = [row for row in rows if not changed or row["from"] != "default"]
    for row in shown:
        if as_json:
            print_json(row)
        else:
            value = json.dumps(row["value"], ensure_ascii=False)
            click.echo(f"{row['key']} = {value}   # {row['from']}")


def effective(settings: Settings, where: dict[str, str]) -> list[dict[str, Any]]:
    """Key, value and origin of every setting."""
    rows = []
    for section, content in settings:
        assert isinstance(content, BaseModel)
        for name, value in content:
            key = f"{section}.{name}"
            rows.append({"key": key, "value": value, "from": where.get(key, "default")})
    return rows


def origins(file: Path | None, environment: dict[str, str]) -> dict[str, str]:
    """Dotted key → the file or the environment variable that sets it; the latter wins."""
    found: dict[str, str] = {}
    if file is not None:
        for section, content in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found |= {f"{section}.{name}": str(file) for name in content}
    for name in environment:
        if name.startswith(ENVIRONMENT_PREFIX):
            keys = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
            found[".".join(keys[:2])] = name
    return found


def _file(config: Path | None) -> Path | None:
    """The file that is read; None where there is none."""
    if config is not None:
        return config
    return default_path() if default_path().exists() else None
