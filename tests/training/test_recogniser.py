"""Training learns, stops and goes on exactly, and writes weights that can be served."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from assistant.errors import BadInput
from assistant.recognition.lexicon import Lexicon
from assistant.resources import resource
from assistant.training.recogniser import Recipe, Run, train

LEXICON = Lexicon(["yes Y EH1 S", "no N OW1", "stop S T AA1 P", "go G OW1"])
SHAPE = {"width": 48, "hidden": 64, "blocks": 2}
RECIPE = Recipe(
    train=["tones"], develop=["tones"], hours=0.6, rate=5e-3, batch_s=8.0, first_batch_s=8.0,
    ema=0.95, shape=SHAPE,
)  # fmt: skip


def run(data: Path, folder: Path) -> Run:
    return Run(RECIPE, data, folder / "run", LEXICON)


def losses(log: io.StringIO) -> list[float]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def test_it_learns(data: Path, tmp_path: Path) -> None:
    """A minute of tones is learnt well within the recipe, and evaluation sees it."""
    trained = run(data, tmp_path)
    before = trained.evaluate()["per.tones"]
    trained.train(io.StringIO())
    after = trained.evaluate()["per.tones"]
    assert after < 0.5 < before


def test_a_stopped_run_goes_on_exactly(data: Path, tmp_path: Path) -> None:
    """Stopping and resuming gives the very losses of an unbroken run."""
    whole = run(data, tmp_path / "whole")
    expected = steps(whole, 7)
    first = run(data, tmp_path / "broken")
    seen = steps(first, 3)
    first.save()
    second = run(data, tmp_path / "broken")
    assert second.resume()
    seen += steps(second, 4)
    assert seen == pytest.approx(expected, rel=1e-6)


def test_exported_weights_carry_what_serving_needs(data: Path, tmp_path: Path) -> None:
    """One file: tensors, normalisation, shape and tokens."""
    trained = run(data, tmp_path)
    trained.export(tmp_path / "recogniser.safetensors")
    tensors = load_file(tmp_path / "recogniser.safetensors")
    assert tensors["normalisation.mean"].shape == (80,)
    assert any(name.startswith("encoder.blocks.1.") for name in tensors)


def steps(run: Run, count: int) -> list[float]:
    """The losses of the next ``count`` steps."""
    found: list[float] = []
    learn = run._learn

    def counted(*arguments: object, **named: object) -> float:
        found.append(learn(*arguments, **named))  # type: ignore[arg-type]
        if len(found) == count:
            run.batch += 1
            raise StopIteration
        return found[-1]

    run._learn = counted  # type: ignore[method-assign,assignment]
    with pytest.raises(StopIteration):
        run.train(io.StringIO())
    run._learn = learn  # type: ignore[method-assign]
    return found


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ("foo = 1", "not a recipe of the recogniser"),
        ("train = [", "not a recipe of the recogniser"),
        ("train = ['none']\ndevelop = []\nhours = 1", "none.zip|none.tsv"),
    ],
)
def test_what_cannot_be_trained_on_is_a_sentence(
    recipe: str, sentence: str, tmp_path: Path
) -> None:
    """A slip in the recipe, an archive that is not there: no traceback."""
    path = tmp_path / "recipe.toml"
    path.write_text(recipe)
    with pytest.raises(BadInput, match=sentence):
        train(path, tmp_path, tmp_path / "run", resource("lexicon/cmudict.dict.xz"))
