"""Engines: the same numbers from each, from any chunks, and nothing from wrong weights."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import Recognition
from assistant.errors import ModelError
from assistant.pcm import Float32
from assistant.recognition.acoustic import Acoustics
from assistant.recognition.engines import Engine, open_engine
from assistant.recognition.features import LogMel
from assistant.recognition.onnx_engine import OnnxEngine
from assistant.recognition.weights import GRAPH, TENSORS, open_weights, write_checksums
from tests.recognition.conftest import pieces

SOUND = (np.random.default_rng(1).normal(0, 2000, 24_000)).astype(np.int16)


@pytest.fixture(scope="module")
def torch_engine(tiny_weights: Path) -> Engine:
    """The tiny network under torch."""
    return open_engine(Recognition(engine="torch"), open_weights(tiny_weights))


@pytest.fixture(scope="module")
def plain_graph(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network as a graph in single precision."""
    from assistant.recognition.torch_engine import load_encoder
    from assistant.training.export import write_graph

    path = tmp_path_factory.mktemp("graph") / "plain.onnx"
    write_graph(load_encoder(open_weights(tiny_weights)), path)
    return path


def run(engine: Engine, mels: Float32, frames: int) -> Float32:
    """``mels`` (T, mels) in chunks of ``frames``."""
    state, found = engine.initial(), []
    for first in range(0, len(mels), frames):
        log_probs, state = engine.step(mels[None, first : first + frames], state)
        found.append(log_probs[0])
    return np.concatenate(found)


def test_torch_and_onnx_agree_in_any_chunks(
    torch_engine: Engine, plain_graph: Path, tiny_weights: Path
) -> None:
    """One network, two engines, several chunk sizes: the same numbers within 1e-3."""
    onnx_engine = OnnxEngine(open_weights(tiny_weights), path=plain_graph)
    mels = np.random.default_rng(2).normal(size=(96, 80)).astype(np.float32)
    whole = run(torch_engine, mels, 96)
    for engine in (torch_engine, onnx_engine):
        for frames in (4, 16, 32, 96):
            np.testing.assert_allclose(run(engine, mels, frames), whole, atol=1e-3)


def test_streams_in_one_step_do_not_touch_each_other(
    torch_engine: Engine, plain_graph: Path, tiny_weights: Path
) -> None:
    """Several streams joined give what each gives alone."""
    mels = np.random.default_rng(3).normal(size=(3, 16, 80)).astype(np.float32)
    for engine in (torch_engine, OnnxEngine(open_weights(tiny_weights), path=plain_graph)):
        states = [engine.step(one[None], engine.initial())[1] for one in mels]
        joined, after = engine.step(mels, engine.join(states))
        for number, (one, state) in enumerate(zip(mels, states, strict=True)):
            alone, _ = engine.step(one[None], state)
            np.testing.assert_allclose(joined[number], alone[0], atol=1e-4)
        assert len(engine.split(after)) == 3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(SOUND)), max_size=10))
def test_cutting_the_sound_changes_nothing(
    torch_engine: Engine, tiny_weights: Path, cuts: list[int]
) -> None:
    """Front end and encoder joined: as many outputs, the same numbers, for any cuts."""
    acoustics = Acoustics(
        LogMel(open_weights(tiny_weights).normalisation), torch_engine, 16, lookahead=5
    )

    def hear(chunks: list[slice]) -> Float32:
        state, found = acoustics.initial(), []
        for chunk in chunks:
            log_probs, state = acoustics.step(SOUND[chunk], state)
            found.append(log_probs)
        return np.concatenate([*found, acoustics.finish(state)])

    whole = hear([slice(None)])
    assert len(whole) == -(-((len(SOUND) - 400) // 160 + 1) // 4)
    np.testing.assert_allclose(hear(pieces(len(SOUND), cuts)), whole, atol=1e-3)


def test_the_whole_is_what_was_trained(torch_engine: Engine, tiny_weights: Path) -> None:
    """The streamed outputs are those of the training's whole pass."""
    import torch

    from assistant.recognition.torch_engine import load_encoder

    weights = open_weights(tiny_weights)
    acoustics = Acoustics(LogMel(weights.normalisation), torch_engine, 16, lookahead=5)
    first, state = acoustics.step(SOUND, acoustics.initial())
    streamed = np.concatenate([first, acoustics.finish(state)])
    front = LogMel(weights.normalisation)
    mels, _ = front.step(SOUND, front.initial())
    with torch.no_grad():
        whole = load_encoder(weights)(torch.from_numpy(mels)[None])[0][0].numpy()
    np.testing.assert_allclose(streamed, whole, atol=1e-3)


def test_export_makes_a_folder_that_serves(tiny_weights: Path, tmp_path: Path) -> None:
    """Eight bits are near single precision; the hashes are those of the files."""
    from assistant.training.export import export

    export(tiny_weights / TENSORS, tmp_path)
    weights = open_weights(tmp_path)
    mels = np.random.default_rng(4).normal(size=(64, 80)).astype(np.float32)
    exact = run(open_engine(Recognition(engine="torch"), weights), mels, 16)
    small = run(open_engine(Recognition(engine="onnx"), weights), mels, 16)
    assert np.abs(exact - small).mean() < 0.05


@pytest.mark.parametrize("name", [TENSORS, GRAPH])
def test_changed_weights_are_refused(tiny_weights: Path, tmp_path: Path, name: str) -> None:
    """One flipped byte is one clear line, before anything is loaded."""
    shutil.copytree(tiny_weights, tmp_path / "w")
    folder = tmp_path / "w"
    (folder / GRAPH).write_bytes(b"not really a graph")
    write_checksums(folder)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match="damaged or changed: SHA-256"):
        open_engine(Recognition(), open_weights(folder))


def test_what_is_no_graph_is_refused(tiny_weights: Path, tmp_path: Path) -> None:
    """The right hash of the wrong thing."""
    shutil.copytree(tiny_weights, tmp_path / "w")
    (tmp_path / "w" / GRAPH).write_bytes(b"not a graph")
    write_checksums(tmp_path / "w")
    with pytest.raises(ModelError, match="onnxruntime cannot use it"):
        open_engine(Recognition(), open_weights(tmp_path / "w"))


def test_no_weights_at_all(tmp_path: Path) -> None:
    """An empty folder is told as one."""
    with pytest.raises(ModelError, match="no weights there"):
        open_weights(tmp_path)
