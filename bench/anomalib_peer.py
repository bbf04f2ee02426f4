"""The peer that people use: anomalib's AnomalyDINO, its encoder with random weights (the same work), as a frame would be scored.

A frame is: resize, normalise, model (backbone, search, score and map); its pixels come decoded, and no overlay is drawn,
which is to the peer's advantage.
  anomalib_peer.py make MODEL FRAME.rgb WIDTH HEIGHT RESOLUTION THREADS BANK_ROWS
writes the model with its bank; then, after one frame of warm-up, one frame for each line on standard input, and one JSON line
of milliseconds for it.
  anomalib_peer.py load MODEL FRAME.rgb WIDTH HEIGHT RESOLUTION THREADS
reads the model, as anomalib's own inferencer does, and scores one frame.
"""
import importlib.metadata
import json
import sys
import time

import numpy as np
import timm
import torch
import torch.nn.functional as F

make = timm.create_model
timm.create_model = lambda *names, **options: make(*names, **{**options, "pretrained": False})

from anomalib.models.image.anomaly_dino.torch_model import AnomalyDINOModel  # noqa: E402

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def prepare(pixels, resolution, multiple):
    height, width = pixels.shape[:2]
    scale = resolution / min(height, width)
    size = [max(1, round(side * scale / multiple)) * multiple for side in (height, width)]
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    image = F.interpolate(image, size=size, mode="bicubic", antialias=True).round().clamp(0, 255)
    return ((image / 255 - MEAN) / DEVIATION).contiguous()


@torch.no_grad()
def frame(model, pixels, resolution):
    worked, start = time.process_time(), time.perf_counter()
    image = prepare(pixels, resolution, 14)
    model(image)
    end, done = time.perf_counter(), time.process_time()
    return {"frame": (end - start) * 1e3, "cpu": (done - worked) * 1e3}


def make_model(file, rows):
    model = AnomalyDINOModel().eval()
    model.memory_bank = F.normalize(torch.randn(int(rows), 384, generator=torch.Generator().manual_seed(0)))
    torch.save({"model": model}, file)
    return model


def main(way, file, picture, width, height, resolution, threads, rows=None):
    torch.set_num_threads(int(threads))
    model = make_model(file, rows) if way == "make" else torch.load(file, weights_only=False)["model"].eval()
    pixels = np.fromfile(picture, np.uint8).reshape(int(height), int(width), 3)
    first = frame(model, pixels, int(resolution))
    if way == "load":
        return print(json.dumps(first), flush=True)
    versions = f"anomalib {importlib.metadata.version('anomalib')}, torch {torch.__version__}"
    print(json.dumps({"versions": versions}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(frame(model, pixels, int(resolution))), flush=True)


main(*sys.argv[1:])
