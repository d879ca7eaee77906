"""Speech made on the spot, daemons that hear it, and what comes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from assistant import messages as m
from assistant.bus import Control, Tap, client_address
from assistant.config import Settings, Voice, read_settings
from assistant.trace import Record, fold_all
from assistant.voice.engines import open_engine
from assistant.voice.stage import VoiceStage

Samples = npt.NDArray[np.int16]
COMMAND, INTENT = "what time is it", "Time"
"""What is said where it does not matter what, and what it means."""
SKILLS = ["clock", "talk", "translate"]
"""A small grammar: what is tested here is not how many sentences there can be."""
VOICE_HZ = 22_050
MODULE = [sys.executable, "-m", "assistant"]
Condition = Callable[[m.Event], bool]


def speech(text: str = COMMAND, voice: str = "") -> Samples:
    """``text`` as a person would say it, at ``VOICE_HZ``; the same whenever it is asked for."""
    return _spoken(text, voice)


@cache
def _spoken(text: str, voice: str) -> Samples:
    with closing(open_engine(Voice(name=voice))) as engine:
        assert engine.rate_hz == VOICE_HZ
        return np.concatenate(list(engine.speak(text, voice or "en", 0.9, 1.0)))


def write_speech(path: Path, *texts: str, gap_s: float = 0.0) -> Path:
    """A recording of ``texts``, with silence before, between and after them."""
    silence = np.zeros(round(gap_s * VOICE_HZ), np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [silence, *(part for text in texts for part in (speech(text), silence))]
    soundfile.write(path, np.concatenate(parts), VOICE_HZ)
    return path


def answer_sound(text: str, language: str = "en") -> Samples:
    """How ``text`` sounds as an answer, made by the voice alone, at ``VOICE_HZ``."""
    with closing(VoiceStage(Settings())) as voice:
        made = voice.handle(m.Say(text=text, answer="a", language=language))
        return np.concatenate([part.samples for part in made if isinstance(part, m.Chunk)])


def likeness(recorded: Samples, rate_hz: int, original: Samples) -> float:
    """How well ``original`` (at ``VOICE_HZ``) fits into ``recorded`` at its best place.

    Correlation of both spectrograms: 0.95 and more for the same words, made anew (the voice
    is never quite the same twice), 0.75 where one short word differs, under 0.4 for others.
    """
    long, short = _spectrogram(recorded, rate_hz), _spectrogram(original, VOICE_HZ)
    missing = max(len(short) - len(long), 0)
    long = np.pad(long, ((0, missing), (0, 0)), constant_values=float(short.min()))
    wanted = short - short.mean(0)
    fits = [0.0]
    for start in range(len(long) - len(short) + 1):
        part = long[start : start + len(short)]
        part = part - part.mean(0)
        energy = float(np.linalg.norm(part) * np.linalg.norm(wanted))
        fits.append(float((part * wanted).sum()) / energy if energy else 0.0)
    return max(fits)


def _spectrogram(sound: Samples, rate_hz: int) -> npt.NDArray[np.float64]:
    """Logarithms of 31 bands up to 4 kHz every 10 ms; (frames, bands)."""
    slow = np.pad(soxr.resample(sound.astype(np.float64), rate_hz, 8_000), 200)
    frames = np.lib.stride_tricks.sliding_window_view(slow, 200)[::80] * np.hanning(200)
    bands = np.abs(np.fft.rfft(frames, 256))[:, 2:126].reshape(len(frames), 31, 4).mean(2)
    return np.asarray(np.log(bands + 300))


def write_config(folder: Path, **sections: Mapping[str, Any]) -> Path:
    """A configuration: files instead of devices, as fast as it goes, and these sections."""
    usual: dict[str, dict[str, Any]] = {
        "bus": {"folder": str(folder / "run")},
        "capture": {"pace": 0.0},
        "hearing": {"wake": "none"},
        "understanding": {"state": str(folder / "state"), "skills": SKILLS},
        "playback": {"device": "none", "pace": 0.0},
    }
    lines: list[str] = []
    for name in {**usual, **sections}:
        section = {**usual.get(name, {}), **sections.get(name, {})}
        lines += [f"[{name}]", *(f"{key} = {json.dumps(section[key])}" for key in section)]
    path = folder / "config.toml"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")  # JSON's values are TOML's
    return path


class Watch:
    """A daemon's tap, and all events so far."""

    def __init__(self, tap: Tap) -> None:
        self.events: list[m.Event] = []
        self.records: dict[str, Record] = {}
        self._tap = tap

    def next(self, timeout_s: float) -> m.Event | None:
        """The next event, or None when ``timeout_s`` is over."""
        event = self._tap.next(timeout_s)
        if event is not None:
            self.events.append(event)
            self.records = fold_all(self.records, event, 2_000)
        return event

    def until(self, condition: Condition, timeout_s: float = 30.0) -> m.Event:
        """The next event that meets ``condition``."""
        deadline = time.monotonic() + timeout_s
        while (event := self.next(max(deadline - time.monotonic(), 0.0))) is not None:
            if condition(event):
                return event
        tail = "\n".join(
            f"{e.at:.2f} {e.stage} {e.kind} {e.facts}"[:200] for e in self.events[-15:]
        )
        raise AssertionError(f"not within {timeout_s} s; the last events were\n{tail}")

    def wait(self, kind: str, timeout_s: float = 30.0, **facts: Any) -> m.Event:
        """The next event of ``kind`` with these facts."""
        return self.until(
            lambda event: event.kind == kind and facts.items() <= event.facts.items(), timeout_s
        )

    def during(self, seconds: float) -> list[m.Event]:
        """What happens within ``seconds``."""
        before, deadline = len(self.events), time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.next(left)
        return self.events[before:]

    def told(self, kind: str, stage: str = "") -> list[m.Event]:
        """Events of ``kind`` so far."""
        return [e for e in self.events if e.kind == kind and stage in ("", e.stage)]

    def by_file(self) -> dict[str, list[Record]]:
        """Records by the name of the recording that they were heard in."""
        found: dict[str, list[Record]] = {}
        for record in self.records.values():
            found.setdefault(Path(record["file"]).name, []).append(record)
        return found


