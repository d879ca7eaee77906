"""A tiny corpus, made on the spot: tones for phonemes, so that it can be learnt in seconds."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

WORDS = {"yes": (300, 700), "no": (500, 200), "stop": (900, 400, 600), "go": (250, 800)}


def tones(word: str, random: np.random.Generator) -> np.ndarray:
    """A word as a row of tones of 120 ms with noise at 30 dB."""
    times = np.arange(1920) / 16000
    parts = [np.sin(2 * np.pi * hertz * times) for hertz in WORDS[word]]
    sound = 0.3 * np.concatenate([np.zeros(1600), *parts, np.zeros(1600)])
    return sound + 0.01 * random.standard_normal(len(sound))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one archive, ``tones``, of 48 training and 8 development utterances."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "speech").mkdir()
    random = np.random.default_rng(1)
    rows = ["file\tspeaker\tsplit\tseconds\ttext"]
    with zipfile.ZipFile(folder / "speech/tones.zip", "w") as archive:
        for number in range(56):
            words = random.choice(sorted(WORDS), size=int(random.integers(1, 4)))
            sound = np.concatenate([tones(word, random) for word in words])
            wav = folder / "one.wav"
            soundfile.write(wav, sound, 16000)
            archive.write(wav, f"tones/{number}.wav")
            split = "train" if number < 48 else "dev"
            row = f"tones/{number}.wav\ts{number % 7}\t{split}\t{len(sound) / 16000:.2f}"
            rows.append(f"{row}\t{' '.join(words)}")
    (folder / "speech/tones.tsv").write_text("\n".join(rows) + "\n")
    return folder
