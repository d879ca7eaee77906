"""Files that are whole at any instruction, whatever is killed or loses power.

A new version is written beside the old one, flushed to the disk and renamed over it, and
the folder is flushed too: a reader sees the old version or the new one, never a part.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from assistant.errors import SkillError

LONGEST_BYTES = 4_000_000
RETRY_S = 60.0
Value = TypeVar("Value")


def write_durably(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``; returns when it is on the disk.

    Raises:
        SkillError: the disk is full, read-only or not there; the old version still stands.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)  # on a full disk it would only be in the way
        raise SkillError(f"I cannot save that: {_reason(error)}.") from error


def _reason(error: OSError) -> str:
    return (error.strerror or "disk error").lower()


def _flush_folder(folder: Path) -> None:
    """Make the rename itself last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without blank ones; none where there is no file.

    Raises:
        SkillError: the file cannot be read, is not text, or is too long: what was not read
            would be lost when the file is written again.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
        text = data.decode("utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SkillError(f"I cannot read {path.name}: {_reason(error)}.") from error
    except UnicodeDecodeError as error:
        raise SkillError(f"I cannot read {path.name}: it is not UTF-8 text.") from error
    if len(data) > LONGEST_BYTES:
        raise SkillError(f"I cannot read {path.name}: it is too long.")
    return [line.strip() for line in text.splitlines() if line.strip()]


def write_lines(path: Path, lines: list[str]) -> None:
    """One line each; see ``write_durably``.

    Raises:
        SkillError: also where it would be more than ``read_lines`` takes.
    """
    data = "".join(f"{line}\n" for line in lines).encode()
    if len(data) > LONGEST_BYTES:
        raise SkillError(f"I cannot save that: {path.name} is full.")
    write_durably(path, data)


class KeptList(Generic[Value]):
    """A list in memory and, as JSON that a person can read, on the disk.

    Memory goes first: a full disk must not keep a timer from being cancelled.
    """

    def __init__(self, path: Path, kind: type[list[Value]]) -> None:
        """Reads ``path``; what does not validate is set aside as ``NAME.damaged``.

        A file that cannot be read, or not be set aside, is left alone: nothing is written.
        """
        self.values: list[Value] = []
        self._path = path
        self._closed = ""
        """Why nothing may be written."""
        self._save_at: float | None = None
        self._told = False
        self._fault = ""
        try:
            self.values = msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._set_aside()
        except OSError as error:
            self._fault = self._closed = f"I cannot read {path.name}: {_reason(error)}."

    def keep(self, values: list[Value]) -> None:
        """Replace the list, now.

        Raises:
            SkillError: it is changed in memory, but not on the disk; ``flush`` will try again.
        """
        self.values, self._save_at, self._told = values, 0.0, True
        self._write()

    def remember(self, values: list[Value]) -> None:
        """Replace the list; the next ``flush`` writes it."""
        self.values, self._save_at = values, 0.0

    def flush(self, at: float) -> str:
        """Write what is not written yet, at most every ``RETRY_S`` of monotonic ``at``.

        Returns:
            A sentence about a fault that nobody has been told of; else nothing.
        """
        if self._save_at is not None and at >= self._save_at:
            try:
                self._write()
            except SkillError as error:
                told, self._told = self._told, True
                self._save_at = at + RETRY_S
                return "" if told else str(error)
        fault, self._fault = self._fault, ""
        return fault

    def _set_aside(self) -> None:
        name = self._path.name
        try:
            self._path.replace(self._path.with_name(name + ".damaged"))
            self._fault = f"{name} was damaged. I have put it aside and begun a new one."
        except OSError as error:
            self._fault = self._closed = f"{name} is damaged and stays: {_reason(error)}."

    def _write(self) -> None:
        if self._closed:
            raise SkillError(self._closed)
        data = msgspec.json.format(msgspec.json.encode(self.values), indent=1)
        write_durably(self._path, data + b"\n")
        self._save_at, self._told = None, False
