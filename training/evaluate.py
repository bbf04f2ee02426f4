"""Image AUROC of a backbone on folders in MVTec AD's layout, by the paper's score.

python evaluate.py backbone.onnx SET [SET ...] [--references 1 4 8] [--draws 3]

Shorter edge 320 px, both edges brought to the nearest multiple of the stride, cosine distance to the nearest patch of
the references, image score = mean of the worst 1 % of patches: the paper's, with which checkpoints are compared; what the
package makes of it with this network is in docs/method.md. The first draw is the first references by name; further
draws are random ones. Prints one line a set.
"""

import argparse
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

STRIDE = 16
SHORTER_EDGE = 320
WORST_SHARE = 0.01
KINDS = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".webp"}

# From [3, height, width] in 0..1 to unit tokens [patches, dimension].
Features = Callable[[np.ndarray], np.ndarray]
# By number of references, one for each draw of them.
AurocByCount = dict[int, list[float]]


def load(path: Path, edge: int = SHORTER_EDGE) -> np.ndarray:
    """[3, height, width] in 0..1: shorter edge `edge`, both brought to the nearest multiple of STRIDE, not cut."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    scale = edge / min(image.size)
    width, height = (max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in image.size)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32).transpose(2, 0, 1) / 255


def images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)


def unit(tokens: np.ndarray) -> np.ndarray:
    return tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-9)


def image_score(tokens: np.ndarray, bank: np.ndarray) -> float:
    """Mean of the worst 1 % of 1 - cosine similarity to the nearest of the bank."""
    distances = np.sort(1 - (tokens @ bank.T).max(1))
    return float(distances[-max(1, round(len(distances) * WORST_SHARE)) :].mean())


def auroc(good: Iterable[float], defective: Iterable[float]) -> float:
    """Chance that a defective image scores above a good one; ties count half."""
    low, high = np.asarray(list(good))[:, None], np.asarray(list(defective))[None]
    return float(((high > low) + 0.5 * (high == low)).mean())


def evaluate_tokens(train: list[np.ndarray], good: list[np.ndarray], bad: list[np.ndarray], counts: list[int], draws: int) -> AurocByCount:
    """AUROC by number of references, one for each draw. All lists hold tokens by image."""
    result = {}
    for count in counts:
        picks = [list(range(count))] + [random.Random(seed).sample(range(len(train)), count) for seed in range(1, draws)]
        banks = [np.concatenate([train[i] for i in pick]) for pick in picks if max(pick) < len(train)]
        result[count] = [auroc((image_score(t, bank) for t in good), (image_score(t, bank) for t in bad)) for bank in banks]
    return result


def evaluate_folder(features: Features, root: Path, counts: list[int], draws: int, edge: int = SHORTER_EDGE) -> AurocByCount:
    def tokens(paths: list[Path]) -> list[np.ndarray]:
        return [unit(features(load(path, edge))) for path in paths]

    test = images(root / "test")
    good = [path for path in test if path.parent.name == "good"]
    bad = [path for path in test if path.parent.name != "good"]
    return evaluate_tokens(tokens(images(root / "train" / "good")), tokens(good), tokens(bad), counts, draws)


def onnx_features(path: Path) -> Features:
    """Tokens of a file written by export.py, which takes pixels of 0..1, ImageNet-normalised outside."""
    import onnxruntime

    from network import DEVIATION, MEAN

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    mean, deviation = (np.asarray(v, np.float32)[:, None, None] for v in (MEAN, DEVIATION))

    def features(pixels: np.ndarray) -> np.ndarray:
        (output,) = session.run(None, {session.get_inputs()[0].name: ((pixels - mean) / deviation)[None]})
        return output[0].reshape(output.shape[1], -1).T

    return features


def describe(result: AurocByCount) -> str:
    return "  ".join(f"{n} references {np.mean(v):.3f} ({', '.join(f'{x:.3f}' for x in v)})" for n, v in result.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--references", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--edge", type=int, default=SHORTER_EDGE)
    options = parser.parse_args()
    features = onnx_features(options.backbone)
    for root in options.sets:
        print(f"{root.name:16s}", describe(evaluate_folder(features, root, options.references, options.draws, options.edge)), flush=True)


if __name__ == "__main__":
    main()
