"""Traces on disk, only where ``trace.folder`` asks for them: one JSON file an utterance.

``ID.json`` holds the record, ``ID.wav`` beside it, where kept, the sound. Above the bound
the oldest files go.
"""

from __future__ import annotations

import contextlib
import json
import re
import wave
from pathlib import Path

from assistant.errors import AssistantError, UsageError
from assistant.pcm import SAMPLE_RATE_HZ, Int16
from assistant.trace import Record

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Ids that can be names of files: they come over the bus, and must not lead elsewhere."""
SUFFIXES = {".json", ".wav"}


def write_record(folder: Path, record: Record, longest_mb: int) -> None:
    """Write ``record`` whole or not at all, and keep the folder under ``longest_mb``.

    Raises:
        AssistantError: the disk is full, read-only or not there.
    """
    name = str(record["id"])
    if not NAME.fullmatch(name):
        return
    part = folder / f"{name}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        part.chmod(0o600)
        part.replace(folder / f"{name}.json")
        trim(folder, longest_mb * 1_000_000)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        why = f"{folder}: traces cannot be written: {error.strerror}; see trace.folder"
        raise AssistantError(why) from error


def write_sound(folder: Path, utterance: str, samples: Int16, longest_mb: int) -> None:
    """Write the sound of an utterance beside its record, as ``ID.wav``.

    Raises:
        AssistantError: the disk is full, read-only or not there.
    """
    if not NAME.fullmatch(utterance):
        return
    part = folder / f"{utterance}.part.wav"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with wave.open(str(part), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(samples.tobytes())
        part.chmod(0o600)
        part.replace(folder / f"{utterance}.wav")
        trim(folder, longest_mb * 1_000_000)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        why = f"{folder}: sound cannot be written: {error.strerror}; see trace.folder"
        raise AssistantError(why) from error


def read_record(folder: Path, utterance: str) -> Record:
    """A record written before.

    Raises:
        UsageError: there is none, or it is not one.
    """
    path = folder / f"{utterance}.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8")) if NAME.fullmatch(utterance) else None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: no trace there: {error}") from error
    if not isinstance(record, dict) or "id" not in record:
        raise UsageError(f"{path}: not a trace")
    return record


def trim(folder: Path, most_bytes: int) -> None:
    """Delete the oldest traces and sounds until the rest is at most ``most_bytes`` long."""
    files = [path for path in folder.iterdir() if path.suffix in SUFFIXES]
    facts = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in files)
    surplus = sum(size for _, size, _ in facts) - most_bytes
    for _, size, path in facts:
        if surplus <= 0:
            return
        path.unlink(missing_ok=True)
        surplus -= size
