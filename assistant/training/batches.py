"""Length-bucketed batches of packed speech, the same whenever asked for again.

Everything random comes from (seed, epoch, batch), never from a running generator, so a
stopped run goes on with the very batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from assistant.pcm import Float32, Int16, samples_of, seconds_of, to_float
from assistant.recognition.features import (
    FFT_SAMPLES,
    HOP_SAMPLES,
    LOG_FLOOR,
    PRIOR_FRAMES,
    WINDOW_SAMPLES,
    Normalisation,
    mel_filters,
    window,
)
from assistant.recognition.lexicon import Lexicon
from assistant.training.augment import Augmentation, Scenery, distort
from assistant.training.speech import Utterance, packed_audio, read_packed

PREFETCH = 4


class Item(NamedTuple):
    """An utterance with its target tokens."""

    utterance: Utterance
    tokens: tuple[int, ...]


class Batch(NamedTuple):
    """B utterances, padded with zeros."""

    audio: Tensor
    """(B, samples), float32."""
    samples: Tensor
    """Length of each, (B,)."""
    targets: Tensor
    """All tokens one after another."""
    target_lengths: Tensor
    """(B,)."""


@dataclass(frozen=True)
class Corpora:
    """Packed corpora in one folder."""

    folder: Path
    audio: dict[str, Int16]

    @classmethod
    def open(cls, folder: Path, names: list[str]) -> Corpora:
        """Map the audio of the corpora ``names``."""
        return cls(folder, {name: packed_audio(folder, name) for name in names})

    def items(self, split: str, lexicon: Lexicon, longest_s: float = 20.0) -> list[Item]:
        """Utterances of ``split`` whose words the lexicon has, 0.3 s to ``longest_s`` long."""
        items = []
        for name in self.audio:
            for utterance in read_packed(self.folder, name):
                words = utterance.text.split()
                fits = 0.3 <= seconds_of(utterance.samples) <= longest_s
                if utterance.split != split or not fits or not words:
                    continue
                if all(word in lexicon for word in words):
                    tokens = tuple(token for word in words for token in lexicon[word][0])
                    items.append(Item(utterance, tokens))
        return items

    def read(self, utterance: Utterance) -> Float32:
        """The samples of one utterance."""
        end = utterance.offset + utterance.samples
        return to_float(self.audio[utterance.corpus][utterance.offset : end])


def plan(items: list[Item], batch_s: float, seed: int, epoch: int) -> list[list[Item]]:
    """One epoch: similar lengths together; the first epoch short to long, later ones shuffled."""
    random = np.random.default_rng([seed, epoch])
    lengths = np.array([item.utterance.samples for item in items], np.float64)
    order = np.argsort(lengths * random.uniform(0.85, 1.15, len(items)))
    batches: list[list[Item]] = []
    current: list[Item] = []
    longest = 0
    for index in order:
        item = items[index]
        longest = max(longest, item.utterance.samples)
        if current and longest * (len(current) + 1) > samples_of(batch_s):
            batches.append(current)
            current, longest = [], item.utterance.samples
        current.append(item)
    batches.append(current)
    if epoch:
        random.shuffle(batches)
    return batches


def load(
    batches: list[list[Item]],
    corpora: Corpora,
    scenery: Scenery | None,
    settings: Augmentation,
    seed: tuple[int, int],
    start: int = 0,
) -> Iterator[Batch]:
    """The batches from number ``start`` on, made ahead of use in a thread."""

    def make(index: int) -> Batch:
        return _make(
            batches[index], corpora, scenery, settings, np.random.default_rng([*seed, index])
        )

    with ThreadPoolExecutor(1) as pool:
        waiting = [
            pool.submit(make, index) for index in range(start, min(start + PREFETCH, len(batches)))
        ]
        for index in range(start, len(batches)):
            batch = waiting.pop(0).result()
            if index + PREFETCH < len(batches):
                waiting.append(pool.submit(make, index + PREFETCH))
            yield batch


def _make(
    items: list[Item],
    corpora: Corpora,
    scenery: Scenery | None,
    settings: Augmentation,
    random: np.random.Generator,
) -> Batch:
    clean = [corpora.read(item.utterance) for item in items]
    if scenery:
        clean = [distort(speech, clean, scenery, settings, random) for speech in clean]
    samples = [len(speech) for speech in clean]
    audio = np.zeros((len(clean), max(samples)), np.float32)
    for row, speech in zip(audio, clean, strict=True):
        row[: len(speech)] = speech
    targets = torch.tensor([token for item in items for token in item.tokens])
    lengths = torch.tensor([len(item.tokens) for item in items])
    return Batch(torch.from_numpy(audio), torch.tensor(samples), targets, lengths)


class BatchLogMel:
    """The front end of ``recognition.features`` on batches, on any device."""

    def __init__(self, normalisation: Normalisation, device: torch.device) -> None:
        self._window = torch.from_numpy(window()).to(device)
        self._filters = torch.from_numpy(mel_filters()).to(device)
        self._mean = torch.from_numpy(normalisation.mean).to(device)
        self._deviation = torch.from_numpy(normalisation.deviation).to(device)

    def raw(self, audio: Tensor) -> Tensor:
        """(B, samples) to log-mels (B, T, mels)."""
        # int16 steps, as the microphone gives them, so that silence is as deep as in life
        audio = torch.round(audio * 32768) / 32768
        frames = audio.unfold(1, WINDOW_SAMPLES, HOP_SAMPLES) * self._window
        spectrum = torch.fft.rfft(frames, FFT_SAMPLES)
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.log(power @ self._filters + LOG_FLOOR)

    def __call__(self, audio: Tensor, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised log-mels (B, T, mels), zero behind each end, and their lengths (B,)."""
        raw = self.raw(audio)
        count = torch.arange(1, raw.shape[1] + 1, device=raw.device)[:, None]
        sums = raw.cumsum(1) + self._mean * PRIOR_FRAMES
        normal = (raw - sums / (count + PRIOR_FRAMES)) / self._deviation
        frames = ((samples - WINDOW_SAMPLES) // HOP_SAMPLES + 1).to(raw.device)
        inside = torch.arange(raw.shape[1], device=raw.device) < frames[:, None]
        return normal * inside[:, :, None], frames


def measure(items: list[Item], corpora: Corpora, count: int = 400) -> Normalisation:
    """Mean and deviation of the log-mels over a fixed sample of utterances."""
    zero, one = (
        np.zeros(mel_filters().shape[1], np.float32),
        np.ones(mel_filters().shape[1], np.float32),
    )
    front = BatchLogMel(Normalisation(zero, one), torch.device("cpu"))
    chosen = np.random.default_rng(0).choice(len(items), min(count, len(items)), replace=False)
    frames = torch.cat(
        [front.raw(torch.from_numpy(corpora.read(items[i].utterance))[None])[0] for i in chosen]
    )
    # What the running mean leaves is what is divided: deviation about each utterance's mean.
    return Normalisation(frames.mean(0).numpy(), frames.std(0).numpy())
