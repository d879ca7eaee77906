"""``assistant train``: recogniser, language model, spelling. Needs the ``torch`` extra."""

from __future__ import annotations

import math
from pathlib import Path

import click

from assistant.commands.options import config_option
from assistant.errors import UsageError
from assistant.resources import resource

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def train() -> None:
    """Train the assistant's own models.

    Example: assistant train recogniser models/recogniser/recipe.toml --data data --run runs/one
    """


@train.command()
@click.argument("recipe", type=FILE)
@click.option("--data", type=FOLDER, required=True, help="Folder with speech/, noise/ and rir/.")
@click.option("--run", "folder", type=FOLDER, required=True, help="Checkpoints, log and weights.")
@click.option("--hours", type=float, help="Audio to be seen in all, instead of the recipe's.")
@click.option("--minutes", type=float, default=math.inf, help="Stop after so long; go on later.")
@config_option
def recogniser(
    recipe: Path,
    data: Path,
    folder: Path,
    hours: float | None,
    minutes: float,
    config: Path | None,
) -> None:
    """Train the recogniser, or go on with a run that was stopped."""
    if not (data / "speech").is_dir():
        raise UsageError(f"{data}: no folder `speech` with NAME.zip and NAME.tsv in it")
    run = _training("recogniser")
    overrides = {"hours": hours} if hours else {}
    run.train(recipe, data, folder, resource("lexicon/cmudict.dict.xz"), minutes, **overrides)


def _training(module: str):  # type: ignore[no-untyped-def]
    import importlib

    try:
        return importlib.import_module(f"assistant.training.{module}")
    except ImportError as error:
        raise UsageError(
            f"training needs {error.name}, which is not installed: pip install 'assistant[torch]'"
        ) from error
