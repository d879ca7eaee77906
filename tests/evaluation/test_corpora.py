"""Speech to measure on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.errors import AudioError, UsageError
from assistant.evaluation.corpora import find_tables, read_samples


def sound(rate_hz: int = 48_000, seconds: float = 0.5) -> bytes:
    """A recording of a tone."""
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    out = io.BytesIO()
    soundfile.write(out, 0.3 * np.sin(880 * times), rate_hz, format="WAV")
    return out.getvalue()


def write_table(path: Path, rows: list[str]) -> None:
    """A table of speech."""
    path.write_text("\n".join(["file\tspeaker\tsplit\ttext", *rows]) + "\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One archive, one table with files beside it."""
    speech = tmp_path / "speech"
    (speech / "x").mkdir(parents=True)
    with zipfile.ZipFile(speech / "zipped.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.wav", sound())
    splits = ("train", "dev", "dev", "test")
    write_table(
        speech / "zipped.tsv", [f"{n}.wav\ts\t{split}\tword {n}" for n, split in enumerate(splits)]
    )
    (speech / "x/a.wav").write_bytes(sound(8000))
    write_table(speech / "loose.tsv", ["x/a.wav\ts\ttest\thello"])
    return tmp_path


def test_only_what_is_not_trained_on_is_measured(data: Path) -> None:
    """The train part stays out; any rate becomes 16 kHz."""
    tables = {table.name: list(read_samples(table)) for table in find_tables(data)}
    assert [sample.text for sample in tables["zipped"]] == ["word 1", "word 2", "word 3"]
    assert [sample.text for sample in tables["loose"]] == ["hello"]
    assert all(len(s.audio) == 8000 for samples in tables.values() for s in samples)


def test_a_limit_spreads_over_the_table(data: Path) -> None:
    """First and last, not the first two."""
    (table,) = find_tables(data, ["zipped"])
    assert [sample.text for sample in read_samples(table, 2)] == ["word 1", "word 3"]


def test_what_is_not_there_is_named(data: Path) -> None:
    """Unknown corpora, folders without tables, missing and broken files."""
    with pytest.raises(UsageError, match="no corpus 'nope'; there are loose, zipped"):
        find_tables(data, ["nope"])
    with pytest.raises(UsageError, match="no tables"):
        find_tables(data / "speech/x")
    (data / "speech/x/a.wav").write_bytes(b"no sound")
    (table,) = find_tables(data, ["loose"])
    with pytest.raises(AudioError, match="x/a.wav"):
        list(read_samples(table))
    (data / "speech/loose.tsv").write_text("one\ttwo\n1\t2\n")
    with pytest.raises(UsageError, match="expected tab separated columns file and text"):
        find_tables(data, ["loose"])
