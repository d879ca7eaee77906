"""Protects traces on disk: private, bounded, whole, and only where asked for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from assistant.errors import AssistantError, UsageError
from assistant.trace import new_record
from assistant.tracefolder import read_record, trim, write_record


def test_a_record_comes_back_and_nobody_else_reads_it(tmp_path: Path) -> None:
    """Folder 0700, file 0600, and nothing is left of the writing."""
    folder = tmp_path / "traces"
    record = new_record("3a44-1") | {"text": "stell den Wecker auf ½ acht"}
    write_record(folder, record, 1)
    assert read_record(folder, "3a44-1") == record
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["3a44-1.json"]
    assert stat.S_IMODE((folder / "3a44-1.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../x", "/etc/x", "", ".hidden", "a/b", "x" * 65, "x\0"])
def test_an_id_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Ids come over the bus; one that is no file name is not written and not read."""
    folder = tmp_path / "traces"
    write_record(folder, new_record(name), 1)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError):
        read_record(folder, name)


def test_the_oldest_go_above_the_bound_and_strangers_stay(tmp_path: Path) -> None:
    """Traces and sounds are trimmed by age; other files are not ours."""
    for age, name in enumerate(["new.json", "new.wav", "old.wav", "old.json"]):
        path = tmp_path / name
        path.write_bytes(b"x" * 100)
        os.utime(path, ns=(10**18 - age, 10**18 - age))
    (tmp_path / "notes.txt").write_bytes(b"x" * 1000)
    trim(tmp_path, 250)
    assert {path.name for path in tmp_path.iterdir()} == {"new.json", "new.wav", "notes.txt"}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file where the folder should be: which path, and which key."""
    (tmp_path / "traces").write_text("in the way")
    with pytest.raises(AssistantError, match="traces cannot be written"):
        write_record(tmp_path / "traces", new_record("a"), 1)


def test_what_is_not_a_trace_is_told(tmp_path: Path) -> None:
    """Missing, damaged or something else: a sentence with the path."""
    (tmp_path / "damaged.json").write_text('{"id": ')
    (tmp_path / "list.json").write_text("[]")
    for name in ("missing", "damaged", "list"):
        with pytest.raises(UsageError, match=name):
            read_record(tmp_path, name)
