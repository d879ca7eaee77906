"""Recordings of every make as microphone, and what is none."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from assistant.capture.files import read_blocks, recordings
from assistant.capture.stdin import read_input
from assistant.errors import AudioError

Samples = npt.NDArray[np.int16]


def tone(rate_hz: int, seconds: float = 1.0) -> npt.NDArray[np.float64]:
    """1 kHz at half of full scale."""
    return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate_hz)) / rate_hz)


def read(path: Path) -> Samples:
    """All of it."""
    return np.concatenate(list(read_blocks(path)))


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate_hz", "channels"),
    [
        ("wav", "PCM_U8", 8_000, 1),
        ("wav", "PCM_16", 16_000, 1),
        ("wav", "PCM_24", 44_100, 2),
        ("wav", "PCM_32", 48_000, 6),
        ("wav", "FLOAT", 96_000, 2),
        ("wav", "ULAW", 8_000, 1),
        ("flac", "PCM_24", 96_000, 1),
        ("ogg", "VORBIS", 22_050, 2),
        ("ogg", "OPUS", 48_000, 1),
        ("mp3", "MPEG_LAYER_III", 44_100, 2),
    ],
)
def test_every_format_becomes_16_khz_mono(
    tmp_path: Path, suffix: str, subtype: str, rate_hz: int, channels: int
) -> None:
    """Whatever the file is, its tone comes out at its pitch, level and length."""
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, np.repeat(tone(rate_hz)[:, None], channels, axis=1), rate_hz, subtype)
    samples = read(path)
    assert abs(len(samples) - 16_000) < 1_200
    middle = samples[4_000:12_000].astype(np.float64)
    assert int(np.argmax(np.abs(np.fft.rfft(middle)))) * 2 == pytest.approx(1000, abs=4)
    assert np.abs(middle).max() == pytest.approx(16_384, rel=0.1)


def test_a_16_khz_recording_passes_bit_by_bit(tmp_path: Path) -> None:
    """Evaluation must not depend on a resampler."""
    rng = np.random.default_rng(1)
    sound = rng.integers(-32768, 32767, 5_000, dtype=np.int16)
    soundfile.write(tmp_path / "x.wav", sound, 16_000)
    assert (read(tmp_path / "x.wav") == sound).all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"Dear diary, this is no sound at all. " * 9, "not a recording"),
        (b"RIFF\x24\x08\x00\x00WAVEfmt ", "not a recording"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """Empty, text, half a header."""
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=said) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_cut_recording_is_heard_and_told(tmp_path: Path, suffix: str) -> None:
    """What there is of it comes first, then the fault."""
    whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    rng = np.random.default_rng(2)
    soundfile.write(whole, rng.uniform(-0.5, 0.5, 64_000), 16_000)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    samples: list[Samples] = []
    with pytest.raises(AudioError, match=r"cut off after [12]\.\d\d s of 4\.00 s"):
        for block in read_blocks(cut):
            samples.append(block)
    assert 16_000 < len(np.concatenate(samples)) <= 32_000


def test_a_recording_of_unknown_length_is_whole(tmp_path: Path) -> None:
    """Programs that write to a pipe announce the longest length there is."""
    path = tmp_path / "x.wav"
    soundfile.write(path, tone(16_000), 16_000)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert len(read(path)) == 16_000


def test_a_long_recording_needs_no_more_memory(tmp_path: Path) -> None:
    """Ten minutes are read in blocks; the peak stays that of a second."""
    path = tmp_path / "long.flac"
    soundfile.write(path, np.zeros(600 * 16_000, dtype=np.int16), 16_000)
    tracemalloc.start()
    count = sum(len(block) for block in read_blocks(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 600 * 16_000
    assert peak < 2_000_000


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Only recordings; nothing in it is a fault."""
    for name in ("b.wav", "a.flac", "notes.txt", "C.WAV"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in recordings(str(tmp_path))] == ["C.WAV", "a.flac", "b.wav"]
    (tmp_path / "none").mkdir()
    with pytest.raises(AudioError, match="no recordings"):
        recordings(str(tmp_path / "none"))
    with pytest.raises(AudioError, match="no such file"):
        recordings(str(tmp_path / "missing.wav"))


@pytest.mark.parametrize("as_wav", [True, False])
def test_standard_input_is_wav_or_raw(as_wav: bool) -> None:
    """Both through a pipe that cannot be wound back."""
    rng = np.random.default_rng(3)
    sound = rng.integers(-2_000, 2_000, 20_001, dtype=np.int16)
    file = io.BytesIO()
    soundfile.write(file, sound, 16_000, format="WAV")
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(file.getvalue() if as_wav else sound.tobytes())
    with os.fdopen(reading, "rb") as stream:
        heard = np.concatenate(list(read_input(stream)))
    assert (heard == sound).all()


def test_standard_input_without_anything_is_told() -> None:
    """An empty pipe is bad input, not silence."""
    with pytest.raises(AudioError, match="nothing came"):
        list(read_input(io.BytesIO(b"")))


def test_a_silent_writer_never_holds_the_stage_up() -> None:
    """While nothing has come there are empty blocks, at once."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        blocks = read_input(stream)
        assert len(next(blocks)) == 0
        os.write(writing, b"\x01\x00" * 400)
        os.close(writing)
        assert len(np.concatenate(list(blocks))) == 400
