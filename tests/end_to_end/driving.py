"""Drives one stage by hand, as the runner would: ticks in, messages out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from assistant.messages import Chunk, ChunkEnd, Event, Frame, Message, Tick
from assistant.stage import Stage

Samples = npt.NDArray[np.int16]


def run(
    stage: Stage, seconds: float, until: Callable[[list[Message]], bool] = lambda out: False
) -> list[Message]:
    """What the stage yields within ``seconds``, or until ``until`` is content."""
    out: list[Message] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until(out):
        out += stage.handle(Tick(at=time.monotonic(), wall=time.time()))
        time.sleep(stage.tick_s)
    return out


def told(kind: str) -> Callable[[list[Message]], bool]:
    """For ``until``: an event of that kind is among the messages."""
    return lambda out: bool(events(out, kind))


def events(out: Iterable[Message], kind: str) -> list[Event]:
    """The events of one kind."""
    return [message for message in out if isinstance(message, Event) and message.kind == kind]


def heard(out: Iterable[Message]) -> Samples:
    """The samples of the frames, one behind the other."""
    frames = [message.samples for message in out if isinstance(message, Frame)]
    return np.concatenate([np.zeros(0, np.int16), *frames])


def speak(
    stage: Stage,
    answer: str,
    samples: Samples,
    rate_hz: int = 16_000,
    priority: str = "answer",
) -> list[Message]:
    """Send an answer in chunks of 100 ms, waiting while the stage is full."""
    out: list[Message] = []
    size = rate_hz // 10
    for start in range(0, len(samples), size):
        while not stage.accepts():
            out += run(stage, stage.tick_s)
        chunk = Chunk(
            answer=answer,
            utterance=f"utterance of {answer}",
            rate_hz=rate_hz,
            audio=samples[start : start + size].tobytes(),
            first=not start,
            priority=priority,  # type: ignore[arg-type]
        )
        out += stage.handle(chunk)
    return [*out, *stage.handle(ChunkEnd(answer=answer))]


def tone(frequency_hz: float, seconds: float, rate_hz: int = 16_000, level: float = 0.3) -> Samples:
    """A steady tone."""
    phase = 2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * 32767 * np.sin(phase)).astype(np.int16)


def numbered(seconds: float, seed: int) -> Samples:
    """Noise up to 4 kHz at 16 kHz: no stretch of it resembles another, so each names its place."""
    rng = np.random.default_rng(seed)
    count = round(seconds * 16_000)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum[count // 4 :] = 0
    noise = np.fft.irfft(spectrum, count)
    return (noise / np.abs(noise).max() * 20_000).astype(np.int16)


def places(recorded: Samples, original: Samples, step: int = 4_000) -> npt.NDArray[np.int64]:
    """Where in ``original`` each whole stretch of ``recorded`` lies, less its own place.

    Constant: nothing was lost or doubled. Stretches that lie outside are left out. After
    the first hit half a second around the expected place is searched.
    """
    found: list[int] = []
    for start in range(0, len(recorded) - step + 1, step):
        piece = recorded[start : start + step].astype(np.float64)
        low = max(found[-1] + start - 8_000, 0) if found else 0
        high = found[-1] + start + step + 8_000 if found else min(len(original), 20 * 16_000)
        best, match = _best(original[low:high].astype(np.float64), piece)
        if match > 0.7 * float(piece @ piece) and piece.any():
            found.append(low + best - start)
    return np.array(found, dtype=np.int64)


def _best(original: npt.NDArray[np.float64], piece: npt.NDArray[np.float64]) -> tuple[int, float]:
    """Place and height of the highest correlation."""
    size = 1 << (len(original) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(original, size) * np.conj(np.fft.rfft(piece, size)), size)
    best = int(np.argmax(match))
    return (best if best < len(original) else best - size), float(match[best])
