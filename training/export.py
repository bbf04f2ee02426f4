"""Writes a backbone's checkpoint as ONNX with fp16 weights.

python export.py trained.pt backbone.onnx

Input `pixel_values` [batch, 3, height, width] float32, ImageNet-normalised outside, sides multiples of 16; output
`features` [batch, 256, height / 16, width / 16] float32, of length 1 along the channels. Weights are stored as float16
and cast to float32 when the session folds constants: half the bytes, the arithmetic of float32 on every runtime.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from checkpoint import restore
from network import Backbone

VERSION = "1"
# Smaller tensors (biases) stay float32: nothing to win.
LEAST_HALVED = 1024


def export(backbone: Backbone, path: Path) -> str:
    """@returns SHA-256 of the file"""
    backbone.eval()
    names = {"pixel_values": {0: "batch", 2: "height", 3: "width"}, "features": {0: "batch", 2: "rows", 3: "columns"}}
    example = torch.randn(1, 3, 64, 96)
    torch.onnx.export(backbone, (example,), path, input_names=["pixel_values"], output_names=["features"], dynamic_axes=names, opset_version=17, dynamo=False)
    model = onnx.load(path)
    halve(model)
    model.producer_name, model.producer_version, model.doc_string = "golden-sample training", VERSION, ""
    del model.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)
    check(backbone, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def halve(model: onnx.ModelProto) -> None:
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_HALVED:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def check(backbone: Backbone, path: Path) -> None:
    """Agreement with PyTorch, between batch sizes and at several picture sizes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for height, width in ((320, 320), (16, 48), (320, 752)):
        x = torch.randn(2, 3, height, width)
        with torch.no_grad():
            wanted = backbone(x).numpy()
        (both,) = session.run(None, {"pixel_values": x.numpy()})
        (first,) = session.run(None, {"pixel_values": x[:1].numpy()})
        if np.abs(both - wanted).max() > 0.02 or np.abs(both[:1] - first).max() > 1e-5:
            raise SystemExit(f"The file does not agree with the network at {height} x {width}: {np.abs(both - wanted).max()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    backbone = Backbone()
    if not options.checkpoint.exists():
        raise SystemExit(f"No checkpoint at {options.checkpoint}")
    restore(options.checkpoint, backbone)
    print(export(backbone, options.out), options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
