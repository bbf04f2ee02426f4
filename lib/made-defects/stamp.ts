import type { DefectKind } from "./kinds";

/** How much of the defect each pixel around its middle takes: row-major float32 [side, side], 0..1, middle in the middle. */
export interface Stamp {
  side: number;
  opacity: Float32Array;
}

/** Width of a scratch as a share of its length. */
const SCRATCH_WIDTH = 0.08;
/** Harmonics of an irregular outline, and how far each may move it. */
const HARMONICS = [2, 3, 5];
const RAGGED = 0.22;

/**
 * The outline of a defect.
 * @param pixels its longest side
 * @param random uniform numbers in [0, 1)
 */
export function drawStamp(kind: DefectKind, pixels: number, random: () => number): Stamp {
  const side = 2 * Math.ceil(pixels / 2 + 1) + 1;
  const inside = kind === "scratch" ? scratch(pixels, random) : blob(pixels / 2, isRound(kind) ? 0 : RAGGED, random);
  const opacity = new Float32Array(side * side);
  const middle = (side - 1) / 2;
  for (let i = 0; i < opacity.length; i++) {
    // A pixel is covered as far as its middle lies inside, half at the very edge.
    opacity[i] = Math.min(1, Math.max(0, inside((i % side) - middle, Math.floor(i / side) - middle) + 0.5));
  }
  return { side, opacity };
}

const isRound = (kind: DefectKind) => kind === "spot" || kind === "dent";

/** @returns how far inside the outline a point lies, in pixels; negative outside */
type Inside = (x: number, y: number) => number;

function blob(radius: number, ragged: number, random: () => number): Inside {
  const waves = HARMONICS.map((times) => ({ times, height: ragged * random(), phase: 2 * Math.PI * random() }));
  const most = 1 + waves.reduce((sum, { height }) => sum + height, 0);
  return (x, y) => {
    const angle = Math.atan2(y, x);
    const wave = waves.reduce((sum, { times, height, phase }) => sum + height * Math.sin(times * angle + phase), 1);
    return (radius * wave) / most - Math.hypot(x, y);
  };
}

/** A line with two bends. */
function scratch(length: number, random: () => number): Inside {
  const half = Math.max(0.5, (SCRATCH_WIDTH * length) / 2);
  const turn = Math.PI * random();
  const points = [-1, -1 / 3, 1 / 3, 1].map((along) => {
    const [a, b] = [(along * length) / 2 - Math.sign(along) * half, (random() - 0.5) * 0.15 * length];
    return [a * Math.cos(turn) - b * Math.sin(turn), a * Math.sin(turn) + b * Math.cos(turn)] as const;
  });
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 1; i < points.length; i++) nearest = Math.min(nearest, toSegment(x, y, points[i - 1]!, points[i]!));
    return half - nearest;
  };
}

function toSegment(x: number, y: number, a: readonly [number, number], b: readonly [number, number]): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / square));
  return Math.hypot(x - a[0] - along * dx, y - a[1] - along * dy);
}
