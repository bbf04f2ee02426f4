"""Trains the backbone on the task itself, after distillation.

python episodes.py --crops crops.npy --distilled distilled.pt --out trained.pt

An episode is several pictures of one material, one of them with a painted defect, each as the camera saw it. The loss
asks that nearest-neighbour distances of defect patches exceed those of good ones; a second term keeps the deep groups
near what the teachers see. In the line of MetaUAS (arXiv 2505.09265): synthetic changes teach what change is. Few steps
suffice, and the result is blended with what it began from (LOG.md).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from augment import camera, normalise, pictures
from checkpoint import restore, save
from defects import paint
from network import Backbone, Student
from procedural import material
from teachers import Teacher, lite0, lite2

SIDE, STRIDE = 192, 16
EPISODES, REFERENCES, QUERIES = 4, 2, 2
# Of crops, the rest is procedural.
SHARE_OF_CROPS = 0.6
# Cells with less defect than the first in and around them are good, with more than the second in them defective, others
# not judged.
GOOD_BELOW, DEFECT_ABOVE = 0.002, 0.04
# Of an episode's good patches, those that the margin is measured from; the score takes the worst 1 %.
HARD_SHARE = 0.02
TEMPERATURE, MARGIN = 0.05, 0.05
# Of the squared length while training: the fine groups have more than in use, since they have all to learn.
SHARES = (0.4, 0.4, 0.12, 0.08)
KEEP_WEIGHT = 4.0
# Of what distillation taught, and of the new layers.
LEARNING_RATES, WARM_UP_STEPS, STEPS = (5e-4, 2e-3), 50, 150
# Share of the trained weights in the result, the rest of those it began from; the fine groups are as trained.
# "Robust fine-tuning" (Wortsman et al. 2022): better on real pictures than either end.
BLEND = 0.5
# Blocks whose maps alone give the best image AUROC of all blocks of each teacher (LOG.md).
LITE0_BLOCK, LITE2_BLOCK = 10, 11
FIT_BATCHES, RIDGE = 12, 1e-4
SEED = 2
# The last crops, which validate.py takes its materials from.
HELD_OUT = 800


def episode(chance: np.random.Generator, crops: np.ndarray) -> tuple[Tensor, Tensor]:
    """[REFERENCES + QUERIES, 3, SIDE, SIDE] and the defect share of every cell of the queries, [QUERIES, cells]."""
    count = REFERENCES + QUERIES
    if chance.random() < SHARE_OF_CROPS:
        clean = windows(chance, pictures(crops, chance, 1, SIDE + 64)[0].clamp(0, 1).numpy(), count)
    else:
        clean = material(chance, count, SIDE)
    other = pictures(crops, chance, 1, SIDE)[0].clamp(0, 1).numpy()
    covers = []
    for query in range(REFERENCES, count):
        clean[query], cover = paint(chance, clean[query], other)
        covers.append(torch.from_numpy(cover))
    x = camera(chance, torch.from_numpy(clean), strength=float(chance.uniform(0.2, 1)))
    return x, functional.avg_pool2d(torch.stack(covers)[:, None], STRIDE).flatten(1)


def windows(chance: np.random.Generator, picture: np.ndarray, count: int) -> np.ndarray:
    """As on a fixture (shifts of few pixels) or as on a web (any shift that leaves most in common)."""
    spare = picture.shape[-1] - SIDE
    reach = min(spare, int(np.exp(chance.uniform(0, np.log(spare)))))
    corners = (spare - reach) // 2 + chance.integers(0, reach + 1, (count, 2))
    return np.stack([picture[:, a : a + SIDE, b : b + SIDE] for a, b in corners])


def ranking_loss(tokens: Tensor, cover: Tensor) -> Tensor:
    """Of one episode. `tokens` [pictures, cells, C] of length 1, references first."""
    references, queries = tokens[:REFERENCES], tokens[REFERENCES:]
    distance = 1 - (queries.flatten(0, 1) @ references.flatten(0, 1).T).amax(1)
    # What the references themselves, each left out, show of good patches.
    left_out = [1 - (tokens[i] @ tokens[[j for j in range(REFERENCES) if j != i]].flatten(0, 1).T).amax(1) for i in range(REFERENCES)]
    side = SIDE // STRIDE
    around = functional.max_pool2d(cover.view(-1, 1, side, side), 3, 1, 1).flatten()
    good, defect = distance[around < GOOD_BELOW], distance[cover.flatten() > DEFECT_ABOVE]
    if len(defect) == 0 or len(good) == 0:
        return distance.sum() * 0
    good = torch.cat([good, *left_out])
    hard = good.topk(max(1, round(len(good) * HARD_SHARE))).values.mean()
    return functional.softplus((hard + MARGIN - defect) / TEMPERATURE).mean()


def begin(distilled: Path, teachers: list[Teacher], crops: np.ndarray) -> Backbone:
    """The distilled trunk with linear layers fitted to the teachers' maps by ridge regression, and the statistics of the new
    layers' batch normalisation."""
    student, backbone, chance = Student(), Backbone(), np.random.default_rng(SEED)
    if not distilled.exists():
        raise SystemExit(f"No checkpoint at {distilled}")
    restore(distilled, student)
    backbone.trunk.load_state_dict(student.trunk.state_dict())
    trunk, inputs, targets = backbone.eval().trunk, [], []
    norms = [m for fine in (backbone.eighth, backbone.quarter) for m in fine.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.train().momentum = None
    for _ in range(FIT_BATCHES):
        x = normalise(camera(chance, pictures(crops, chance, EPISODES * 4, SIDE)))
        with torch.no_grad():
            quarter, eighth, sixteenth = trunk(x)
            backbone.eighth(eighth), backbone.quarter(quarter)
        inputs.append(rows(sixteenth))
        targets.append([rows(m) for teacher in teachers for m in teacher(x)])
    a = torch.cat(inputs).double()
    a = torch.cat([a, torch.ones(len(a), 1)], 1)
    gram = a.T @ a + RIDGE * len(a) * torch.eye(a.shape[1])
    for layer, target in zip(backbone.deep, zip(*targets, strict=True), strict=True):
        solved = torch.linalg.solve(gram, a.T @ torch.cat(target).double()).float()
        layer.weight.data, layer.bias.data = solved[:-1].T.contiguous()[:, :, None, None], solved[-1]
    return backbone


def rows(x: Tensor) -> Tensor:
    """[B, C, H, W] to [cells, C]."""
    return x.permute(0, 2, 3, 1).flatten(0, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--distilled", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    crops = np.load(options.crops, mmap_mode="r")[:-HELD_OUT]
    teachers = [lite0(LITE0_BLOCK), lite2(LITE2_BLOCK)]
    backbone = begin(options.distilled, teachers, crops).to(memory_format=torch.channels_last)
    begun = {name: value.clone() for name, value in backbone.state_dict().items()}
    fresh = [*backbone.eighth.parameters(), *backbone.quarter.parameters()]
    old = [*backbone.trunk.parameters(), *backbone.deep.parameters()]
    optimiser = torch.optim.AdamW([{"params": old}, {"params": fresh}], weight_decay=1e-4)
    chance, smooth = np.random.default_rng(SEED), {}
    # Batch normalisation keeps its statistics: a batch of few materials has others than pictures one by one, and the
    # network learns to rely on them (LOG.md).
    backbone.eval()
    for step in range(1, options.steps + 1):
        for group, rate in zip(optimiser.param_groups, LEARNING_RATES, strict=True):
            group["lr"] = rate * min(1, step / WARM_UP_STEPS)
        drawn = [episode(chance, crops) for _ in range(EPISODES)]
        x = normalise(torch.cat([shown for shown, _ in drawn]))
        groups = backbone.groups(x)
        tokens = backbone.joined(groups, SHARES).flatten(2).transpose(1, 2).unflatten(0, (EPISODES, -1))
        ranking = torch.stack([ranking_loss(t, cover) for t, (_, cover) in zip(tokens, drawn, strict=True)]).mean()
        # One clean and one defective picture of each episode.
        some = torch.arange(len(x)) % (REFERENCES + QUERIES) % 3 == 0
        targets = [target for teacher in teachers for target in teacher(x[some])]
        keep = sum((group[some] - target).square().sum(1).mean() for group, target in zip(groups, targets))
        optimiser.zero_grad()
        (ranking + KEEP_WEIGHT * keep).backward()
        torch.nn.utils.clip_grad_norm_(backbone.parameters(), 5.0)
        optimiser.step()
        for name, value in (("ranking", ranking.item()), ("keep", keep.item())):
            smooth[name] = value if name not in smooth else 0.98 * smooth[name] + 0.02 * value
        if step % 25 == 0:
            print(f"step {step}  ranking {smooth['ranking']:.4f}  keep {smooth['keep']:.4f}", flush=True)
    blend(backbone, begun)
    save(options.out, backbone, None, step=options.steps)


def blend(backbone: Backbone, begun: dict[str, Tensor]) -> None:
    """Brings trunk and deep groups part of the way back to the weights that training began from."""
    state = backbone.state_dict()
    for name, value in state.items():
        if name.startswith(("trunk.", "deep.")) and value.is_floating_point():
            value.lerp_(begun[name], 1 - BLEND)


if __name__ == "__main__":
    main()