class Process:
    """``assistant run`` as a person or systemd starts it, with its own configuration."""

    def __init__(
        self,
        config: Path,
        environment: Mapping[str, str] | None = None,
        pipeline: str = "",
    ) -> None:
        self.config = config
        self.folder = read_settings(config).runtime_folder
        self._log = config.with_suffix(".log")
        argv = [*MODULE, "run", "--config", str(self.config)]
        argv += ["--pipeline", pipeline] if pipeline else []
        with self._log.open("ab") as log:
            self.popen = subprocess.Popen(
                argv, env={**os.environ, **(environment or {})}, stderr=log, process_group=0
            )
        self._tap: Tap | None = None

    @property
    def log(self) -> str:
        """Standard error so far."""
        return self._log.read_text(encoding="utf-8")

    def watch(self) -> Watch:
        """Its tap, from the moment on at which it listens."""
        self._tap = Tap(client_address(self.folder, "tap"))
        assert self._tap.joined(20), self.log
        return Watch(self._tap)

    def wait_ready(self, timeout_s: float = 60.0, times: int = 1) -> None:
        """Until the log says that all stages are ready, so often."""
        deadline = time.monotonic() + timeout_s
        while self.log.count("ready after") < times:
            assert self.popen.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """The facts of the daemon's reply."""
        with Control(client_address(self.folder, "control")) as control:
            reply = control.ask(command, arguments)
        assert reply.ok, reply.error
        return reply.facts

    def pid_of(self, stage: str) -> int:
        """Of the process that ``stage`` runs in."""
        return int(self.ask("status")["stages"][stage]["pid"])

    def kill(self) -> None:
        """End it with -9."""
        self.popen.kill()
        self.popen.wait()

    def end(self) -> int:
        """Ask it to end; its exit code. Killed where it does not."""
        if self._tap:
            self._tap.close()
        self.popen.terminate()
        try:
            return self.popen.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            return self.popen.wait()


def command(*words: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    """``assistant WORDS`` to its end."""
    return subprocess.run([*MODULE, *words], capture_output=True, text=True, timeout=timeout_s)
