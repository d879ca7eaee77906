"""Proves the sound chain: plays chirps, hears them, and measures what is between.

Each chirp is found in the recording by its matched filter (Turin, "An introduction to
matched filters", 1960); where it lies gives the delay, how regularly the chirps come
whether sound was lost, how loud they are the echo.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.capture.microphone import Microphone
from assistant.config import Settings
from assistant.health.findings import Finding
from assistant.messages import Event
from assistant.pcm import SAMPLE_RATE_HZ, SILENCE_DB, Int16, level_db, samples_of, to_int16
from assistant.playback.mixer import NOTHING
from assistant.playback.speaker import Speaker

CHIRPS = 4
CHIRP_S, EVERY_S = 0.25, 0.5
LOW_HZ, HIGH_HZ = 400.0, 4000.0
LEVEL = 0.4
LISTEN_BEFORE_S, LISTEN_AFTER_S = 0.5, 1.2
OPEN_S = 4.0
CLEAR = 8.0
"""A chirp is heard where its filter gives so many times its median."""
CLIPPED = 32_700
SHIFT_MOST_SAMPLES = 16
TOO_LATE_MS = 400.0
TOO_SOFT_DB, TOO_LOUD_DB = -55.0, -3.0


class Measured(NamedTuple):
    """What has come of the chirps."""

    heard: int
    """How many of ``CHIRPS``."""
    delay_ms: float
    """From handing a sample to the speaker until the microphone's sample is at hand."""
    level_db: float
    """Of the chirps in the microphone, dBFS."""
    noise_db: float
    """Before the first chirp, dBFS."""
    echo_db: float
    """Level heard over level played."""
    clipped: int
    """Samples at the limit."""
    shift_samples: int
    """The most by which a chirp came early or late against the first: sound lost or doubled."""
    xruns: int
    rates_hz: tuple[int, int]
    """Of microphone and speaker."""


class Recording(NamedTuple):
    """What the microphone heard, and when the chirps were handed over."""

    samples: Int16
    began_at: float
    """Monotonic time of its first sample."""
    played_at: float
    xruns: int


def measure(settings: Settings) -> Measured | Finding:
    """Play and listen; a ``Finding`` where a device cannot be opened."""
    capture, playback = settings.capture, settings.playback
    microphone = Microphone(capture.device, capture.channel, 5.0, capture.lost_s)
    speaker = Speaker(playback.device, playback.buffer_ms / 1000, playback.lost_s)
    try:
        for line in (microphone, speaker):
            fault = _fault(line.look_after(time.monotonic()))
            if fault:
                return fault
        if not _delivers(microphone):
            return Finding("fail", "the microphone is open but gives no sound", SILENT_REMEDY)
        recording = _play_and_record(microphone, speaker)
        rates = microphone.rate_hz, speaker.rate_hz
        return analyse(recording, rates)
    finally:
        microphone.close()
        speaker.close()


def chirp(rate_hz: int) -> Int16:
    """A sweep from ``LOW_HZ`` to ``HIGH_HZ`` with soft ends, (samples,)."""
    seconds = np.arange(round(CHIRP_S * rate_hz)) / rate_hz
    sweep = LOW_HZ + (HIGH_HZ - LOW_HZ) * seconds / (2 * CHIRP_S)
    window = np.minimum(1.0, np.minimum(seconds, CHIRP_S - seconds) / 0.02)
    return to_int16((LEVEL * window * np.sin(2 * np.pi * sweep * seconds)).astype(np.float32))


def analyse(recording: Recording, rates_hz: tuple[int, int]) -> Measured:
    """Find the chirps and measure."""
    played = chirp(SAMPLE_RATE_HZ)
    starts = _find(recording.samples, played)
    first = starts[0] if starts else 0
    due = first + np.arange(len(starts)) * samples_of(EVERY_S)
    shifts = [abs(start - int(place)) for start, place in zip(starts, due, strict=True)]
    loud = [recording.samples[start : start + len(played)] for start in starts]
    level = level_db(np.concatenate(loud)) if loud else SILENCE_DB
    quiet = recording.samples[: samples_of(LISTEN_BEFORE_S)]
    heard_at = recording.began_at + first / SAMPLE_RATE_HZ
    return Measured(
        heard=len(starts),
        delay_ms=round(1000 * (heard_at - recording.played_at), 1) if starts else 0.0,
        level_db=round(level, 1),
        noise_db=round(level_db(quiet), 1),
        echo_db=round(level - level_db(played), 1),
        clipped=int(np.count_nonzero(np.abs(recording.samples.astype(np.int32)) >= CLIPPED)),
        shift_samples=max(shifts, default=0),
        xruns=recording.xruns,
        rates_hz=rates_hz,
    )


