"""Standard input as microphone: WAV (or any format that needs no seeking), or raw samples.

A thread reads, so that a silent writer never holds the stage up; at most
``BACKLOG_BLOCKS`` wait, then the writer does.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from assistant.capture.files import decode_blocks
from assistant.errors import AudioError
from assistant.pcm import FRAME_SAMPLES, Int16

BACKLOG_BLOCKS = 50
CONTAINERS = (b"RIFF", b"RIFX", b"RF64", b".snd", b"fLaC", b"OggS")
COPY_BYTES = 4096
NOTHING = np.zeros(0, dtype=np.int16)


def read_input(stream: BinaryIO | None = None) -> Iterator[Int16]:
    """Blocks of 16 kHz mono; an empty block where nothing has come yet.

    Args:
        stream: instead of standard input.

    Raises:
        AudioError: as ``files.read_blocks``.
    """
    blocks: queue.Queue[Int16 | AudioError | None] = queue.Queue(BACKLOG_BLOCKS)
    chosen = stream or sys.stdin.buffer
    threading.Thread(
        target=_fill, args=(chosen, blocks), name="standard input", daemon=True
    ).start()
    while True:
        try:
            block = blocks.get_nowait()
        except queue.Empty:
            yield NOTHING
            continue
        if block is None:
            return
        if isinstance(block, AudioError):
            raise block
        yield block


def _fill(stream: BinaryIO, blocks: queue.Queue[Int16 | AudioError | None]) -> None:
    try:
        for block in _decode(stream):
            blocks.put(block)
        blocks.put(None)
    except AudioError as error:
        blocks.put(error)
    except (OSError, ValueError) as error:
        blocks.put(AudioError(f"standard input: cannot be read: {error}"))


def _decode(stream: BinaryIO) -> Iterator[Int16]:
    head = stream.read(4)
    if not head:
        raise AudioError("standard input: nothing came, expected WAV or raw 16 kHz int16 samples")
    if head not in CONTAINERS:
        yield from _raw(head, stream)
        return
    import soundfile

    with _piped(head, stream) as pipe:
        try:
            file = soundfile.SoundFile(pipe.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"standard input: {error.error_string.strip()}") from error
        with file:
            yield from decode_blocks(file, "standard input")


def _raw(head: bytes, stream: BinaryIO) -> Iterator[Int16]:
    rest = head
    while data := stream.read(2 * FRAME_SAMPLES):
        rest += data
        whole = len(rest) - len(rest) % 2
        yield np.frombuffer(rest[:whole], dtype="<i2").astype(np.int16)
        rest = rest[whole:]


def _piped(head: bytes, stream: BinaryIO) -> BinaryIO:
    """A pipe that gives ``head``, which has been read already, and then ``stream``."""
    reading, writing = os.pipe()

    def copy() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            data: bytes | None = head
            while data:
                try:
                    pipe.write(data)
                except BrokenPipeError:
                    return
                data = stream.read(COPY_BYTES)

    threading.Thread(target=copy, name="standard input copy", daemon=True).start()
    return os.fdopen(reading, "rb", buffering=0)
