"""``assistant models``: what is installed, what can be fetched, whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.commands.options import json_option, print_json
from assistant.errors import ModelError, UsageError

if TYPE_CHECKING:
    from assistant.catalogue import Model

catalogue_option = click.option(
    "--catalogue",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Catalogue instead of the program's own.",
)


@click.group()
def models() -> None:
    """Weights: list, fetch and check them.

    \b
    Example:
      assistant models list
      assistant models check
    """


@models.command("list")
@catalogue_option
@json_option
def list_models(catalogue: Path | None, as_json: bool) -> None:
    """All models of the catalogue, and which are here.

    Example: assistant models list
    """
    from assistant.catalogue import read_catalogue

    rows = [_row(name, model) for name, model in read_catalogue(catalogue).items()]
    for row in rows:
        if as_json:
            print_json(row)
        else:
            size = f"{row['size'] / 1e6:.1f} MB" if row["size"] else "comes with the program"
            click.echo(f"{row['name']:<16}{row['state']:<9}{size:<24}{row['licence']}")
            click.echo(f"{'':<16}{row['about']}")


@models.command()
@click.argument("names", nargs=-1, required=True)
@catalogue_option
def get(names: tuple[str, ...], catalogue: Path | None) -> None:
    """Fetch models; goes on where an earlier attempt stopped.

    Example: assistant models get NAME
    """
    from rich.progress import Progress

    from assistant.catalogue import fetch, read_catalogue

    known = read_catalogue(catalogue)
    for name in names:
        model = _named(name, known)
        with Progress(transient=True) as progress:
            task = progress.add_task(name, total=model.size)
            folder = fetch(name, model, lambda count: progress.advance(task, count))  # noqa: B023
        click.echo(f"{name}: {folder}")


@models.command()
@click.argument("names", nargs=-1)
@catalogue_option
def check(names: tuple[str, ...], catalogue: Path | None) -> None:
    """Compare the files that are here with their SHA-256.

    Example: assistant models check
    """
    from assistant.catalogue import faults_of, read_catalogue

    known = read_catalogue(catalogue)
    chosen = {name: _named(name, known) for name in names} or {
        name: model for name, model in known.items() if _row(name, model)["state"] != "absent"
    }
    faults = []
    for name, model in chosen.items():
        found = faults_of(name, model)
        faults += found
        if not found:
            click.echo(f"{name}: whole")
    if faults:
        raise ModelError("\n".join(faults))


def _row(name: str, model: Model) -> dict[str, Any]:
    from assistant.catalogue import folder_of

    try:
        folder = folder_of(name, model)
        here = all((folder / file.name).exists() for file in model.files) and folder.is_dir()
    except ModelError:
        here = False
    return {
        "name": name,
        "state": "here" if here else "absent",
        "size": model.size,
        "licence": model.licence,
        "about": model.about,
    }


def _named(name: str, known: dict[str, Model]) -> Model:
    if name not in known:
        raise UsageError(f"{name}: not in the catalogue; there are {', '.join(known)}")
    return known[name]