def judge(measured: Measured) -> list[tuple[str, Finding]]:
    """The figures, each with what to do where it is bad."""
    microphone_hz, speaker_hz = measured.rates_hz
    rates = Finding("ok", f"microphone {microphone_hz} Hz, speaker {speaker_hz} Hz")
    if measured.heard < CHIRPS:
        what = f"{measured.heard} of {CHIRPS} chirps heard, room at {measured.noise_db:g} dBFS"
        remedy = SILENT_REMEDY if measured.noise_db <= SILENCE_DB else DEAF_REMEDY
        return [("rates", rates), ("sound chain", Finding("fail", what, remedy))]
    return [
        ("rates", rates),
        ("sound chain", Finding("ok", f"all {CHIRPS} chirps heard")),
        ("level", _level(measured)),
        ("clipping", _clipping(measured)),
        ("dropouts", _dropouts(measured)),
        ("loop-back delay", _delay(measured)),
        ("echo", Finding("ok", f"{measured.echo_db:+.1f} dB against what is played")),
    ]


def _level(measured: Measured) -> Finding:
    what = f"{measured.level_db:g} dBFS, room {measured.noise_db:g} dBFS"
    if measured.level_db < TOO_SOFT_DB:
        return Finding("warn", what, "raise the microphone's gain or the speaker's volume")
    if measured.level_db > TOO_LOUD_DB:
        return Finding("warn", what, "lower the microphone's gain or the speaker's volume")
    return Finding("ok", what)


def _clipping(measured: Measured) -> Finding:
    if measured.clipped:
        return Finding("warn", f"{measured.clipped} samples", "lower the microphone's gain")
    return Finding("ok", "none")


def _dropouts(measured: Measured) -> Finding:
    what = f"{measured.shift_samples} samples out of step, {measured.xruns} overflows"
    if measured.shift_samples > SHIFT_MOST_SAMPLES or measured.xruns:
        remedy = "raise playback.buffer_ms; see what else keeps the processor busy"
        return Finding("warn", what, remedy)
    return Finding("ok", what)


def _delay(measured: Measured) -> Finding:
    what = f"{measured.delay_ms:.0f} ms"
    if measured.delay_ms > TOO_LATE_MS:
        return Finding("warn", what, "lower playback.buffer_ms; Bluetooth is slow by nature")
    return Finding("ok", what)


def _fault(events: list[Event]) -> Finding | None:
    for event in events:
        if event.kind == "device lost":
            return Finding("fail", str(event.facts["message"]), "see `assistant devices`")
    return None


def _delivers(microphone: Microphone) -> bool:
    end = time.monotonic() + OPEN_S
    while time.monotonic() < end:
        if len(microphone.read().samples):
            return True
        time.sleep(0.02)
    return False


def _play_and_record(microphone: Microphone, speaker: Speaker) -> Recording:
    """Chirps begin after ``LISTEN_BEFORE_S``; the ring is kept short, as in life."""
    rest = _train(speaker.rate_hz)
    began, end = time.monotonic(), LISTEN_BEFORE_S + CHIRPS * EVERY_S + LISTEN_AFTER_S
    pieces: list[Int16] = []
    played_at = heard_at = 0.0
    xruns = 0
    while (now := time.monotonic()) < began + end:
        heard = microphone.read()
        if len(heard.samples):
            pieces.append(heard.samples)
            heard_at = heard.at
        xruns += heard.xruns + bool(heard.missed_s) + speaker.underruns()
        if now > began + LISTEN_BEFORE_S and len(rest):
            played_at = played_at or now
            room = speaker.room(now)
            speaker.give(rest[:room], "")
            rest = rest[room:]
            speaker.expect(bool(len(rest)))
        time.sleep(0.01)
    samples = np.concatenate([NOTHING, *pieces])
    return Recording(samples, heard_at - len(samples) / SAMPLE_RATE_HZ, played_at, xruns)


def _train(rate_hz: int) -> Int16:
    one = np.zeros(round(EVERY_S * rate_hz), dtype=np.int16)
    one[: round(CHIRP_S * rate_hz)] = chirp(rate_hz)
    return np.tile(one, CHIRPS)


def _find(samples: Int16, played: Int16) -> list[int]:
    """Where the chirps begin, the earliest first; fewer where some are not clear."""
    if len(samples) <= len(played):
        return []
    match = _matched(samples.astype(np.float64), played.astype(np.float64))
    floor = float(np.median(match)) or 1.0
    every, starts = samples_of(EVERY_S), []
    for _ in range(CHIRPS):
        best = int(np.argmax(match))
        if match[best] < CLEAR * floor:
            break
        starts.append(best)
        match[max(best - every // 2, 0) : best + every // 2] = 0.0
    return sorted(starts)


def _matched(
    samples: npt.NDArray[np.float64], played: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    size = 1 << (len(samples) + len(played)).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(played, size))
    return np.abs(np.fft.irfft(spectrum, size)[: len(samples)])


SILENT_REMEDY = "unmute the microphone, and see which one capture.device names"
DEAF_REMEDY = "turn the speaker up, unmute it, put both in one room; with headphones: --no-sound"
