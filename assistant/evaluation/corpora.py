"""Speech to measure on: tables of what was said, with audio beside them or in an archive."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.errors import AudioError, UsageError
from assistant.evaluation.recogniser import Sample
from assistant.pcm import SAMPLE_RATE_HZ, Int16, to_int16

MEASURED = ("dev", "test")
"""Parts of a corpus that are measured; nothing is ever trained on them."""


class Table(NamedTuple):
    """A corpus by name: its rows, and where their audio is."""

    name: str
    rows: list[dict[str, str]]
    source: Path
    """An archive, or the folder that the rows' files are relative to."""


def find_tables(folder: Path, names: Iterable[str] = ()) -> list[Table]:
    """The corpora of ``folder`` (or its ``speech``): each ``NAME.tsv`` with ``NAME.zip`` or
    with audio beside it; rows by the column ``corpus`` or ``source`` where there is one.

    Raises:
        UsageError: there is none, or not one of ``names``.
    """
    chosen = folder / "speech" if (folder / "speech").is_dir() else folder
    tables: list[Table] = []
    for path in sorted(chosen.glob("*.tsv")):
        archive = path.with_suffix(".zip")
        tables += _split(path.stem, read_rows(path), archive if archive.exists() else chosen)
    if not tables:
        raise UsageError(f"{folder}: no tables; expected NAME.tsv with columns file and text")
    known = {table.name: table for table in tables}
    wanted = list(names)
    if missing := [name for name in wanted if name not in known]:
        raise UsageError(f"{folder}: no corpus {missing[0]!r}; there are {', '.join(known)}")
    return [known[name] for name in wanted] if wanted else tables


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table that are measured: ``dev``, ``test``, or without a split.

    Raises:
        UsageError: it is not a table of speech.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if rows and not {"file", "text"} <= set(rows[0]):
        raise UsageError(f"{path}: expected tab separated columns file and text")
    return [row for row in rows if row.get("split", "test") in MEASURED]


def read_samples(table: Table, limit: int = 0) -> Iterator[Sample]:
    """Audio and text of the table's rows; ``limit`` takes so many, evenly spread.

    Raises:
        AudioError: a file is missing or not audio.
    """
    rows = table.rows
    if limit and len(rows) > limit:
        rows = [rows[round(i)] for i in np.linspace(0, len(rows) - 1, limit)]
    for row in rows:
        try:
            audio = _decode(_bytes(table.source, row["file"]))
        except (OSError, KeyError, RuntimeError) as error:
            raise AudioError(f"{table.source}: {row['file']}: {error}") from error
        yield Sample(table.name, row["file"], row["text"], audio)


def _split(name: str, rows: list[dict[str, str]], source: Path) -> list[Table]:
    """A table of several corpora as one each."""
    parts: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        parts.setdefault(row.get("source") or name, []).append(row)
    return [Table(part, found, source) for part, found in parts.items()]


def _bytes(source: Path, name: str) -> bytes:
    if source.is_dir():
        return (source / name).read_bytes()
    with zipfile.ZipFile(source) as archive:
        return archive.read(name)


def _decode(data: bytes) -> Int16:
    import soundfile
    import soxr

    audio, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    sound = soxr.resample(audio.mean(axis=1), rate_hz, SAMPLE_RATE_HZ)
    return to_int16(sound.astype(np.float32))
