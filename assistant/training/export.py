"""Torch weights to a graph for onnxruntime, in eight bits.

One graph is one step: mel frames and state in, log-probabilities and state out, any
number of frames and streams. Weights are quantised by channel, activations while it
runs (onnxruntime's dynamic quantisation), the LSTMs included.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from assistant.recognition.encoder import SUBSAMPLING, Encoder, EncoderState
from assistant.recognition.engines import STATE_NAMES
from assistant.recognition.torch_engine import load_encoder
from assistant.recognition.weights import GRAPH, TENSORS, open_weights, write_checksums

OPSET = 20
LONGEST_FRAMES = 4000
"""Encoder frames that the graph admits in one step."""


class Step(nn.Module):
    """``Encoder.step`` with its state as plain inputs and outputs."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, mels: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        log_probs, after = self.encoder.step(mels, EncoderState(*state))
        return log_probs, *after


def export(source: Path, folder: Path) -> None:
    """Put ``source`` (safetensors), its eight-bit graph and their hashes into ``folder``.

    Raises:
        ModelError: ``source`` is not weights of the recogniser.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if source.resolve() != (folder / TENSORS).resolve():
        shutil.copyfile(source, folder / TENSORS)
    write_checksums(folder)
    encoder = load_encoder(open_weights(folder))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain, small = Path(scratch) / "plain.onnx", Path(scratch) / "small.onnx"
        write_graph(encoder, plain)
        # 7-bit weights: processors without VNNI saturate when 8-bit products are added
        quantize_dynamic(
            plain, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
        small.rename(folder / GRAPH)
    write_checksums(folder)


def write_graph(encoder: Encoder, path: Path) -> None:
    """The step in single precision, constants folded."""
    batch = torch.export.Dim("batch", min=1, max=256)
    frames = torch.export.Dim("frames", min=1, max=LONGEST_FRAMES)
    raw = path.with_suffix(".raw.onnx")
    with warnings.catch_warnings():
        # torch's exporter tells of its own inner workings
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Step(encoder).eval(),
            (torch.zeros(3, 7 * SUBSAMPLING, encoder.shape.mels), *encoder.initial(3)),
            raw,
            input_names=["mels", *STATE_NAMES],
            output_names=["log_probs", *(f"{name}_out" for name in STATE_NAMES)],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes={
                "mels": {0: batch, 1: SUBSAMPLING * frames},
                "state": ({0: batch}, {1: batch}, {1: batch}, {1: batch}),
            },
            external_data=False,
            verbose=False,
        )
    _fold(raw, path)


def _fold(raw: Path, path: Path) -> None:
    """Work out what is constant; only then are the LSTMs' weights plain enough to quantise."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    # sizes that tracing took for equal would make onnxruntime share buffers that differ
    folded = onnx.load(path)
    folded.graph.ClearField("value_info")
    onnx.save(folded, path)
