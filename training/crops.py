"""Cuts training crops from the images that Debian packages carry.

python crops.py --sources FOLDER --out crops.npy [--limit N]

FOLDER holds the packages' .deb files; those of PACKAGES that are missing are downloaded (`apt-get download`), none is
installed. The crops come as one array [crops, 256, 256, 3] of uint8, in random order of a fixed seed, so that a
training run maps it into memory and decodes nothing.
"""

import argparse
import random
import re
import subprocess
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

PACKAGES = (
    "nexuiz-textures ufoai-textures openarena-081-textures colobot-common-textures gnome-backgrounds "
    "plasma-workspace-wallpapers lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 mate-backgrounds ukui-wallpapers "
    "sway-backgrounds 0ad-data redeclipse-data supertuxkart-data torcs-data warzone2100-data opencv-doc "
    "python3-skimage flightgear-data-base libjxl-testdata"
).split()
KINDS = {".jpg", ".jpeg", ".png", ".tga", ".dds", ".webp", ".tif"}
ARCHIVES = {".zip", ".pk3"}
# Normal, gloss and height maps, icons and fonts show no surface.
UNWANTED = re.compile(
    r"(_n|_norm|_nm|normal|_nrm|_h|_gloss|_local|_bump|_s|_spec|_specular|_ao|_mask|heightmap|_glow|icon|font|cursor|_nmap|hdr)[._]"
    r"|/ui/|/gui/"
)
SIDE = 256
MOST_OF_ONE_FOLDER = 1200
SMALLEST_FILE = 15_000
SMALLEST_EDGE = 160
# Grey levels: a crop with less contrast teaches nothing.
LEAST_DEVIATION = 6
SEED = 7


def unpack(sources: Path, into: Path) -> None:
    """Downloads what is missing and unpacks each package's images to `into`/<package>, once."""
    present = {path.name.split("_")[0] for path in sources.glob("*.deb")}
    missing = [name for name in PACKAGES if name not in present]
    if missing:
        subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *missing], cwd=sources, check=True)
    for package in sorted(sources.glob("*.deb")):
        target = into / package.stem
        if target.exists():
            continue
        target.mkdir(parents=True)
        patterns = [f"*{kind}" for kind in sorted(KINDS | ARCHIVES)]
        archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
        # tar fails where a package has no file of one of the patterns: no fault here.
        subprocess.run(["tar", "x", "-C", target, "--wildcards", *patterns], stdin=archive.stdout, stderr=subprocess.DEVNULL)
        archive.wait()
    for path in sorted(into.rglob("*")):
        if path.suffix.lower() in ARCHIVES and path.is_file():
            extract_archive(path)


def extract_archive(path: Path) -> None:
    """A game's own archive beside itself; the archive goes, so that a second run has nothing to do."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if Path(entry.filename).suffix.lower() in KINDS and entry.file_size > SMALLEST_FILE:
                    archive.extract(entry, path.with_suffix(""))
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        print(f"{path.name}: {error}")
    path.unlink()


def choose(root: Path, chance: random.Random) -> list[Path]:
    """Image files in random order, at most MOST_OF_ONE_FOLDER of each package's fourth folder level."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        name = "/" + path.relative_to(root).as_posix().lower()
        if path.suffix.lower() in KINDS and not UNWANTED.search(name) and path.is_file():
            if path.stat().st_size > SMALLEST_FILE:
                groups.setdefault("/".join(name.split("/")[:5]), []).append(path)
    chosen = [p for paths in groups.values() for p in chance.sample(paths, min(MOST_OF_ONE_FOLDER, len(paths)))]
    chance.shuffle(chosen)
    return chosen


def crops_of(path: Path) -> list[np.ndarray]:
    """One to eight squares of an image, of random side and place, brought to SIDE pixels."""
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except Exception as error:  # Pillow raises dozens of kinds on broken files; one image less is no loss.
        print(f"{path.name}: {error}")
        return []
    shorter, chance = min(image.size), random.Random(path.name)
    if shorter < SMALLEST_EDGE:
        return []
    photograph = shorter > 1400
    found = []
    for _ in range(8 if photograph else 1 if shorter < 400 else 2):
        side = int(chance.uniform(SIDE, shorter * 0.8) if photograph else chance.uniform(max(SMALLEST_EDGE, 0.25 * shorter), shorter))
        x, y = chance.randint(0, image.width - side), chance.randint(0, image.height - side)
        crop = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, (x, y, x + side, y + side)))
        if crop.mean(2).std() >= LEAST_DEVIATION:
            found.append(crop)
    return found


def write(paths: list[Path], out: Path, limit: int) -> int:
    """Cuts until there are `limit` crops; the file is only as long as they are."""
    count, partial = 0, out.with_suffix(".partial")
    with ProcessPoolExecutor() as pool, open(partial, "wb") as file:
        for start in range(0, len(paths), 512):
            for found in pool.map(crops_of, paths[start : start + 512], chunksize=16):
                for crop in found[: limit - count]:
                    file.write(crop.tobytes())
                    count += 1
            print(f"{count} crops of {start + 512} images", flush=True)
            if count >= limit:
                break
    np.save(out, np.memmap(partial, np.uint8, "r", shape=(count, SIDE, SIDE, 3)))
    partial.unlink()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=24_000)
    options = parser.parse_args()
    ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = True, None
    options.sources.mkdir(parents=True, exist_ok=True)
    unpacked = options.sources / "unpacked"
    unpack(options.sources, unpacked)
    print(write(choose(unpacked, random.Random(SEED)), options.out, options.limit), "crops")


if __name__ == "__main__":
    main()
