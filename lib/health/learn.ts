import type { BankHealth, HealthRows } from "../bank/memory-bank";
import { robustSpread } from "../median";
import { layoutDistance } from "./displacement";
import { type FrameMeasures, tokenDistance } from "./measure-frame";

/** Added before the logarithm is taken: a difference of a few grey levels in the dark is none. */
const FLOOR = { brightness: 4, contrast: 2, sharpness: 0 };

/** The measures that are compared by their logarithms: lamps and lenses act as factors. */
export function logMeasures({ brightness, contrast, sharpness }: Omit<FrameMeasures, "token" | "layout">) {
  return {
    brightness: Math.log(brightness + FLOOR.brightness),
    contrast: Math.log(contrast + FLOOR.contrast),
    sharpness: Math.log(sharpness + FLOOR.sharpness),
  };
}

/**
 * What the references are like as whole pictures: robust bounds of three measures, and how far the mean token and the
 * layout of each lie from the most similar of the others.
 * @param frames measures of n >= 2 references; or of one reference first and then its altered copies
 * @param unusual share of patches over the level in each, left out of the bank
 * @param copies the frames after the first are its altered copies: they are compared with it alone
 */
export function learnHealth(
  frames: readonly FrameMeasures[],
  unusual: readonly number[],
  copies: boolean,
): { health: BankHealth; rows: HealthRows } {
  const logs = frames.map(logMeasures);
  const kept = copies ? frames.slice(0, 1) : frames;
  const compared = copies ? frames.slice(1) : frames;
  const farthest = (distance: (a: FrameMeasures, b: FrameMeasures) => number) =>
    Math.max(
      0,
      ...compared.map((frame) =>
        Math.min(...kept.filter((other) => other !== frame).map((other) => distance(frame, other))),
      ),
    );
  const health: BankHealth = {
    frames: compared.length,
    brightness: robust(logs.map((log) => log.brightness)),
    contrast: robust(logs.map((log) => log.contrast)),
    sharpness: robust(logs.map((log) => log.sharpness)),
    token: farthest((a, b) => tokenDistance(a.token, b.token)),
    // One reference cannot show how parts lie: only what is quite another scene may count.
    layout: copies ? 1 : farthest((a, b) => layoutDistance(a.layout, b.layout)),
    unusual: Math.max(copies ? 0.3 : 0, ...unusual),
  };
  return { health, rows: { tokens: join(kept.map((f) => f.token)), layouts: join(kept.map((f) => f.layout)) } };
}

/** Median and scale; the scale is the median deviation, but never under half the standard deviation. */
function robust(values: readonly number[]): { middle: number; spread: number } {
  const { middle, deviation } = robustSpread(values);
  const standard = Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length);
  return { middle, spread: Math.max(deviation, standard / 2) };
}

function join(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(row, i * width);
  return out;
}
