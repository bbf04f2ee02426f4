import type { RgbImage } from "../image/rgb-image";

/** How a picture shows nothing at all. */
export type Blankness = "black" | "overexposed" | "uniform";

/** Share of the pixels that must say so: a hot pixel or a time stamp's dot is no part. */
const SHARE = 0.999;
/** Levels that a sensor in the dark, and one that is saturated, may have. */
const DARK = 8;
const BRIGHT = 247;
/** Levels off the median that count as none: what JPEG and the quietest sensors leave of one colour. */
const NOISE = 2;
/** Pixels looked at, evenly: more would find nothing else. */
const SAMPLES = 1 << 20;
const LEVELS = 256;

/** Whether a picture shows anything that could be learned: uint8 levels of all channels, 0..255. */
export function blankness({ data, width, height }: RgbImage): Blankness | undefined {
  const pixels = width * height;
  // Odd, so that it does not keep to a few columns of a picture whose width is a power of two.
  const step = Math.max(1, Math.floor(pixels / SAMPLES)) | 1;
  const channels = [0, 1, 2].map((channel) => {
    const counts = new Float64Array(LEVELS);
    for (let at = channel; at < data.length; at += 3 * step) counts[data[at]!]!++;
    return counts;
  });
  const all = (from: (counts: Float64Array) => number, to: (counts: Float64Array) => number) =>
    channels.every((counts) => sum(counts, from(counts), to(counts)) >= SHARE * sum(counts, 0, LEVELS - 1));
  const lowest = () => 0;
  const highest = () => LEVELS - 1;
  if (all(lowest, () => DARK)) return "black";
  if (all(() => BRIGHT, highest)) return "overexposed";
  if (
    all(
      (counts) => middle(counts) - NOISE,
      (counts) => middle(counts) + NOISE,
    )
  )
    return "uniform";
  return undefined;
}

function sum(counts: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let level = Math.max(0, from); level <= Math.min(LEVELS - 1, to); level++) total += counts[level]!;
  return total;
}

/** The median level. */
function middle(counts: Float64Array): number {
  const half = sum(counts, 0, LEVELS - 1) / 2;
  let [level, seen] = [0, counts[0]!];
  while (seen < half) seen += counts[++level]!;
  return level;
}
