"""``assistant evaluate``: how well the parts do their work, measured on recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.errors import ModelError

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.evaluation.corpora import Table
    from assistant.evaluation.recogniser import Score
    from assistant.grammar import WordGraph
    from assistant.recognition.graph_search import GraphSearch
    from assistant.recognition.transcribe import Transcriber

SHIPPED = "tests/recordings"
LEFT_OUT = (
    "Only the few recordings that are shipped; left out: the development speakers of the corpora "
    "(give --data FOLDER), which is where error rates mean something."
)


@click.group()
def evaluate() -> None:
    """Measure the assistant's own models.

    Example: assistant evaluate recogniser --data data --corpus an4 --limit 50
    """


@evaluate.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with tables NAME.tsv and NAME.zip or audio files; else what is shipped.",
)
@click.option("--corpus", "corpora", multiple=True, help="Only this one; may be repeated.")
@click.option("--limit", type=click.IntRange(0), default=0, help="Utterances a corpus; 0: all.")
@click.option(
    "--grammar/--no-grammar",
    default=True,
    help="Search the active sentences beside the open vocabulary.",
)
@config_option
@json_option
def recogniser(
    data: Path | None,
    corpora: tuple[str, ...],
    limit: int,
    grammar: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Word and phone error rates, commands heard right, speed.

    Only the dev and test parts of a table are measured.

    Example: assistant evaluate recogniser --data data --corpus an4 --limit 50
    """
    from assistant.evaluation.corpora import find_tables
    from assistant.recognition.transcribe import Transcriber

    settings = settings_of(config)
    tables = find_tables(data or shipped_recordings(), corpora)
    transcriber = Transcriber(settings.recognition)
    commands = active_commands(settings, transcriber) if grammar else None
    scores = measure(tables, limit, transcriber, commands)
    if as_json:
        print_json({name: counts.facts for name, counts in scores.items()})
    else:
        show(scores)
        if data is None:
            click.echo(LEFT_OUT)


def shipped_recordings() -> Path:
    """Recordings of real people that come with the program.

    Raises:
        ModelError: this installation has none.
    """
    from assistant.resources import resource

    for name in (SHIPPED, "recordings"):
        try:
            return resource(name)
        except ModelError:
            continue
    raise ModelError("no recordings come with this installation: give --data FOLDER")


def active_graph(settings: Settings) -> WordGraph:
    """The word graph of the sentences that the configuration activates."""
    from assistant.understanding import library

    files = library.find_files(settings)
    read, _ = library.read_files(files, settings.understanding.language)
    return library.build_graph(read, settings)


def active_commands(settings: Settings, transcriber: Transcriber) -> GraphSearch:
    """The search of the active sentences, as the daemon builds it."""
    from assistant.grammar import EPSILON, OPEN
    from assistant.recognition.graph_search import GraphSearch
    from assistant.recognition.network import build_network
    from assistant.recognition.transcribe import command_tuning

    graph = active_graph(settings)
    words = {arc.word for arc in graph.arcs} - {EPSILON, OPEN}
    network = build_network(graph, transcriber.pronouncing(words))
    return GraphSearch(network, command_tuning(settings.recognition))


def measure(
    tables: list[Table], limit: int, transcriber: Transcriber, commands: GraphSearch | None
) -> dict[str, Score]:
    """All corpora, one after another."""
    from assistant.evaluation.corpora import read_samples
    from assistant.evaluation.recogniser import hear, score

    scores: dict[str, Score] = {}
    for table in tables:
        heard = hear(read_samples(table, limit), transcriber, commands)
        scores |= score(heard, transcriber.pronouncing, commands)
    return scores


def show(scores: dict[str, Score]) -> None:
    """The table on the terminal."""
    from rich.console import Console
    from rich.table import Table as Shown

    shown = Shown()
    heads = (
        "corpus",
        "utterances",
        "WER",
        "sub",
        "ins",
        "del",
        "PER",
        "commands",
        "refused",
        "RTF",
    )
    for head in heads:
        shown.add_column(head, justify="left" if head == "corpus" else "right")
    for name, counts in scores.items():
        facts, words = counts.facts, counts.words
        shown.add_row(
            name,
            str(counts.utterances),
            _percent(facts["wer"]),
            *(str(n) for n in (words.substitutions, words.insertions, words.deletions)),
            _percent(facts["per"]),
            _percent(facts.get("command_accuracy")),
            _percent(facts.get("rejected")),
            "-" if facts["rtf"] is None else f"{facts['rtf']:.3f}",
        )
    Console().print(shown)


def _percent(rate: Any) -> str:
    return "-" if rate is None else f"{100 * rate:.1f} %"
