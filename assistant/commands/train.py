"""``assistant train``: recogniser, language model, spelling. Needs the ``torch`` extra."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import click

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
def recogniser(recipe: Path, data: Path, folder: Path, hours: float | None, minutes: float) -> None:
    """Train the recogniser, or go on with a run that was stopped.

    \b
    Example:
      assistant train recogniser models/recogniser/recipe.toml --data data --run runs/one
    """
    if not (data / "speech").is_dir():
        raise UsageError(f"{data}: no folder `speech` with NAME.zip and NAME.tsv in it")
    run = _training("recogniser")
    overrides = {"hours": hours} if hours else {}
    run.train(recipe, data, folder, resource("lexicon/cmudict.dict.xz"), minutes, **overrides)


@train.command()
@click.argument("recipe", type=FILE)
@click.option("--data", type=FOLDER, required=True, help="Folder with text/ and speech/.")
@click.option("--out", type=FOLDER, required=True, help="Folder for model and word list.")
@click.option("--work", type=FOLDER, required=True, help="Folder for what is made on the way.")
def language(recipe: Path, data: Path, out: Path, work: Path) -> None:
    """Make the general language model and the word list of the open vocabulary.

    \b
    Example:
      assistant train language models/language/recipe.toml --data data --out out --work runs/lm
    """
    lexicon, spelling_folder = resource("lexicon/cmudict.dict.xz"), resource("lexicon")
    training = _training("language")
    found = training.train_language(recipe, data, out, work, lexicon, spelling_folder)
    for name, perplexity in found.items():
        click.echo(f"{name}: {perplexity}")


@train.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the model.")
@click.option("--work", type=FOLDER, required=True, help="Folder for what is made on the way.")
def spelling(out: Path, work: Path) -> None:
    """Make the model that pronounces words no dictionary has.

    \b
    Example:
      assistant train spelling --out models/lexicon --work runs/spelling
    """
    errors = _training("spelling").train_spelling(resource("lexicon/cmudict.dict.xz"), out, work)
    click.echo(f"held-out words: {errors}")


def _training(module: str) -> Any:
    """A module of ``assistant.training``, which needs the ``torch`` extra."""
    try:
        return importlib.import_module(f"assistant.training.{module}")
    except ImportError as error:
        raise UsageError(
            f"training needs {error.name}, which is not installed: pip install 'assistant[torch]'"
        ) from error
