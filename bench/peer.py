"""The peer: the same ViT in PyTorch, the patches searched with faiss, with the threads it is told.

Reads the ONNX file's weights into an ordinary PyTorch ViT. A frame is: resize, normalise, backbone, search, score; its
pixels come decoded, and no overlay is drawn, which is to the peer's advantage. After one frame of warm-up, one frame
for each line on standard input, and one JSON line of milliseconds for it:
  peer.py MODEL.onnx FRAME.rgb WIDTH HEIGHT RESOLUTION THREADS BANK_ROWS
"""
import json
import sys
import time

import faiss
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class Peer:
    """DINOv2's ViT, put together from the matrices of an export whose blocks have a joined query, key and value."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        tensors = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
        for node in graph.node:
            if node.op_type == "Identity" and node.input[0] in tensors:
                tensors[node.output[0]] = tensors[node.input[0]]
        value = lambda name: torch.from_numpy(tensors[name].copy())
        self.patch, self.patch_bias = value("patch_embed.weight"), value("patch_embed.bias")
        self.size = self.patch.shape[-1]
        used_by = lambda op: value(next(n.input[0] for n in graph.node if n.op_type == op and n.input[0] in tensors))
        # Exported, the position embedding is a picture [1, dim, rows, cols], and the class token has its own added.
        self.pos, self.cls = used_by("Resize"), used_by("Expand")
        self.dim = self.pos.shape[1]
        self.norm = (value("norm.weight"), value("norm.bias"))
        products = [n.input[1] for n in graph.node if n.op_type == "MatMul" and n.input[1] in tensors]
        self.heads = self.dim // 64
        self.blocks = []
        for i in range(len(products) // 4):
            # nn.Linear keeps its weight transposed.
            qkv, proj, fc1, fc2 = (value(name).t().contiguous() for name in products[4 * i : 4 * i + 4])
            own = {key: value(f"blocks.{i}.{key}") for key in (
                "norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "qkv.bias", "proj.bias", "fc1.bias", "fc2.bias", "ls1", "ls2")}
            self.blocks.append(dict(own, qkv=qkv, proj=proj, fc1=fc1, fc2=fc2))

    def tokens(self, image):
        dim = self.dim
        rows, cols = image.shape[2] // self.size, image.shape[3] // self.size
        x = F.conv2d(image, self.patch, self.patch_bias, self.size).flatten(2).transpose(1, 2)
        pos = F.interpolate(self.pos, size=(rows, cols), mode="bicubic", align_corners=False)
        x = torch.cat([self.cls, x + pos.permute(0, 2, 3, 1).reshape(1, -1, dim)], 1)
        n, heads = x.shape[1], self.heads
        for b in self.blocks:
            y = F.layer_norm(x, (dim,), b["norm1.weight"], b["norm1.bias"], 1e-6)
            q, k, v = F.linear(y, b["qkv"], b["qkv.bias"]).reshape(n, 3, heads, dim // heads).permute(1, 2, 0, 3)
            a = ((q * (dim // heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
            x = x + b["ls1"] * F.linear((a @ v).transpose(0, 1).reshape(1, n, dim), b["proj"], b["proj.bias"])
            y = F.layer_norm(x, (dim,), b["norm2.weight"], b["norm2.bias"], 1e-6)
            x = x + b["ls2"] * F.linear(F.gelu(F.linear(y, b["fc1"], b["fc1.bias"])), b["fc2"], b["fc2.bias"])
        return F.layer_norm(x, (dim,), *self.norm, 1e-6)[0, 1:]


def prepare(pixels, resolution, multiple):
    height, width = pixels.shape[:2]
    scale = resolution / min(height, width)
    height, width = int(height * scale), int(width * scale)
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    image = F.interpolate(image, size=(height, width), mode="bicubic", antialias=True).round().clamp(0, 255)
    image = image[:, :, : height - height % multiple, : width - width % multiple]
    return ((image / 255 - MEAN) / DEVIATION).contiguous()


@torch.no_grad()
def frame(peer, index, pixels, resolution):
    worked, start = time.process_time(), time.perf_counter()
    image = prepare(pixels, resolution, peer.size)
    prepared = time.perf_counter()
    tokens = peer.tokens(image)
    inferred = time.perf_counter()
    queries = tokens.numpy().copy()
    faiss.normalize_L2(queries)
    distances = np.sort(index.search(queries, 1)[0][:, 0] / 2)
    distances[-max(1, len(distances) // 100) :].mean()
    end = time.perf_counter()
    times = {"cpu": time.process_time() - worked, "frame": end - start, "backbone": inferred - prepared, "search": end - inferred}
    return {key: value * 1e3 for key, value in times.items()}, tokens


def main(model, picture, width, height, resolution, threads, rows):
    torch.set_num_threads(int(threads))
    faiss.omp_set_num_threads(int(threads))
    peer = Peer(model)
    bank = np.random.default_rng(0).standard_normal((int(rows), peer.dim), np.float32)
    faiss.normalize_L2(bank)
    index = faiss.IndexFlatL2(peer.dim)
    index.add(bank)
    pixels = np.fromfile(picture, np.uint8).reshape(int(height), int(width), 3)
    _, tokens = frame(peer, index, pixels, int(resolution))
    # Tokens of the middle, to be compared: a peer that computes something else would be no peer.
    middle = tokens[len(tokens) // 2].tolist()
    print(json.dumps({"middle": middle, "torch": torch.__version__, "faiss": faiss.__version__}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(frame(peer, index, pixels, int(resolution))[0]), flush=True)


main(*sys.argv[1:])
