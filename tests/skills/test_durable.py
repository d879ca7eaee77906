"""Files that are whole at any instruction."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SkillError
from assistant.skills.countdowns import Countdown
from assistant.skills.durable import (
    LONGEST_BYTES,
    KeptList,
    read_lines,
    write_durably,
    write_lines,
)

LINES = st.lists(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30), max_size=30
)


@given(LINES)
def test_lines_come_back(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """Whatever is written is read, in order."""
    path = tmp_path_factory.mktemp("lines") / "list.txt"
    write_lines(path, lines)
    assert read_lines(path) == lines


def test_flushed_before_and_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data is on the disk before it has its name, the name before success is told."""
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        real_fsync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_durably(tmp_path / "x", b"1")
    assert steps == ["file", "rename", "folder"]


def test_a_fault_leaves_the_old_version(tmp_path: Path) -> None:
    """What cannot be written is a sentence; what was there still is."""
    path = tmp_path / "list.txt"
    write_lines(path, ["old"])
    (tmp_path / "list.txt.part").mkdir()
    with pytest.raises(SkillError, match="cannot save"):
        write_lines(path, ["new"])
    assert read_lines(path) == ["old"]


def test_a_disk_that_fills_while_writing(tmp_path: Path) -> None:
    """Cut off in the middle of the new version, the old one stands."""
    path = tmp_path / "list.txt"
    write_lines(path, ["old"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(SkillError, match="cannot save that"):
            write_lines(path, ["new"] * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read_lines(path) == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["list.txt"]


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"caf\xe9\n", "not UTF-8"), (b"milk\n" * (LONGEST_BYTES // 5 + 1), "too long")],
)
def test_what_cannot_be_read_whole_is_not_overwritten(
    data: bytes, why: str, tmp_path: Path
) -> None:
    """A user's own file: refused, instead of written back without what was not understood."""
    path = tmp_path / "list.txt"
    path.write_bytes(data)
    with pytest.raises(SkillError, match=why):
        read_lines(path)
    assert path.read_bytes() == data


def test_no_more_is_written_than_can_be_read(tmp_path: Path) -> None:
    """Else the next change would lose the end of it."""
    path = tmp_path / "notes.txt"
    write_lines(path, ["old"])
    with pytest.raises(SkillError, match="full"):
        write_lines(path, ["x" * 1000] * (LONGEST_BYTES // 1000))
    assert read_lines(path) == ["old"]


def test_a_list_that_cannot_be_read_is_kept_in_memory_alone(tmp_path: Path) -> None:
    """It may be read again after the next start: an empty one must not take its place."""
    path = tmp_path / "timers.json"
    path.mkdir()
    (path / "inside").touch()
    kept = KeptList(path, list[Countdown])
    timer = Countdown(1, "pizza", 60.0, due=100.0)
    with pytest.raises(SkillError, match="cannot read"):
        kept.keep([timer])
    assert kept.values == [timer] and (path / "inside").exists()
    assert "cannot read" in KeptList(path, list[Countdown]).flush(0.0)
