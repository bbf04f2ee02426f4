import type { GroundTruth } from "./ground-truth";
import { keysOf, numberOf, sortKeys } from "./sort-keys";

/** The false-positive rate up to which the PRO curve is integrated, as MVTec AD has it. */
export const PRO_LIMIT = 0.3;
/** Pixels that are sorted at a time. */
const CHUNK = 4_000_000;
/** A curve for people: this far between two points, in either direction. */
const CURVE_STEP = 0.005;

/** An anomaly map and what it should show. */
export interface LabelledMap {
  /** Absent where the image is good. */
  truth: GroundTruth | undefined;
  /** float32 [height * width]; asked for twice and never kept, for all maps together may be gigabytes. */
  map: () => Float32Array;
}

/** Figures of all pixels of all images together, 0..1. */
export interface PixelFigures {
  auroc: number;
  f1Max: number;
  /** The lowest value that counts as a defect where F1 is largest. */
  f1Threshold: number;
  /** Area under the per-region overlap up to a false-positive rate of 0.3, over 0.3. */
  aupro: number;
  /** Per-region overlap over the false-positive rate, up to that limit. */
  proCurve: [falsePositiveRate: number, overlap: number][];
}

/**
 * Pixel-level figures as MVTec AD's evaluation defines them, exact: every distinct value is a threshold.
 *
 * Between the values of two defective pixels neither recall nor overlap changes, so it is enough to count, for each
 * distinct value of a defective pixel, the good pixels that lie at it and above it. The defective pixels (a few percent)
 * are sorted once; the good ones pass through in chunks.
 * @returns undefined where there is no defective or no good pixel
 */
export function pixelFigures(images: readonly LabelledMap[]): PixelFigures | undefined {
  const steps = defectSteps(images);
  if (steps.keys.length === 0) return undefined;
  countGood(images, steps);
  return steps.good === 0 ? undefined : figures(steps);
}

/** Per distinct value of defective pixels, ascending. */
interface Steps {
  keys: Uint32Array;
  /** Defective pixels of that value. */
  hits: Float64Array;
  /** Share of the regions' overlap that they make. */
  overlap: Float64Array;
  /** Good pixels of that very value. */
  level: Float64Array;
  /** Good pixels above it and below the next. */
  above: Float64Array;
  /** Defective and good pixels in all. */
  defective: number;
  good: number;
}

function defectSteps(images: readonly LabelledMap[]): Steps {
  const truths = images.flatMap(({ truth }) => (truth ? [truth] : []));
  const defective = truths.reduce((sum, { pixels }) => sum + pixels.length, 0);
  const values = new Float32Array(defective);
  const region = new Uint32Array(defective);
  const sizes: number[] = [];
  let at = 0;
  for (const { truth, map } of images) {
    if (!truth) continue;
    const scores = map();
    for (let i = 0; i < truth.pixels.length; i++, at++) {
      values[at] = scores[truth.pixels[i]!]!;
      region[at] = sizes.length + truth.region[i]!;
    }
    sizes.push(...truth.sizes);
  }
  const sorted = sortKeys(keysOf(values), region);
  let distinct = 0;
  for (let i = 0; i < defective; i++) if (i === 0 || sorted.keys[i] !== sorted.keys[i - 1]) distinct++;
  const steps: Steps = {
    keys: new Uint32Array(distinct),
    hits: new Float64Array(distinct),
    overlap: new Float64Array(distinct),
    level: new Float64Array(distinct),
    above: new Float64Array(distinct),
    defective,
    good: 0,
  };
  for (let i = 0, step = -1; i < defective; i++) {
    if (i === 0 || sorted.keys[i] !== sorted.keys[i - 1]) steps.keys[++step] = sorted.keys[i]!;
    steps.hits[step]!++;
    steps.overlap[step]! += 1 / (sizes[sorted.along![i]!]! * sizes.length);
  }
  return steps;
}

function countGood(images: readonly LabelledMap[], steps: Steps): void {
  const waiting = new Uint32Array(CHUNK);
  let count = 0;
  const flush = () => {
    merge(sortKeys(waiting.slice(0, count)).keys, steps);
    steps.good += count;
    count = 0;
  };
  for (const { truth, map } of images) {
    const keys = keysOf(map());
    const defects = truth?.pixels;
    for (let i = 0, next = 0; i < keys.length; i++) {
      if (defects && defects[next] === i) {
        next++;
        continue;
      }
      waiting[count++] = keys[i]!;
      if (count === CHUNK) flush();
    }
  }
  flush();
}

function merge(good: Uint32Array, { keys, level, above }: Steps): void {
  let at = 0;
  while (at < good.length && good[at]! < keys[0]!) at++;
  for (let step = 0; step < keys.length && at < good.length; step++) {
    const key = keys[step]!;
    const next = step + 1 < keys.length ? keys[step + 1]! : Number.POSITIVE_INFINITY;
    let start = at;
    while (at < good.length && good[at] === key) at++;
    level[step]! += at - start;
    start = at;
    while (at < good.length && good[at]! < next) at++;
    above[step]! += at - start;
  }
}

function figures({ keys, hits, overlap, level, above, defective, good }: Steps): PixelFigures {
  const curve = new LimitedCurve(PRO_LIMIT);
  let [found, alarms, covered, ordered] = [0, 0, 0, 0];
  let best = { f1: 0, key: 0 };
  for (let step = keys.length - 1; step >= 0; step--) {
    alarms += above[step]!;
    curve.to(alarms / good, covered);
    // Pairs of a defective and a good pixel that are in the right order; ties count half.
    ordered += hits[step]! * (good - alarms - level[step]! / 2);
    found += hits[step]!;
    alarms += level[step]!;
    covered += overlap[step]!;
    curve.to(alarms / good, covered);
    const f1 = (2 * found) / (found + alarms + defective);
    if (f1 > best.f1) best = { f1, key: keys[step]! };
  }
  curve.to(1, 1);
  return {
    auroc: ordered / (defective * good),
    f1Max: best.f1,
    f1Threshold: numberOf(best.key),
    aupro: curve.area / PRO_LIMIT,
    proCurve: curve.points,
  };
}

/** The area under a curve up to a limit, by trapezoids, the last one cut where the limit lies. */
class LimitedCurve {
  area = 0;
  readonly points: [number, number][] = [[0, 0]];
  private x = 0;
  private y = 0;

  constructor(private readonly limit: number) {}

  to(x: number, y: number): void {
    if (this.x >= this.limit) return;
    const share = x > this.limit ? (this.limit - this.x) / (x - this.x) : 1;
    const [endX, endY] = share < 1 ? [this.limit, this.y + share * (y - this.y)] : [x, y];
    this.area += ((this.y + endY) / 2) * (endX - this.x);
    [this.x, this.y] = [endX, endY];
    const [lastX, lastY] = this.points.at(-1)!;
    const far = endX - lastX > CURVE_STEP || endY - lastY > CURVE_STEP;
    if (far || endX >= this.limit) this.points.push([endX, endY]);
  }
}
