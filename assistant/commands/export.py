"""``assistant export``: trained weights to the form that is served. Needs the ``torch`` extra."""

from __future__ import annotations

from pathlib import Path

import click

from assistant.commands.options import config_option, settings_of
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


@export.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder with speech whose dev parts the fit is made on.",
)
@click.option("--corpus", "corpora", multiple=True, help="Only this one; may be repeated.")
@click.option("--limit", type=click.IntRange(1), default=100, help="Utterances a corpus.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder of the weights.",
)
@config_option
def confidence(
    data: Path, corpora: tuple[str, ...], limit: int, folder: Path, config: Path | None
) -> None:
    """Fit the confidences to the weights, and put the fit beside them.

    \b
    Example:
      assistant export confidence --data data --corpus an4 -o models/recogniser
    """
    from assistant.commands.evaluate import active_graph
    from assistant.evaluation.calibration import fit, gather
    from assistant.evaluation.corpora import find_tables, read_samples
    from assistant.recognition.confidence import write_calibration
    from assistant.recognition.transcribe import Transcriber

    settings = settings_of(config, {"recognition.model": str(folder)})
    transcriber = Transcriber(settings.recognition)
    tables = find_tables(data, corpora)
    samples = [sample for table in tables for sample in read_samples(table, limit)]
    examples = gather(samples, transcriber, active_graph(settings))
    calibration = fit(examples)
    write_calibration(calibration, folder)
    click.echo(f"{len(examples.commands)} commands, {len(examples.open)} texts: {calibration}")
