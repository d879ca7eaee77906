"""Recordings as microphone: whatever libsndfile reads, block by block, as 16 kHz mono.

A file of ten hours needs no more memory than one of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio.resample import Resampler, mono
from assistant.errors import AudioError
from assistant.pcm import SAMPLE_RATE_HZ, Int16, to_int16

BLOCK_S = 0.1
SUFFIXES = frozenset(
    (
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".aif",
        ".aiff",
        ".au",
        ".w64",
        ".rf64",
        ".caf",
    )
)
"""What is taken from a folder."""
STREAMED_BYTES = 0x7FFF_F000
"""Writers that do not know the length beforehand announce this much or more."""
_SHORT_DATA = re.compile(r"^\s*data : (\d+) \(should be (\d+)\)", re.MULTILINE)


def recordings(source: str) -> list[Path]:
    """The file ``source``, or the recordings of the folder ``source`` in the order of their names.

    Raises:
        AudioError: there is nothing of the kind.
    """
    path = Path(source)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not found:
            raise AudioError(
                f"{source}: no recordings in this folder ({', '.join(sorted(SUFFIXES))})"
            )
        return found
    if not path.exists():
        raise AudioError(f"{source}: no such file or folder")
    return [path]


def read_blocks(path: Path) -> Iterator[Int16]:
    """The recording in blocks of about 100 ms, 16 kHz, one channel.

    Raises:
        AudioError: it is not audio or empty (at once), or cut off (after its last sample).
    """
    import soundfile

    if path.exists() and not path.stat().st_size:
        raise AudioError(f"{path}: empty file, expected a recording")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"{path}: {_why(path, error)}") from error
    with file:
        if not file.frames:
            raise AudioError(f"{path}: no samples in it, expected a recording")
        yield from decode_blocks(file, str(path))


def decode_blocks(file: Any, name: str) -> Iterator[Int16]:
    """The rest of an open ``soundfile.SoundFile``; see ``read_blocks``."""
    import soundfile

    resampler = Resampler(file.samplerate, SAMPLE_RATE_HZ)
    expected, read = _announced(file), 0
    # soundfile seeks after each block of a file that can, which MP3's decoder does not survive
    file.seekable = lambda: False
    size = max(round(BLOCK_S * file.samplerate), 1)
    fault = ""
    while True:
        try:
            block = file.read(size, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            fault = f": {_sentence(error)}"
            break
        read += len(block)
        if len(block):
            yield to_int16(resampler.feed(mono(block)))
        if len(block) < size:
            break
    yield to_int16(resampler.feed(np.zeros(0, dtype=np.float32), last=True))
    if fault or read < expected:
        rate_hz = file.samplerate
        whole = f" of {expected / rate_hz:.2f} s" if expected > read else ""
        raise AudioError(f"{name}: cut off after {read / rate_hz:.2f} s{whole}{fault}")


def _announced(file: Any) -> int:
    """Samples that the header promises; of a cut WAV libsndfile tells only its log."""
    short = _SHORT_DATA.search(file.extra_info)
    if short and int(short[1]) < STREAMED_BYTES and int(short[2]):
        return int(file.frames * int(short[1]) / int(short[2]))
    return int(file.frames) if file.seekable() else 0


def _why(path: Path, error: Exception) -> str:
    if path.exists() and isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return f"not a recording that can be read ({_sentence(error)}); WAV, FLAC, Ogg, MP3 can"


def _sentence(error: Exception) -> str:
    """libsndfile's own words, without the name of the file."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".")
