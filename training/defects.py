"""Defects painted into a picture, with the mask of where."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Array = np.ndarray
Chance = np.random.Generator


def paint(chance: Chance, picture: Array, other: Array) -> tuple[Array, Array]:
    """One random defect. `picture` and `other` (another material, to take foreign matter from) [3, side, side] in 0..1.

    @returns the picture and how much of each pixel is defect, [side, side] in 0..1
    """
    side = picture.shape[-1]
    kind = chance.random()
    if kind < 0.25:
        cover = scratch(chance, side)
    elif kind < 0.5:
        cover = pits(chance, side)
    else:
        cover = blob(chance, side)
    changed = foreign(chance, picture, other) if kind > 0.62 else shaded(chance, picture)
    strength = chance.uniform(0.4, 1)
    return picture + strength * cover * (changed - picture), cover


def drawn(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """At twice the size, for smooth edges."""
    image = Image.new("L", (2 * side, 2 * side))
    return image, ImageDraw.Draw(image)


def finished(image: Image.Image, side: int, softness: float) -> Array:
    image = image.filter(ImageFilter.GaussianBlur(float(softness))).resize((side, side), Image.Resampling.BOX)
    cover = np.asarray(image, np.float32) / 255
    return cover / max(0.5, float(cover.max()))


def scratch(chance: Chance, side: int) -> Array:
    image, draw = drawn(side)
    angle, point = chance.uniform(0, 2 * np.pi), chance.uniform(0.2, 1.8, 2) * side
    points, step = [tuple(point)], chance.uniform(4, 24)
    for _ in range(chance.integers(3, 12)):
        angle += chance.normal(0, 0.3)
        point = point + step * np.array([np.cos(angle), np.sin(angle)])
        points.append(tuple(point))
    draw.line(points, fill=255, width=int(chance.integers(2, 8)))
    return finished(image, side, chance.uniform(0.3, 1.5))


def pits(chance: Chance, side: int) -> Array:
    """One to a dozen small pits near each other."""
    image, draw = drawn(side)
    centre, spread = chance.uniform(0.2, 1.8, 2) * side, chance.uniform(4, 40)
    for _ in range(chance.integers(1, 13)):
        x, y = chance.normal(centre, spread)
        radius = chance.uniform(1.5, 6)
        draw.ellipse((x - radius, y - radius * chance.uniform(0.6, 1), x + radius, y + radius), fill=255)
    return finished(image, side, chance.uniform(0.3, 1.5))


def blob(chance: Chance, side: int) -> Array:
    """A ragged spot, from 4 px to a quarter of the picture."""
    image, draw = drawn(side)
    radius = np.exp(chance.uniform(np.log(4), np.log(side / 3)))
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    lengths = radius * chance.uniform(0.4, 1.2, 14)
    x, y = chance.uniform(0.2, 1.8, 2) * side
    squeeze = chance.uniform(0.4, 1)
    draw.polygon([(x + a * np.cos(t), y + squeeze * a * np.sin(t)) for t, a in zip(angles, lengths, strict=True)], fill=255)
    return finished(image, side, np.exp(chance.uniform(-1, np.log(radius / 3 + 1))))


def shaded(chance: Chance, picture: Array) -> Array:
    """Darker, lighter or of another colour."""
    colour = chance.uniform(-1, 1) + (chance.uniform(-0.3, 0.3, (3, 1, 1)) if chance.random() < 0.3 else np.zeros((3, 1, 1)))
    sign = 1 if colour.mean() > 0 else -1
    return np.clip(picture + sign * 0.12 + 0.5 * colour, 0, 1).astype(np.float32)


def foreign(chance: Chance, picture: Array, other: Array) -> Array:
    """Another material, or this one out of its place: moved, turned or without its fine structure."""
    kind = chance.random()
    if kind < 0.4:
        return other
    if kind < 0.7:
        return np.rot90(np.roll(picture, tuple(chance.integers(12, 80, 2)), (1, 2)), chance.integers(1, 4), (1, 2))
    coarse = max(4, picture.shape[-1] // int(chance.integers(4, 24)))
    planes = [Image.fromarray(np.ascontiguousarray(plane)).resize((coarse, coarse), Image.Resampling.BOX) for plane in picture]
    return np.stack([np.asarray(plane.resize(picture.shape[1:], Image.Resampling.BILINEAR)) for plane in planes])
