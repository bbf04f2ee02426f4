"""Pictures of made materials: several of one material each, as a camera over a line sees them."""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Chance = np.random.Generator
Maker = Callable[[Chance, int, int], Array]


def material(chance: Chance, count: int, side: int, maker: Maker | None = None) -> Array:
    """[count, 3, side, side] float32 in 0..1: `count` different pieces of one random material, of a random kind."""
    maker = maker or MAKERS[chance.integers(len(MAKERS))]
    grey = maker(chance, count, side)
    low, high = np.sort(chance.uniform(0, 1, 2))
    if high - low < 0.25:
        low, high = max(0.0, low - 0.2), min(1.0, high + 0.2)
    tint = chance.uniform(0.75, 1.0, (2, 3, 1, 1)) if chance.random() < 0.5 else np.ones((2, 3, 1, 1))
    dark, light = low * tint[0], high * tint[1]
    return np.clip(dark + (light - dark) * grey[:, None], 0, 1).astype(np.float32)


def noise(chance: Chance, count: int, side: int, sigma: tuple[float, float], slope: float = 0.0) -> Array:
    """[count, side, side] of mean 0 and deviation 1: Gaussian noise of correlation lengths `sigma` (rows, columns), px."""
    rows, columns = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    shape = np.exp(-2 * np.pi**2 * ((rows * sigma[0]) ** 2 + (columns * sigma[1]) ** 2))
    if slope:
        shape = shape / np.maximum(np.hypot(rows, columns), 1 / side) ** slope
    shape[0, 0] = 0
    x = np.fft.irfft2(np.fft.rfft2(chance.standard_normal((count, side, side))) * shape, s=(side, side))
    return x / (x.std((1, 2), keepdims=True) + 1e-9)


def squash(x: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def grain(chance: Chance, count: int, side: int) -> Array:
    """Cast, sanded or etched surface: noise of one or two scales."""
    fine, coarse = chance.uniform(0.4, 2), chance.uniform(2, 8)
    x = noise(chance, count, side, (fine, fine)) + chance.uniform(0, 1.5) * noise(chance, count, side, (coarse, coarse), 0.5)
    return squash(x * chance.uniform(0.3, 1.5))


def brushed(chance: Chance, count: int, side: int) -> Array:
    """Rolled or brushed metal: streaks."""
    along, across = chance.uniform(8, 60), chance.uniform(0.3, 1.5)
    sigma = (across, along) if chance.random() < 0.5 else (along, across)
    x = noise(chance, count, side, sigma) + chance.uniform(0, 0.6) * noise(chance, count, side, (0.5, 0.5))
    return squash(x * chance.uniform(0.3, 1.2))


def pitted(chance: Chance, count: int, side: int) -> Array:
    """Metal whose own fine pits are normal."""
    size = chance.uniform(0.6, 2)
    pits = np.maximum(noise(chance, count, side, (size, size)) - chance.uniform(1.2, 2.4), 0)
    return squash(chance.uniform(0.2, 0.8) * noise(chance, count, side, (0.5, 0.5)) - chance.uniform(0.5, 3) * pits + 0.5)


def fabric(chance: Chance, count: int, side: int) -> Array:
    """Two crossing sets of threads, a little uneven."""
    pitch, angle = chance.uniform(4, 16, 2), chance.uniform(0, np.pi)
    y, x = np.mgrid[:side, :side] - side / 2
    uneven = chance.uniform(0, 1) * noise(chance, count, side, (12, 12))
    u, v = x * np.cos(angle) + y * np.sin(angle) + uneven, -x * np.sin(angle) + y * np.cos(angle) + uneven
    start = chance.uniform(0, 16, (2, count, 1, 1))
    warp, weft = np.cos(2 * np.pi * (u + start[0]) / pitch[0]), np.cos(2 * np.pi * (v + start[1]) / pitch[1])
    cloth = np.maximum(warp, weft) if chance.random() < 0.5 else warp * weft
    return squash(1.5 * cloth + chance.uniform(0.1, 0.7) * noise(chance, count, side, (0.6, 0.6)))


def wood(chance: Chance, count: int, side: int) -> Array:
    """Rings cut lengthwise: bent stripes with fibres."""
    pitch = chance.uniform(8, 40)
    bend = chance.uniform(2, 10) * noise(chance, count, side, (30, 8))
    stripes = np.sin(2 * np.pi * (np.arange(side)[None, None] + bend + chance.uniform(0, 40, (count, 1, 1))) / pitch)
    return squash(stripes * chance.uniform(0.5, 1.5) + chance.uniform(0.2, 0.8) * noise(chance, count, side, (14, 0.6)))


def layout(chance: Chance, count: int, side: int) -> Array:
    """Print or a circuit board: the same bars, pads and lines in every picture, shifted by a few pixels."""
    plan = np.full((side + 8, side + 8), chance.uniform(0, 1))
    for _ in range(chance.integers(10, 60)):
        top, left = chance.integers(0, side, 2)
        long, thick = chance.integers(4, side // 2), chance.integers(2, 12)
        height, width = (long, thick) if chance.random() < 0.5 else (thick, long)
        if chance.random() < 0.3:
            height = width = int(chance.integers(3, 28))
        plan[top : top + height, left : left + width] = chance.uniform(0, 1)
    shifts = chance.integers(0, 9, (count, 2))
    x = np.stack([plan[a : a + side, b : b + side] for a, b in shifts])
    return np.clip(x + chance.uniform(0, 0.05) * noise(chance, count, side, (0.6, 0.6)), 0, 1)


def parts(chance: Chance, count: int, side: int) -> Array:
    """Round and long parts scattered on an even ground, in other places in every picture."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    ground, shade, amount = chance.uniform(0, 1), chance.uniform(0, 1), int(chance.integers(1, 14))
    radius = chance.uniform(8, 60) / np.sqrt(amount) + 6
    aspect, edge = chance.uniform(0.35, 1), chance.uniform(0.5, 3)
    pictures = np.full((count, side, side), ground)
    for picture in pictures:
        for _ in range(amount):
            (row, column), turn = chance.uniform(0, side, 2), chance.uniform(0, np.pi)
            u = (x - column) * np.cos(turn) + (y - row) * np.sin(turn)
            v = ((y - row) * np.cos(turn) - (x - column) * np.sin(turn)) / aspect
            distance = radius - np.hypot(u, v)
            cover = squash(distance / edge)
            surface = shade + 0.25 * np.clip(distance / radius, 0, 1) + chance.uniform(-0.05, 0.05)
            picture += cover * (surface - picture)
    grainy = noise(chance, count, side, (0.8, 0.8))
    return np.clip(pictures + chance.uniform(0, 0.06) * grainy, 0, 1)


MAKERS = (grain, brushed, pitted, fabric, wood, layout, parts)
