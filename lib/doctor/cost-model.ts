/** One measured way of inspecting: patches of a frame, rows of the bank, milliseconds. */
export interface Measured {
  patches: number;
  rows: number;
  milliseconds: number;
}

/** Milliseconds of a frame = fixed + patch * patches + pair * patches * rows. */
export interface CostModel {
  fixed: number;
  patch: number;
  pair: number;
}

/**
 * Fits the model to three short runs.
 * @param base any frame and bank
 * @param smaller with fewer patches a frame
 * @param fuller with the frame of `base` and more rows
 */
export function fitCost(base: Measured, smaller: Measured, fuller: Measured): CostModel {
  const more = base.patches * (fuller.rows - base.rows);
  const pair = Math.max(0, (fuller.milliseconds - base.milliseconds) / more);
  const rest = ({ patches, rows, milliseconds }: Measured) => milliseconds - pair * patches * rows;
  // A model of one fixed size has the same patches at any resolution.
  const fewer = base.patches - smaller.patches;
  const patch = fewer > 0 ? Math.max(0, (rest(base) - rest(smaller)) / fewer) : 0;
  // Noise may have given the search more than the whole frame took.
  const fixed = Math.max(0, rest(base) - patch * base.patches);
  return { fixed, patch, pair };
}

/** @returns milliseconds of a frame */
export function predictCost({ fixed, patch, pair }: CostModel, patches: number, rows: number): number {
  return fixed + patch * patches + pair * patches * rows;
}

/** Rows of the largest bank with which a frame of so many patches takes at most so long; below 1 there is none. */
export function mostRows({ fixed, patch, pair }: CostModel, patches: number, milliseconds: number): number {
  const left = milliseconds - fixed - patch * patches;
  if (left < 0) return 0;
  return pair === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / (pair * patches));
}

export interface Advised {
  resolution: number;
  /** Of the bank, at most. */
  rows: number;
}

/**
 * The largest resolution, at most the one that was measured, at which frames come at the wanted rate.
 * @param measured the resolution and its patches a frame; a smaller one has fewer by the square
 * @param wanted rows that the bank should be able to have; fewer are taken only at the smallest resolution
 * @returns undefined where even that is too slow
 */
export function adviseFor(
  rate: number,
  model: CostModel,
  measured: { resolution: number; patches: number; patchSize: number },
  wanted: number,
): Advised | undefined {
  const { patchSize } = measured;
  const smallest = 8 * patchSize;
  const largest = Math.floor(measured.resolution / patchSize) * patchSize;
  let last: Advised | undefined;
  for (let resolution = largest; resolution >= Math.min(smallest, largest); resolution -= patchSize) {
    const patches = measured.patches * (resolution / measured.resolution) ** 2;
    const rows = mostRows(model, patches, 1000 / rate);
    if (rows >= wanted) return { resolution, rows };
    if (rows >= patches) last = { resolution, rows };
  }
  return last;
}
