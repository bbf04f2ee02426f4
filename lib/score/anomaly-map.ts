/** The authors' smoothing of the anomaly map, in pixels. */
export const MAP_SIGMA = 4;

/** One output sample as a weighted sum of a few neighbouring grid cells. */
interface Band {
  start: Int32Array;
  weights: Float32Array[];
}

/**
 * The anomaly map at image size: the patch distances resized bilinearly (half-pixel centres, edges held), then a
 * Gaussian of 4 px, mirrored at the border (AnomalyDINO's dists2map: cv2.resize, scipy's gaussian_filter).
 *
 * Both steps are linear and separable, so they are one banded matrix an axis, a few cells wide: a hundred times less
 * work than filtering the full-size picture.
 * @param distances float32 [rows * cols]
 * @param sigma in pixels of the map; smaller only for a map smaller than the image
 * @param floor pixels that cannot exceed it are left at 0: the weights of a pixel add up to 1, so it never exceeds the
 *   largest distance around it
 * @returns float32 [height, width]
 */
export function anomalyMap(
  distances: Float32Array,
  rows: number,
  cols: number,
  height: number,
  width: number,
  sigma = MAP_SIGMA,
  floor = Number.NEGATIVE_INFINITY,
): Float32Array {
  return applyBands(distances, cols, band(rows, height, sigma), band(cols, width, sigma), floor);
}

function applyBands(grid: Float32Array, cols: number, vertical: Band, horizontal: Band, floor: number): Float32Array {
  const [height, width] = [vertical.start.length, horizontal.start.length];
  const out = new Float32Array(height * width);
  const line = new Float32Array(cols);
  const { from, to } = reach(horizontal, cols);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    const rowWeights = vertical.weights[y]!;
    for (let i = 0; i < rowWeights.length; i++) {
      const row = (vertical.start[y]! + i) * cols;
      for (let col = 0; col < cols; col++) line[col]! += rowWeights[i]! * grid[row + col]!;
    }
    for (let col = 0, done = 0; col < cols; col++) {
      if (line[col]! <= floor) continue;
      for (let x = Math.max(done, from[col]!); x < to[col]!; x++) out[y * width + x] = sample(line, horizontal, x);
      done = Math.max(done, to[col]!);
    }
  }
  return out;
}

function sample(line: Float32Array, { start, weights }: Band, at: number): number {
  const first = start[at]!;
  const own = weights[at]!;
  let sum = 0;
  for (let i = 0; i < own.length; i++) sum += own[i]! * line[first + i]!;
  return sum;
}

/** The samples [from, to) that each cell has a part in. */
function reach({ start, weights }: Band, cells: number): { from: Int32Array; to: Int32Array } {
  const from = new Int32Array(cells).fill(start.length);
  const to = new Int32Array(cells);
  for (let at = 0; at < start.length; at++) {
    for (let cell = start[at]!; cell < start[at]! + weights[at]!.length; cell++) {
      from[cell] = Math.min(from[cell]!, at);
      to[cell] = at + 1;
    }
  }
  return { from, to };
}

function band(cells: number, size: number, sigma: number): Band {
  const kernel = gaussian(sigma);
  const radius = (kernel.length - 1) / 2;
  const start = new Int32Array(size);
  const weights: Float32Array[] = [];
  const row = new Float64Array(cells);
  for (let at = 0; at < size; at++) {
    let [first, last] = [cells - 1, 0];
    for (let i = -radius; i <= radius; i++) {
      const low = addBilinear(row, reflect(at + i, size), size, kernel[i + radius]!);
      first = Math.min(first, low);
      last = Math.max(last, Math.min(cells - 1, low + 1));
    }
    start[at] = first;
    weights.push(Float32Array.from(row.subarray(first, last + 1)));
    row.fill(0, first, last + 1);
  }
  return { start, weights };
}

/** Adds the two cells that a bilinear resize to `size` takes sample `at` from; @returns the first of them */
function addBilinear(row: Float64Array, at: number, size: number, weight: number): number {
  const cells = row.length;
  const position = Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / size - 0.5));
  const low = Math.floor(position);
  const high = Math.min(cells - 1, low + 1);
  row[low]! += weight * (1 - (position - low));
  row[high]! += weight * (position - low);
  return low;
}

/** Mirrors with the edge repeated (scipy's "reflect"). */
function reflect(index: number, size: number): number {
  const period = 2 * size;
  const inPeriod = ((index % period) + period) % period;
  return inPeriod < size ? inPeriod : period - 1 - inPeriod;
}

/** Cut off at four sigmas, as scipy does. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}
