"""``assistant export``: trained weights to the form that is served. Needs the ``torch`` extra."""

from __future__ import annotations

from pathlib import Path

import click

from assistant.errors import UsageError


@click.group()
def export() -> None:
    """Turn trained weights into what is served.

    Example: assistant export recogniser runs/one/recogniser.safetensors -o models/recogniser
    """


@export.command()
@click.argument("weights", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for weights, graph and hashes.",
)
def recogniser(weights: Path, folder: Path) -> None:
    """Weights to an eight-bit ONNX graph, with hashes.

    Example: assistant export recogniser runs/one/recogniser.safetensors -o models/recogniser
    """
    try:
        from assistant.training.export import export as export_recogniser
    except ImportError as error:
        raise UsageError(
            f"exporting needs {error.name}, which is not installed: pip install 'assistant[torch]'"
        ) from error
    export_recogniser(weights, folder)
    for path in sorted(folder.iterdir()):
        click.echo(f"{path}  {path.stat().st_size / 1e6:.2f} MB")
