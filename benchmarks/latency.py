"""From the last sample of speech to the first of the answer, by recordings paced in real time.

Only utterances that are understood rightly count; the others are reported beside. Also:
processor and memory while nothing is said, the time until ready, and the cost of the bus.

    python -m benchmarks.latency [--rounds N] [--idle-s S] [--engine onnx|torch]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from assistant.commands.demo import play, settings_for
from assistant.commands.live import LiveView
from assistant.demonstration import Recording, linked, make_commands, read_recordings
from assistant.errors import ModelError
from assistant.pcm import SAMPLE_RATE_HZ, Int16
from assistant.trace import SPANS, Record
from benchmarks import bus, report

BUDGET_MS = {
    "endpoint": 500, "recognition": 80, "understanding": 20, "voice": 60, "playback": 60,
    "total": 720,
}  # fmt: skip
IDLE_S = 60.0
RINGS_S = 300.0
START_S = 8.0
"""What the daemon does in its first seconds is not idling."""
NOISE_DB = -50.0


def main() -> None:
    """The whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not needed: the shipped recordings are used")
    parser.add_argument("--rounds", type=int, default=2, help="how often each recording is played")
    parser.add_argument("--idle-s", type=float, default=IDLE_S)
    arguments = parser.parse_args()
    left_out: list[str] = []
    with tempfile.TemporaryDirectory(prefix="assistant-latency-") as name:
        folder = Path(name)
        figures, records = spoken(folder, arguments.rounds, left_out)
        figures |= idle(folder, arguments.idle_s)
    for kind in ("inproc", "ipc", "tcp"):
        figures[f"bus_us.{kind}"] = round(bus.measure(kind), 1)
    report.write("latency", figures, left_out, budget_ms=BUDGET_MS)
    waterfall(records, report.OUT / "latency.svg")


# -- while something is said -------------------------------------------------------------


def spoken(folder: Path, rounds: int, left_out: list[str]) -> tuple[dict[str, float], list[Record]]:
    """Spans of the utterances that were understood rightly."""
    commands = [recording for recording in read_recordings() if recording.intent]
    # a timer that rings in the middle would keep the next answers waiting
    recordings = [one for one in commands if one.slots.get("duration", RINGS_S) >= RINGS_S]
    try:
        (folder / "made").mkdir()
        recordings += make_commands(folder / "made")
    except ModelError as error:
        left_out.append(f"commands made on the spot: {error}")
    rows: list[tuple[Recording, Record]] = []
    for number in range(rounds):
        links = linked(recordings, folder / f"live{number}")
        settings = settings_for(None, folder, f"live{number}", folder / "out")
        view = LiveView(report.quiet_console())
        for record in play(settings, view, len(links)):
            rows.append((links[record["file"]], record))
    right = [record for recording, record in rows if understood(recording, record)]
    timed = [record for record in right if "total" in record["spans"]]
    wrong = rounds * len(recordings) - len(right)
    left_out.append(f"{wrong} of {rounds * len(recordings)} utterances, not understood rightly")
    figures: dict[str, float] = {"utterances": len(timed)}
    for span in (*SPANS, "total"):
        values = [record["spans"][span] for record in timed]
        for percent in (50, 95, 99):
            value = float(np.percentile(values, percent)) if values else float("nan")
            figures[f"{span}_ms.p{percent}"] = round(value, 1)
    return figures, timed


def understood(recording: Recording, record: Record) -> bool:
    """The right command; of those made on the spot the words."""
    if recording.intent:
        return recording.is_right(record)
    return bool(record["intent"]) and record["text"] == recording.text


