"""Training of the recogniser: one readable loop.

A recipe (TOML) and the data in; checkpoints, a log and, at the end, weights out. A
stopped run goes on exactly where it stood.
"""

from __future__ import annotations

import json
import math
import os
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from assistant.errors import ConfigError, UsageError
from assistant.evaluation.measures import collapse, edit_distance
from assistant.recognition.encoder import SUBSAMPLING, Encoder, EncoderShape
from assistant.recognition.features import Normalisation
from assistant.recognition.lexicon import BLANK, TOKENS, Lexicon, read_lexicon
from assistant.training.augment import Augmentation, Scenery, mask
from assistant.training.batches import Batch, BatchLogMel, Corpora, Item, load, measure, plan
from assistant.training.pronounce import complete
from assistant.training.speech import pack, read_packed
from assistant.training.synthesis import synthesise

SYNTHETIC = "synthetic"
SAVE_S = 420
"""A checkpoint, and a look at the development speakers, that often."""


@dataclass(frozen=True)
class Recipe:
    """One run."""

    train: list[str]
    """Corpora to train on, by archive name."""
    develop: list[str]
    """Corpora whose ``dev`` part is measured on the way."""
    hours: float
    """Audio to be seen in all; the learning rate falls towards its end."""
    synthetic: int = 0
    """Lines of commands spoken by voice engines, as one more corpus."""
    seed: int = 1
    rate: float = 1.5e-3
    batch_s: float = 64.0
    first_batch_s: float = 48.0
    """Batches of the first epoch, which runs from short to long."""
    augment_from_epoch: int = 1
    between_weight: float = 0.2
    dropout: float = 0.1
    ema: float = 0.998
    develop_utterances: int = 60
    """For each corpus on the way."""
    shape: dict[str, Any] = field(default_factory=dict)
    augmentation: dict[str, Any] = field(default_factory=dict)


def read_recipe(path: Path, **overrides: Any) -> Recipe:
    """The recipe in ``path``; raises ``ConfigError`` at an unknown or missing key."""
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        return Recipe(**{**facts, **overrides})
    except (TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path}: not a recipe of the recogniser: {error}"]) from error


class Average:
    """Exponential moving average of weights, slow from the start on (bias-corrected)."""

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: torch.nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)


