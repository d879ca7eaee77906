"""Recordings through the stage: numbers, pace, gaps, ends, faults. Microphones: end_to_end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from assistant.capture.framing import Framer, SilenceWatch
from assistant.capture.stage import CaptureStage
from assistant.config import read_settings
from assistant.messages import EndOfInput, Event, Frame, Message, Mute, Tick


def stage_of(source: Path, **more: object) -> CaptureStage:
    """Recordings as microphone, as fast as they are taken."""
    wanted = {"capture.source": str(source), "capture.pace": 0, "capture.gap_s": 0.1, **more}
    return CaptureStage(read_settings(environment={}, overrides=wanted))


def ticks(stage: CaptureStage, times: Iterator[float] | list[float]) -> list[Message]:
    """What follows from ticks at ``times``."""
    out: list[Message] = []
    for at in times:
        out += stage.handle(Tick(at=at, wall=0.0))
    return out


def sound(path: Path, samples: int, seed: int = 1) -> np.ndarray:  # type: ignore[type-arg]
    """A recording of noise."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(-3_000, 3_000, samples, dtype=np.int16)
    soundfile.write(path, noise, 16_000)
    return noise


@given(sizes=st.lists(st.integers(0, 1_500), max_size=20))
def test_frames_hold_every_sample_once(sizes: list[int]) -> None:
    """However the blocks fall, frames are whole, numbered without gaps, and say the same."""
    rng = np.random.default_rng(len(sizes))
    sound = rng.integers(-9, 9, sum(sizes), dtype=np.int16)
    framer, frames = Framer(), []
    for block in np.split(sound, np.cumsum(sizes)[:-1]) if sizes else []:
        frames += framer.feed(block, at=0.0)
    assert [frame.sample for frame in frames] == [320 * n for n in range(len(sound) // 320)]
    joined = np.concatenate([np.zeros(0, np.int16), *(frame.samples for frame in frames)])
    assert (joined == sound[: len(joined)]).all()
    assert framer.held == len(sound) - len(joined)


def test_frames_know_when_they_were_captured() -> None:
    """``at`` is the time of a frame's last sample."""
    frames = Framer().feed(np.zeros(800, dtype=np.int16), at=10.0)
    assert [frame.at for frame in frames] == pytest.approx([9.97, 9.99])


def test_zeros_are_told_once_until_there_is_sound_again() -> None:
    """Ten seconds of zeros: once. A quiet room is never silent."""
    watch = SilenceWatch(1.0)
    zeros, hiss = np.zeros(8_000, dtype=np.int16), np.ones(10, dtype=np.int16)
    told = [watch.feed(block) for block in (zeros, zeros, zeros, hiss, zeros, zeros, zeros)]
    assert told == [False, True, False, False, False, True, False]


def test_a_recording_is_followed_by_its_gap_and_its_end(tmp_path: Path) -> None:
    """All samples, then zeros up to a whole frame, then the end with its number."""
    noise = sound(tmp_path / "x.wav", 5_000)
    out = ticks(stage_of(tmp_path / "x.wav"), [float(n) for n in range(5)])
    frames = [message for message in out if isinstance(message, Frame)]
    joined = np.concatenate([frame.samples for frame in frames])
    assert (joined[:5_000] == noise).all()
    assert not joined[5_000:].any()
    assert len(joined) == 6_720
    assert out[-1] == EndOfInput(sample=6_720, file=str(tmp_path / "x.wav"))


def test_the_next_recording_begins_when_all_is_over(tmp_path: Path) -> None:
    """The end travels round; only when it is back the next file begins."""
    for name in ("a.wav", "b.wav"):
        sound(tmp_path / name, 640)
    stage = stage_of(tmp_path)
    out = ticks(stage, [float(n) for n in range(9)])
    assert [m.file for m in out if isinstance(m, EndOfInput)] == [str(tmp_path / "a.wav")]
    assert isinstance(out[-1], EndOfInput)
    list(stage.handle(out[-1]))
    out = ticks(stage, [float(n) for n in range(9, 18)])
    assert isinstance(out[0], Frame)
    assert out[0].sample == 2_240, "the sample clock goes on"
    assert [m.file for m in out if isinstance(m, EndOfInput)] == [str(tmp_path / "b.wav")]


def test_an_end_that_never_comes_back_does_not_stop_the_rest(tmp_path: Path) -> None:
    """A stage that died took the end with it: told, and on with the next."""
    for name in ("a.wav", "b.wav"):
        sound(tmp_path / name, 640)
    stage = stage_of(tmp_path)
    ticks(stage, [1.0, 2.0, 3.0])
    out = ticks(stage, [700.0, 701.0, 702.0])
    assert "has not come back" in next(m.facts["message"] for m in out if isinstance(m, Event))
    assert any(isinstance(m, EndOfInput) for m in out)


def test_pace_is_that_of_life(tmp_path: Path) -> None:
    """At pace 1 a second of ticks gives a second of frames, each with its own time."""
    sound(tmp_path / "x.wav", 32_000)
    stage = stage_of(tmp_path / "x.wav", **{"capture.pace": 1.0})
    out = ticks(stage, [100 + n * 0.02 for n in range(51)])
    frames = [message for message in out if isinstance(message, Frame)]
    assert len(frames) in (49, 50)
    assert frames[0].at == pytest.approx(100.02, abs=1e-6)
    assert frames[10].at == pytest.approx(100.22, abs=1e-6)


def test_a_machine_that_slept_goes_on_from_now(tmp_path: Path) -> None:
    """No hour of frames at once after an hour's sleep."""
    sound(tmp_path / "x.wav", 64_000)
    stage = stage_of(tmp_path / "x.wav", **{"capture.pace": 1.0})
    assert len(ticks(stage, [1.0, 3601.0])) == 50
    assert len(ticks(stage, [3601.1])) in (4, 5)


def test_a_bad_file_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A folder with one broken recording: an error event, its end, then the next."""
    (tmp_path / "a.wav").write_bytes(b"no sound")
    sound(tmp_path / "b.wav", 640)
    stage = stage_of(tmp_path)
    out = ticks(stage, [1.0, 2.0])
    error = next(message for message in out if isinstance(message, Event))
    assert error.kind == "error"
    assert "a.wav" in error.facts["message"]
    list(stage.handle(EndOfInput(file=str(tmp_path / "a.wav"))))
    assert any(isinstance(m, Frame) and m.samples.any() for m in ticks(stage, [3.0, 4.0]))


def test_no_file_at_all_is_told(tmp_path: Path) -> None:
    """A wrong path does not raise: the daemon lives, and whoever waits for the end gets it."""
    out = ticks(stage_of(tmp_path / "missing.wav"), [1.0, 2.0])
    assert [type(message) for message in out] == [Event, EndOfInput]


def test_mute_holds_a_recording(tmp_path: Path) -> None:
    """Muted nothing is heard; afterwards it goes on where it was."""
    sound(tmp_path / "x.wav", 3_200)
    stage = stage_of(tmp_path / "x.wav", **{"capture.pace": 1.0})
    before = ticks(stage, [1.0, 1.1])
    assert len(before) in (4, 5)
    assert [m.facts for m in stage.interrupt(Mute(on=True)) if isinstance(m, Event)] == [
        {"on": True}
    ]
    assert ticks(stage, [1.2, 5.0]) == []
    assert not list(stage.interrupt(Mute(on=True))), "told once"
    list(stage.interrupt(Mute(on=False)))
    after = [m for m in ticks(stage, [5.0, 5.1]) if isinstance(m, Frame)]
    assert after[0].sample == 320 * len(before)


def test_frames_left_over_by_an_interrupt_come_next(tmp_path: Path) -> None:
    """A stop closes the iterator: what had been read is not lost."""
    sound(tmp_path / "x.wav", 6_400)
    stage = stage_of(tmp_path / "x.wav")
    flow = stage.handle(Tick(at=1.0, wall=0.0))
    first = next(flow)
    flow.close()  # type: ignore[attr-defined]
    rest = ticks(stage, [time.monotonic()])
    assert [m.sample for m in [first, *rest] if isinstance(m, Frame)][:20] == list(
        range(0, 6_400, 320)
    )