def waterfall(records: list[Record], path: Path) -> None:
    """The spans of each utterance one below the other, the quickest on top."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    ordered = sorted(records, key=lambda record: record["spans"]["total"])
    figure, axes = pyplot.subplots(figsize=(8, max(2.0, 0.16 * len(ordered) + 1)))
    begin = np.zeros(len(ordered))
    for span in SPANS:
        values = np.array([record["spans"][span] for record in ordered])
        axes.barh(range(len(ordered)), values, left=begin, label=span, height=0.8)
        begin = begin + values
    axes.axvline(BUDGET_MS["total"], color="black", linestyle=":", label="budget")
    axes.set_xlabel("ms after the last sample of speech")
    axes.set_yticks(range(len(ordered)), [record["text"][:40] for record in ordered], fontsize=5)
    axes.invert_yaxis()
    axes.legend(loc="lower right", fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


# -- while nothing is said ---------------------------------------------------------------


def idle(folder: Path, seconds: float) -> dict[str, float]:
    """Processor and memory of a daemon process that hears silence, then room noise."""
    random = np.random.default_rng(1)
    samples = int((seconds + START_S + 10) * SAMPLE_RATE_HZ)
    silence = np.zeros(samples, np.int16)
    figures: dict[str, float] = {}
    for engine in ("onnx", "torch"):
        sound = silence if engine == "torch" else rain(samples, random)
        facts = watch(folder, engine, sound, 5.0 if engine == "torch" else seconds)
        figures[f"rss_mb.{engine}"] = facts["rss_mb"]
        if engine == "onnx":
            figures["idle_cpu_percent.noise"] = facts["cpu_percent"]
    facts = watch(folder, "onnx", silence, seconds)
    figures["idle_cpu_percent"] = facts["cpu_percent"]
    figures["ready_s"] = facts["ready_s"]
    return figures


def rain(samples: int, random: np.random.Generator) -> Int16:
    """Noise with a falling spectrum and slow swells, at −50 dBFS."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, samples)
    noise *= 1 + 0.3 * np.sin(np.arange(samples) * 2 * np.pi / (7 * SAMPLE_RATE_HZ))
    noise *= 32768 * 10 ** (NOISE_DB / 20) / np.sqrt(np.mean(np.square(noise)))
    quiet: Int16 = np.rint(noise).astype(np.int16)
    return quiet


def watch(folder: Path, engine: str, sound: Int16, seconds: float) -> dict[str, float]:
    """Run a daemon on ``sound`` in real time and look at its process."""
    source = folder / "idle.wav"
    soundfile.write(source, sound, SAMPLE_RATE_HZ)
    places = {"BUS__FOLDER": str(folder / "idle"), "UNDERSTANDING__STATE": str(folder / "state")}
    sounds = {"CAPTURE__SOURCE": str(source), "PLAYBACK__DEVICE": "none", "HEARING__WAKE": "none"}
    ours = places | sounds | {"RECOGNITION__ENGINE": engine}
    environment = os.environ | {f"ASSISTANT__{key}": value for key, value in ours.items()}
    began = time.monotonic()
    daemon = subprocess.Popen(
        [sys.executable, "-m", "assistant", "run"],
        env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        ready_s = until_ready(daemon, began)
        time.sleep(START_S)
        before = cpu_s(daemon.pid)
        time.sleep(seconds)
        used_s = cpu_s(daemon.pid) - before
        return {
            "ready_s": round(ready_s, 2),
            "cpu_percent": round(100 * used_s / seconds, 2),
            "rss_mb": round(rss_mb(daemon.pid), 1),
        }
    finally:
        daemon.terminate()
        daemon.wait(10)


def until_ready(daemon: subprocess.Popen[str], began: float) -> float:
    """Seconds from the start of the process to the line that says it is ready."""
    assert daemon.stderr is not None
    said: list[str] = []
    for line in daemon.stderr:
        said.append(line)
        if "ready after" in line:
            return time.monotonic() - began
    raise RuntimeError(f"the daemon ended: {''.join(said[-3:])}")


def cpu_s(process: int) -> float:
    """Processor time of a process and its threads so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(process: int) -> float:
    """Resident memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    main()
