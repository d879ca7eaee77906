"""Speech archives and their packed form.

An archive is ``NAME.zip`` with audio files and ``NAME.tsv`` beside it (tab separated,
header: ``file speaker split seconds text`` and more). ``pack`` decodes it once into
``NAME.int16`` (16 kHz, mono, utterance after utterance) and ``NAME.json``, so that an
epoch costs no decoding.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from assistant.errors import BadInput
from assistant.pcm import SAMPLE_RATE_HZ, Int16, to_int16


@dataclass(frozen=True)
class Utterance:
    """One row of a packed corpus."""

    corpus: str
    file: str
    speaker: str
    split: str
    text: str
    offset: int
    """First sample in the packed file."""
    samples: int


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of an archive's table."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def decode(data: bytes) -> Int16:
    """Any audio that libsndfile reads, to 16 kHz mono int16."""
    audio, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    mono = audio.mean(axis=1)
    if rate_hz != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)
    return to_int16(mono.astype(np.float32))


def read_archive(archive: Path) -> Iterator[tuple[dict[str, str], Int16]]:
    """Rows and audio of ``archive`` (the zip; its table lies beside it), in table order."""
    with zipfile.ZipFile(archive) as zipped:
        for row in read_table(archive.with_suffix(".tsv")):
            yield row, decode(zipped.read(row["file"]))


def _readable(archive: Path) -> Iterator[tuple[dict[str, str], Int16]]:
    """``read_archive``, with sentences for what is wrong."""
    try:
        yield from read_archive(archive)
    except OSError as error:
        raise BadInput(f"{error.filename or archive}: cannot be read: {error.strerror}") from error
    except (KeyError, zipfile.BadZipFile, soundfile.LibsndfileError) as error:
        raise BadInput(f"{archive}: cannot be read: {error}") from error


def pack(archive: Path, folder: Path) -> list[Utterance]:
    """Decode ``archive`` into ``folder``; nothing is done when that has been done before.

    Raises:
        BadInput: archive or table is missing, or a file in it is no audio.
    """
    name = archive.stem
    index = folder / f"{name}.json"
    if index.exists():
        return read_packed(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    utterances: list[Utterance] = []
    offset = 0
    with (folder / f"{name}.int16").open("wb") as packed:
        for row, audio in _readable(archive):
            packed.write(audio.tobytes())
            place = (row["speaker"], row["split"], row["text"], offset, len(audio))
            utterances.append(Utterance(name, row["file"], *place))
            offset += len(audio)
    written = index.with_suffix(".part")
    written.write_text(json.dumps([asdict(utterance) for utterance in utterances]))
    written.rename(index)
    return utterances


def read_packed(folder: Path, name: str) -> list[Utterance]:
    """The table of a packed corpus."""
    return [Utterance(**row) for row in json.loads((folder / f"{name}.json").read_text())]


def packed_audio(folder: Path, name: str) -> Int16:
    """All samples of a packed corpus, mapped into memory."""
    return np.memmap(folder / f"{name}.int16", dtype=np.int16, mode="r")
