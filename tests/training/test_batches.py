"""Batches are what the recogniser will be served, the same each time, and complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from assistant.pcm import to_float
from assistant.recognition.features import LogMel, Normalisation
from assistant.recognition.lexicon import Lexicon
from assistant.training.augment import Augmentation, Scenery
from assistant.training.batches import BatchLogMel, Corpora, load, measure, plan
from assistant.training.speech import pack, packed_audio, read_archive

LEXICON = Lexicon(["yes Y EH1 S", "no N OW1", "stop S T AA1 P", "go G OW1"])


def corpora(data: Path, folder: Path) -> Corpora:
    pack(data / "speech/tones.zip", folder)
    return Corpora.open(folder, ["tones"])


def test_packing_keeps_every_sample(data: Path, tmp_path: Path) -> None:
    """The packed form is the archive's audio, utterance after utterance."""
    packed = pack(data / "speech/tones.zip", tmp_path)
    audio = packed_audio(tmp_path, "tones")
    for utterance, (row, samples) in zip(
        packed, read_archive(data / "speech/tones.zip"), strict=True
    ):
        part = audio[utterance.offset : utterance.offset + utterance.samples]
        assert utterance.text == row["text"]
        np.testing.assert_array_equal(part, samples)


def test_an_epoch_has_every_utterance_once(data: Path, tmp_path: Path) -> None:
    """No utterance is lost or doubled by bucketing, in any epoch."""
    items = corpora(data, tmp_path).items("train", LEXICON)
    assert len(items) == 48
    for epoch in range(3):
        batches = plan(items, batch_s=5.0, seed=1, epoch=epoch)
        files = [item.utterance.file for batch in batches for item in batch]
        assert sorted(files) == sorted(item.utterance.file for item in items)


def test_batches_do_not_depend_on_where_loading_starts(data: Path, tmp_path: Path) -> None:
    """A run that is resumed in mid-epoch sees the very batches it would have seen."""
    corpus = corpora(data, tmp_path)
    batches = plan(corpus.items("train", LEXICON), 5.0, 1, 1)
    scenery, settings = Scenery(data), Augmentation()
    whole = list(load(batches, corpus, scenery, settings, (1, 1)))
    tail = list(load(batches, corpus, scenery, settings, (1, 1), start=3))
    for left, right in zip(whole[3:], tail, strict=True):
        torch.testing.assert_close(left.audio, right.audio, rtol=0, atol=0)


def test_training_features_are_serving_features(data: Path, tmp_path: Path) -> None:
    """What is trained is what is served: torch's batch front end equals numpy's stream."""
    corpus = corpora(data, tmp_path)
    items = corpus.items("train", LEXICON)
    normalisation = measure(items, corpus)
    utterance = items[0].utterance
    samples = corpus.audio["tones"][utterance.offset : utterance.offset + utterance.samples]
    front = LogMel(normalisation)
    served, _ = front.step(samples, front.initial())
    audio = torch.from_numpy(to_float(samples))[None]
    trained, frames = BatchLogMel(normalisation, torch.device("cpu"))(
        audio, torch.tensor([len(samples)])
    )
    assert frames.tolist() == [len(served)]
    np.testing.assert_allclose(trained[0].numpy(), served, atol=2e-3)


def test_frames_behind_the_end_are_zero() -> None:
    """Padding carries nothing into the network."""
    zero, one = np.zeros(80, np.float32), np.ones(80, np.float32)
    front = BatchLogMel(Normalisation(zero, one), torch.device("cpu"))
    mels, frames = front(torch.rand(2, 8000), torch.tensor([8000, 4000]))
    assert mels[1, int(frames[1]) :].abs().sum() == 0
    assert mels[0].abs().sum() > 0
