"""Synthetic speech: command and dialogue lines spoken by espeak-ng and flite in many voices.

Written in the packed form of ``training.speech``, as one more corpus.
"""

from __future__ import annotations

import json
import lzma
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assistant.errors import ModelError
from assistant.pcm import Int16
from assistant.training.speech import Utterance, decode, read_table

ESPEAK_VOICES = ("en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc")
ESPEAK_VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5")
FLITE_VOICES = ("slt", "slt", "rms", "awb", "kal16", "kal")
FLITE_SHARE = 0.5
LONGEST_WORDS = 14


def synthesise(data: Path, folder: Path, name: str, count: int, seed: int = 1) -> None:
    """Speak ``count`` lines of ``data``'s command sources into the packed corpus ``name``.

    Raises:
        ModelError: espeak-ng or flite is not installed.
    """
    index = folder / f"{name}.json"
    if index.exists():
        return
    random = np.random.default_rng(seed)
    lines = command_lines(data)
    chosen = [lines[i] for i in random.choice(len(lines), count, replace=False)]
    speakers = [_voice(np.random.default_rng([seed, number])) for number in range(count)]
    offset, utterances = 0, []
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.int16").open("wb") as packed, ThreadPoolExecutor(2) as pool:
        spoken = pool.map(lambda pair: pair[1][1](pair[0]), zip(chosen, speakers, strict=True))
        for number, (audio, text) in enumerate(zip(spoken, chosen, strict=True)):
            packed.write(audio.tobytes())
            place = (speakers[number][0], "train", text, offset, len(audio))
            utterances.append(Utterance(name, f"{name}/{number}", *place))
            offset += len(audio)
    index.write_text(json.dumps([asdict(utterance) for utterance in utterances]))


def command_lines(data: Path) -> list[str]:
    """Lines that people say to assistants: every source but general sentences and prose."""
    with lzma.open(data / "text/text.txt.xz", "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    found, start = [], 0
    for row in read_table(data / "text/sources.tsv"):
        end = start + int(row["lines kept"])
        if row["source"].split()[0].split(".")[0] in {"nlu-home", "slurp", "clinc150", "snips"}:
            found += lines[start:end]
        start = end
    return [line for line in found if 1 <= len(line.split()) <= LONGEST_WORDS]


def _voice(random: np.random.Generator) -> tuple[str, Callable[[str], Int16]]:
    """A voice's name and what speaks with it."""
    if random.random() < FLITE_SHARE:
        voice = str(random.choice(FLITE_VOICES))
        stretch = f"{random.uniform(0.8, 1.25):.2f}"
        pitch = f"{random.uniform(85, 230):.0f}"
        settings = [
            "--setf",
            f"duration_stretch={stretch}",
            "--setf",
            f"int_f0_target_mean={pitch}",
        ]
        return f"flite-{voice}", lambda text: _run(
            ["flite", "-voice", voice, *settings, "-t", text, "-o"]
        )
    voice, variant = str(random.choice(ESPEAK_VOICES)), str(random.choice(ESPEAK_VARIANTS))
    rate, pitch = str(int(random.uniform(120, 200))), str(int(random.uniform(20, 80)))
    command = ["espeak-ng", "-v", f"{voice}+{variant}", "-s", rate, "-p", pitch]
    return f"espeak-{voice}+{variant}", lambda text: _run([*command, text, "-w"])


def _run(command: list[str]) -> Int16:
    """The sound that ``command FILE`` writes."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        try:
            subprocess.run([*command, file.name], check=True, capture_output=True)
        except FileNotFoundError as error:
            raise ModelError(
                f"{command[0]} is needed to make speech: apt-get install {command[0]}"
            ) from error
        return decode(Path(file.name).read_bytes())