class Run:
    """A training run: everything that a checkpoint holds."""

    def __init__(self, recipe: Recipe, data: Path, folder: Path, lexicon: Lexicon) -> None:
        self.recipe, self.folder = recipe, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if recipe.synthetic:
            synthesise(data, folder.parent / "pack", SYNTHETIC, recipe.synthetic)
        spoken = [*recipe.train, *([SYNTHETIC] if recipe.synthetic else [])]
        names = list(dict.fromkeys(recipe.train + recipe.develop))
        for name in names:
            pack(data / "speech" / f"{name}.zip", folder.parent / "pack")
        packed = folder.parent / "pack"
        self.corpora = Corpora.open(packed, spoken)
        texts = (u.text for name in spoken for u in read_packed(packed, name))
        complete(lexicon, texts, folder.parent / "pronunciations.txt")
        self.items = self.corpora.items("train", lexicon)
        if not self.items:
            raise UsageError(f"{data}: no utterance of {', '.join(spoken)} can be trained on")
        self.develop = {
            name: Corpora.open(packed, [name]).items("dev", lexicon)[: recipe.develop_utterances]
            for name in recipe.develop
        }
        self.develop_corpora = Corpora.open(packed, recipe.develop)
        self.scenery = Scenery(data)
        self.augmentation = Augmentation(**recipe.augmentation)
        torch.manual_seed(recipe.seed)
        self.model = Encoder(EncoderShape(len(TOKENS), **recipe.shape), recipe.dropout).to(
            self.device
        )
        self.optimiser = torch.optim.AdamW(
            _groups(self.model), lr=recipe.rate, betas=(0.9, 0.98), fused=True
        )
        self.average = Average(self.model, recipe.ema)
        self.normalisation = measure(self.items, self.corpora)
        self.front = BatchLogMel(self.normalisation, self.device)
        self.step, self.epoch, self.batch, self.seen_s = 0, 0, 0, 0.0

    # -- the loop -----------------------------------------------------------------

    def train(self, log: TextIO, minutes: float = math.inf) -> None:
        """Until the recipe's hours have been seen, or ``minutes`` have passed."""
        started, saved, told = time.monotonic(), time.monotonic(), time.monotonic()
        losses: list[float] = []
        told_s = self.seen_s
        while self.seen_s < self.recipe.hours * 3600:
            batches = self._plan()
            clean = self.epoch < self.recipe.augment_from_epoch
            scenery = None if clean else self.scenery
            seed = (self.recipe.seed, self.epoch)
            for batch in load(batches, self.corpora, scenery, self.augmentation, seed, self.batch):
                losses.append(self._learn(batch, masked=not clean))
                self.batch += 1
                now = time.monotonic()
                if now - told > 30:
                    rate = (self.seen_s - told_s) / (now - told)
                    self._tell(log, {"loss": float(np.mean(losses)), "audio_s_per_s": rate})
                    told, told_s, losses = now, self.seen_s, []
                if now - saved > SAVE_S:
                    self._tell(log, self.evaluate())
                    self.save()
                    saved = time.monotonic()
                if now - started > minutes * 60 or self.seen_s >= self.recipe.hours * 3600:
                    break
            else:
                self.epoch, self.batch = self.epoch + 1, 0
                continue
            break
        self._tell(log, self.evaluate())
        self.save()

    def _plan(self) -> list[list[Item]]:
        batch_s = self.recipe.batch_s if self.epoch else self.recipe.first_batch_s
        return plan(self.items, batch_s, self.recipe.seed, self.epoch)

    def _learn(self, batch: Batch, masked: bool) -> float:
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        mels, frames = self.front(batch.audio.to(self.device), batch.samples.to(self.device))
        if masked:
            random = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + self.step)
            mels = mask(mels, frames.cpu(), self.augmentation, random)
        # bf16 has matrix units on the GPUs and on the processors that have AVX-512 bf16
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            final, between = self.model(mels)
        lengths = (frames + SUBSAMPLING - 1) // SUBSAMPLING
        weight = self.recipe.between_weight
        main = _ctc(final, batch, lengths)
        loss = (1 - weight) * main + weight * _ctc(between, batch, lengths)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        self.seen_s += float(batch.samples.sum()) / 16000
        self.average.update(self.model, self.step)
        return float(main.detach())

    def _rate(self) -> float:
        """Warm-up over 200 steps, flat to 30 %, cosine down to 2 %."""
        done = min(1.0, self.seen_s / (self.recipe.hours * 3600))
        fall = max(0.0, (done - 0.3) / 0.7)
        cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * fall))
        return self.recipe.rate * min(1.0, (self.step + 1) / 200) * cosine

    # -- measuring ------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Phone error rate of the averaged weights, greedy, for each development corpus."""
        averaged = Encoder(self.model.shape).to(self.device)
        averaged.load_state_dict(self.average.weights)
        averaged.eval()
        settings = Augmentation()
        errors = {}
        for name, items in self.develop.items():
            batches = plan(items, 60.0, 0, 0)
            wrong = total = 0
            for batch in load(batches, self.develop_corpora, None, settings, (0, 0)):
                mels, frames = self.front(
                    batch.audio.to(self.device), batch.samples.to(self.device)
                )
                best = averaged(mels)[0].argmax(-1).cpu()
                lengths = (frames.cpu() + SUBSAMPLING - 1) // SUBSAMPLING
                targets = torch.split(batch.targets, batch.target_lengths.tolist())
                for path, length, target in zip(best, lengths, targets, strict=True):
                    wrong += edit_distance(collapse(path[:length].tolist()), target.tolist())
                    total += len(target)
            errors[f"per.{name}"] = round(wrong / max(1, total), 4)
        return errors

    def _tell(self, log: TextIO, facts: dict[str, float]) -> None:
        line = {
            "step": self.step,
            "epoch": self.epoch,
            "hours": round(self.seen_s / 3600, 2),
            **facts,
        }
        print(json.dumps(line), file=log, flush=True)

    # -- checkpoints ----------------------------------------------------------------

    def save(self) -> None:
        """Write the checkpoint, atomically."""
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.weights,
            "random": torch.get_rng_state(),
            "place": (self.step, self.epoch, self.batch, self.seen_s),
            "normalisation": tuple(torch.from_numpy(value) for value in self.normalisation),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / "checkpoint.part"
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.weights = state["average"]
        torch.set_rng_state(state["random"].cpu())
        self.step, self.epoch, self.batch, self.seen_s = state["place"]
        self.normalisation = Normalisation(
            *(value.cpu().numpy() for value in state["normalisation"])
        )
        self.front = BatchLogMel(self.normalisation, self.device)
        return True

    def export(self, path: Path) -> None:
        """Averaged weights in half precision, with normalisation, as safetensors."""
        tensors = {
            f"encoder.{name}": value.half().cpu() for name, value in self.average.weights.items()
        }
        tensors["normalisation.mean"] = torch.from_numpy(self.normalisation.mean)
        tensors["normalisation.deviation"] = torch.from_numpy(self.normalisation.deviation)
        shape = json.dumps(vars(self.model.shape))
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            tensors, path, {"shape": shape, "tokens": " ".join(TOKENS), "steps": str(self.step)}
        )


def _ctc(log_probabilities: Tensor, batch: Batch, lengths: Tensor) -> Tensor:
    """Nats per phoneme."""
    loss = functional.ctc_loss(
        log_probabilities.transpose(0, 1).cpu(),
        batch.targets,
        lengths.cpu(),
        batch.target_lengths,
        blank=BLANK,
        reduction="sum",
        zero_infinity=True,
    )
    return loss / batch.target_lengths.sum()


def _groups(model: torch.nn.Module) -> list[dict[str, Any]]:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]


def train(
    recipe_path: Path,
    data: Path,
    folder: Path,
    lexicon_path: Path,
    minutes: float = math.inf,
    **overrides: Any,
) -> None:
    """Run or resume; ``minutes`` limits this call, ``overrides`` replace the recipe's keys."""
    run = Run(read_recipe(recipe_path, **overrides), data, folder, read_lexicon(lexicon_path))
    run.resume()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        run.train(log, minutes)
    run.export(folder / "recogniser.safetensors")
