"""Networks as ONNX graphs, each compared with what it was made of."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from .loop import TrainingFailed

OPSET = 17
TOLERANCE = 1e-4


def write_graph(module, given, file: Path, inputs, outputs, axes) -> None:
    """Export a network, called with `given`, to an ONNX file whose named axes may have any length."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as scratch:
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are constant on purpose
        target = Path(scratch) / file.name
        torch.onnx.export(
            module,
            given,
            str(target),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        file.write_bytes(target.read_bytes())


@torch.no_grad()
def compare(module: nn.Module, given: tuple[torch.Tensor, ...], file: Path) -> None:
    """Raises TrainingFailed where the graph does not compute what the network does; this names its INPUTS."""
    expected = module(*given)
    expected = expected if isinstance(expected, tuple) else (expected,)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    module_inputs = module.INPUTS
    feed = {name: part.numpy() for name, part in zip(module_inputs, given, strict=True) if name in names}
    for ours, theirs in zip(expected, session.run(None, feed), strict=True):
        scale = max(1.0, float(ours.abs().max()))
        if not np.allclose(ours.numpy(), theirs, atol=TOLERANCE * scale, rtol=TOLERANCE):
            raise TrainingFailed(f"The exported graph {file.name} doesn't compute what the network does.")
