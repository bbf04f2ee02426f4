"""Distils EfficientNet-Lite0 and -Lite2 (Apache-2.0, ImageNet) into the trunk of the backbone.

python distil.py --crops crops.npy --minutes 60 --out distilled.pt

Goes on from `--out` where that exists. Minutes are of this process's life, all its runs together; the learning rate
falls with them.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from augment import camera, normalise, pictures
from checkpoint import restore, save
from network import Student
from teachers import Teacher, lite0, lite2

# Blocks whose maps alone give the best image AUROC of all blocks of each teacher (LOG.md).
LITE0_BLOCK, LITE2_BLOCK = 10, 11
BATCH, SIDE = 24, 192
LEARNING_RATE, WARM_UP_STEPS = 1.5e-3, 100
SEED = 1


def seen(teachers: list[Teacher], x: Tensor) -> Tensor:
    """[B, C, H, W]: all teachers' maps side by side."""
    return torch.cat([m for teacher in teachers for m in teacher(x)], 1)


def standardiser(teachers: list[Teacher], crops: np.ndarray) -> tuple[Tensor, Tensor]:
    """Mean and deviation of every channel of the teachers, [1, C, 1, 1]."""
    chance = np.random.default_rng(SEED + 1)
    sample = torch.cat([seen(teachers, normalise(camera(chance, pictures(crops, chance, BATCH, SIDE)))) for _ in range(6)])
    return sample.mean((0, 2, 3), keepdim=True), sample.std((0, 2, 3), keepdim=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    crops = np.load(options.crops, mmap_mode="r")
    teachers = [lite0(LITE0_BLOCK), lite2(LITE2_BLOCK)]
    student = Student().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(student.parameters(), weight_decay=1e-4)
    state = restore(options.out, student, optimiser)
    mean, deviation = state["standard"] if "standard" in state else standardiser(teachers, crops)
    step, before, smooth = state.get("step", 0), state.get("seconds", 0.0), None
    chance, start = np.random.default_rng(SEED + step), time.monotonic()
    while (seconds := before + time.monotonic() - start) < options.minutes * 60:
        share = seconds / 60 / options.minutes
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * share))
        x = normalise(camera(chance, pictures(crops, chance, BATCH, SIDE)))
        loss = functional.mse_loss(student(x), (seen(teachers, x) - mean) / deviation)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        if step % 25 == 0:
            print(f"step {step}  {seconds / 60:.1f} min  loss {smooth:.4f} of variance 1", flush=True)
        if step % 100 == 0:
            save(options.out, student, optimiser, step=step, seconds=seconds, standard=(mean, deviation))
    save(options.out, student, optimiser, step=step, seconds=options.minutes * 60, standard=(mean, deviation))


if __name__ == "__main__":
    main()
