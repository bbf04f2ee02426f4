"""Batches of pictures from crops, made to differ as industrial cameras make pictures differ."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from network import DEVIATION, MEAN


def normalise(pixels: Tensor) -> Tensor:
    """0..1 to ImageNet-normalised, channels last in memory."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    return ((pixels - mean) / deviation).contiguous(memory_format=torch.channels_last)


def uniform(chance: np.random.Generator, count: int, low: float, high: float) -> Tensor:
    return torch.from_numpy(chance.uniform(low, high, (count, 1, 1, 1)).astype(np.float32))


def picked(chance: np.random.Generator, count: int, share: float) -> Tensor:
    """1 for about `share` of the batch, else 0."""
    return torch.from_numpy((chance.random((count, 1, 1, 1)) < share).astype(np.float32))


def pictures(crops: np.ndarray, chance: np.random.Generator, count: int, side: int) -> Tensor:
    """[count, 3, side, side] in 0..1: random crops at a random scale, turned and mirrored, half of them grey.

    The scale is the batch's: from three times enlarged (smooth) to nearly three times reduced and continued as in a
    mirror (fine texture).
    """
    x = torch.from_numpy(crops[np.sort(chance.integers(0, len(crops), count))]).permute(0, 3, 1, 2).float() / 255
    return shades(chance, oriented(chance, scaled(chance, x, side)))


def scaled(chance: np.random.Generator, x: Tensor, side: int) -> Tensor:
    whole = x.shape[-1]
    if chance.random() < 0.2:
        inner = int(chance.integers(side // 2 + 1, side))
        x = functional.interpolate(x, (inner, inner), mode="bilinear", antialias=True, align_corners=False)
        before = int(chance.integers(0, side - inner + 1))
        return functional.pad(x, (before, side - inner - before) * 2, mode="reflect")
    part = int(np.exp(chance.uniform(np.log(side / 3), np.log(whole))))
    top, left = chance.integers(0, whole - part + 1, 2)
    x = x[:, :, top : top + part, left : left + part]
    return functional.interpolate(x, (side, side), mode="bilinear", antialias=True, align_corners=False)


def oriented(chance: np.random.Generator, x: Tensor) -> Tensor:
    if chance.random() < 0.5:
        x = x.flip(3)
    return torch.rot90(x, int(chance.integers(0, 4)), (2, 3))


def shades(chance: np.random.Generator, x: Tensor) -> Tensor:
    """Half of the pictures grey; contrast and brightness of each its own."""
    grey = picked(chance, len(x), 0.5)
    x = x * (1 - grey) + x.mean(1, keepdim=True) * grey
    contrast = uniform(chance, len(x), 0.4, 1.4)
    return (x - 0.5) * contrast + 0.5 + uniform(chance, len(x), -0.2, 0.2)


def camera(chance: np.random.Generator, x: Tensor, strength: float = 1.0) -> Tensor:
    """What differs from frame to frame: light and its fall-off, focus, noise. Clamped to 0..1."""
    count, side = len(x), x.shape[-1]
    x = x * (1 + strength * uniform(chance, count, -0.12, 0.12)) + strength * uniform(chance, count, -0.05, 0.05)
    ramp = torch.linspace(-1, 1, side)
    x = x * (1 + strength * (uniform(chance, count, -0.08, 0.08) * ramp + uniform(chance, count, -0.08, 0.08) * ramp[:, None]))
    soft = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = x + picked(chance, count, 0.4) * uniform(chance, count, 0, strength) * (soft - x)
    noise = torch.from_numpy(chance.standard_normal(x.shape, np.float32))
    return (x + picked(chance, count, 0.6) * uniform(chance, count, 0, 0.03 * strength) * noise).clamp(0, 1)
