"""Augmentation of waveforms (numpy, in the loader's threads) and of features (torch)."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from torch import Tensor

from assistant.pcm import SAMPLE_RATE_HZ, Float32, to_float
from assistant.training.speech import decode


@dataclass(frozen=True)
class Augmentation:
    """How often and how much; 0 switches a kind off."""

    clean: float = 0.35
    """Probability that an utterance stays as it is, but for its level and the masks."""
    speed: float = 0.12
    """Largest change of tempo and pitch together, as a part of 1."""
    noise: float = 0.4
    """Probability of added noise, 0 to 30 dB below the speech."""
    babble: float = 0.15
    """Probability of added babble (three to six other utterances)."""
    room: float = 0.45
    """Probability of a room impulse response."""
    telephone: float = 0.1
    """Probability of an 8 kHz channel."""
    gain_db: float = 15.0
    """Largest change of level."""
    time_masks: int = 2
    """SpecAugment: stripes of at most ``time_mask_frames``, and of ``mel_mask_bands``."""
    time_mask_frames: int = 20
    mel_masks: int = 2
    mel_mask_bands: int = 10


class Scenery:
    """Noise clips and room responses, decoded once and kept in memory."""

    def __init__(self, data: Path) -> None:
        self.noises = [
            to_float(decode(blob)) for blob in _members(data / "noise/noise.tar", ".opus")
        ]
        self.rooms = []
        for blob in _members(data / "rir/rir.tar", ".flac"):
            response = soundfile.read(io.BytesIO(blob), dtype="float32", always_2d=True)[0][:, 0]
            self.rooms.append(_from_peak(response))

    def noise(self, samples: int, random: np.random.Generator) -> Float32:
        """One clip, repeated or cut to ``samples``; white noise where there are no clips."""
        if not self.noises:
            return random.standard_normal(samples, dtype=np.float32)
        clip = self.noises[random.integers(len(self.noises))]
        start = int(random.integers(len(clip)))
        repeats = (start + samples) // len(clip) + 1
        return np.tile(clip, repeats)[start : start + samples]

    def room(self, random: np.random.Generator) -> Float32:
        """A measured response, or a made one: noise that decays by 60 dB in 0.15 to 0.8 s."""
        if self.rooms and random.random() < 0.4:
            return self.rooms[random.integers(len(self.rooms))]
        reverberation_s = random.uniform(0.15, 0.8)
        times = np.arange(int(reverberation_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        tail = random.standard_normal(len(times)) * np.exp(-6.9 * times / reverberation_s)
        tail *= random.uniform(0.02, 0.12)
        tail[0] = 1.0
        return tail.astype(np.float32)


def distort(
    speech: Float32,
    others: list[Float32],
    scenery: Scenery,
    settings: Augmentation,
    random: np.random.Generator,
) -> Float32:
    """One utterance as another microphone in another room would have taken it."""
    if random.random() >= settings.clean:
        speech = _elsewhere(speech, others, scenery, settings, random)
    gain = 10 ** (random.uniform(-settings.gain_db, settings.gain_db) / 20)
    loud: Float32 = np.clip(speech * np.float32(gain), -1, 1)
    return loud


def _elsewhere(
    speech: Float32,
    others: list[Float32],
    scenery: Scenery,
    settings: Augmentation,
    random: np.random.Generator,
) -> Float32:
    if settings.speed:
        factor = random.uniform(1 - settings.speed, 1 + settings.speed)
        speech = soxr.resample(speech, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ / factor, quality="LQ")
    if random.random() < settings.room:
        speech = _convolve(speech, scenery.room(random))
    if random.random() < settings.noise:
        speech = _mix(speech, scenery.noise(len(speech), random), random.uniform(0, 30))
    if others and random.random() < settings.babble:
        speech = _mix(speech, _babble(others, len(speech), random), random.uniform(3, 30))
    if random.random() < settings.telephone:
        narrow = soxr.resample(speech, SAMPLE_RATE_HZ, 8000, quality="LQ")
        speech = soxr.resample(narrow, 8000, SAMPLE_RATE_HZ, quality="LQ")
    return speech


def mask(mels: Tensor, lengths: Tensor, settings: Augmentation, random: torch.Generator) -> Tensor:
    """SpecAugment (arXiv 1904.08779) on (B, T, mels): stripes of time and of mels to zero."""
    batch, frames, bands = mels.shape
    times, mel_bands = torch.arange(frames), torch.arange(bands)
    keep = torch.ones(batch, frames, bands, dtype=torch.bool)
    for _ in range(settings.time_masks):
        width = (torch.rand(batch, generator=random) * settings.time_mask_frames).long()
        start = (torch.rand(batch, generator=random) * (lengths - width).clamp(min=1)).long()
        inside = (times >= start[:, None]) & (times < (start + width)[:, None])
        keep &= ~inside[:, :, None]
    for _ in range(settings.mel_masks):
        width = (torch.rand(batch, generator=random) * settings.mel_mask_bands).long()
        start = (torch.rand(batch, generator=random) * (bands - width)).long()
        inside = (mel_bands >= start[:, None]) & (mel_bands < (start + width)[:, None])
        keep &= ~inside[:, None, :]
    return mels * keep.to(mels.device)


def _members(path: Path, ending: str) -> list[bytes]:
    if not path.exists():
        return []
    with tarfile.open(path) as tar:
        files = (tar.extractfile(member) for member in tar if member.name.endswith(ending))
        return [file.read() for file in files if file]


def _from_peak(response: Float32) -> Float32:
    """Cut what comes before the direct sound, scale it to one."""
    peak = int(np.argmax(np.abs(response)))
    direct: Float32 = response[peak : peak + SAMPLE_RATE_HZ // 2] / abs(response[peak])
    return direct


def _convolve(speech: Float32, response: Float32) -> Float32:
    length = 1 << (len(speech) + len(response) - 1).bit_length()
    product = np.fft.rfft(speech, length) * np.fft.rfft(response, length)
    wet = np.fft.irfft(product, length)[: len(speech)].astype(np.float32)
    return wet * np.float32(np.sqrt(_power(speech) / _power(wet)))


def _mix(speech: Float32, noise: Float32, ratio_db: float) -> Float32:
    gain = np.sqrt(_power(speech) / _power(noise) / 10 ** (ratio_db / 10))
    return speech + noise * np.float32(gain)


def _babble(others: list[Float32], samples: int, random: np.random.Generator) -> Float32:
    total = np.zeros(samples, np.float32)
    for index in random.integers(len(others), size=int(random.integers(3, 7))):
        total += np.resize(others[index], samples)
    return total


def _power(samples: Float32) -> float:
    return float(np.mean(np.square(samples))) + 1e-10
