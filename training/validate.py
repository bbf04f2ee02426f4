"""Image AUROC on made sets: the honest choice between checkpoints, since no test set decides it.

python validate.py trained.pt [trained.pt ...]

Procedural materials of other seeds than training's, and crops that training does not see; each a little set of
references, good and defective pictures, scored as evaluate.py scores folders.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from augment import camera, normalise, pictures
from checkpoint import restore
from defects import paint
from episodes import HELD_OUT, SIDE, windows
from evaluate import auroc, image_score
from network import Backbone
from procedural import MAKERS, material

REFERENCES, TESTED = 4, 12
SETS_OF_A_KIND, SETS_OF_CROPS = 3, 12
SEED = 1000


def tokens(backbone: Backbone, x: np.ndarray, chance: np.random.Generator) -> list[np.ndarray]:
    with torch.no_grad():
        output = backbone(normalise(camera(chance, torch.from_numpy(x), 0.7)))
    return list(output.flatten(2).transpose(1, 2).numpy())


def score_set(backbone: Backbone, clean: np.ndarray, other: np.ndarray, chance: np.random.Generator) -> float:
    """AUROC of one material; the last TESTED of `clean` get a defect."""
    bad = np.stack([paint(chance, picture, other)[0] for picture in clean[-TESTED:]])
    bank = np.concatenate(tokens(backbone, clean[:REFERENCES], chance))
    good = tokens(backbone, clean[REFERENCES:-TESTED], chance)
    return auroc((image_score(t, bank) for t in good), (image_score(t, bank) for t in tokens(backbone, bad, chance)))


def validate(backbone: Backbone, crops: np.ndarray | None) -> dict[str, float]:
    """Mean AUROC by kind of material; without crops the procedural kinds alone."""
    backbone.eval()
    result, count = {}, REFERENCES + 2 * TESTED
    for maker in MAKERS:
        chance = np.random.default_rng([SEED, *maker.__name__.encode()])
        sets = [(material(chance, count, SIDE, maker), material(chance, 1, SIDE)[0]) for _ in range(SETS_OF_A_KIND)]
        result[maker.__name__] = float(np.mean([score_set(backbone, *made, chance) for made in sets]))
    if crops is not None:
        chance = np.random.default_rng(SEED)
        held = crops[-HELD_OUT:]
        shown = [pictures(held, chance, 2, SIDE + 64).clamp(0, 1).numpy() for _ in range(SETS_OF_CROPS)]
        scores = [score_set(backbone, windows(chance, a, count), b[:, :SIDE, :SIDE], chance) for a, b in shown]
        result["crops"] = float(np.mean(scores))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--crops", type=Path)
    options = parser.parse_args()
    crops = np.load(options.crops, mmap_mode="r") if options.crops else None
    for path in options.checkpoints:
        backbone = Backbone()
        restore(path, backbone)
        result = validate(backbone, crops)
        print(path.name, f"mean {np.mean(list(result.values())):.3f} ", "  ".join(f"{k} {v:.3f}" for k, v in result.items()), flush=True)


if __name__ == "__main__":
    main()
