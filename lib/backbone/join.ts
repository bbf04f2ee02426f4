import type { Combine } from "./description";
import type { PatchTokens } from "./patch-tokens";

/**
 * Joins the features of several layers, patch by patch: each layer brought to the finest grid (bilinear, as PatchCore
 * does it) and each vector brought to length 1, so that no layer drowns the others by its scale and the cosine
 * distance of patches side by side is the mean of the layers' own.
 * @param combine `mean`: the mean of the layers' vectors, all of one dimension as a vision transformer's layers are
 *   (SubspaceAD averages several, arXiv 2602.23013)
 * @returns on the finest layer's grid [rows * cols, sum of dimensions], or of the mean [rows * cols, dimension]
 */
export function joinTokens(layers: readonly PatchTokens[], combine: Combine = "concatenate"): PatchTokens {
  const { rows, cols } = layers.reduce((finest, layer) =>
    layer.rows * layer.cols > finest.rows * finest.cols ? layer : finest,
  );
  const isMean = combine === "mean";
  const dimension = isMean ? layers[0]!.dimension : layers.reduce((sum, layer) => sum + layer.dimension, 0);
  const data = new Float32Array(rows * cols * dimension);
  let offset = 0;
  for (const layer of layers) {
    const vector = new Float32Array(layer.dimension);
    for (let row = 0, at = offset; row < rows; row++) {
      const y = weights(row, rows, layer.rows);
      for (let col = 0; col < cols; col++, at += dimension) {
        interpolate(layer, y, weights(col, cols, layer.cols), vector.fill(0));
        normalise(vector);
        if (isMean) addTo(data, at, vector, 1 / layers.length);
        else data.set(vector, at);
      }
    }
    if (!isMean) offset += layer.dimension;
  }
  return { rows, cols, dimension, data };
}

function addTo(data: Float32Array, at: number, vector: Float32Array, weight: number): void {
  for (let i = 0; i < vector.length; i++) data[at + i]! += weight * vector[i]!;
}

interface Weights {
  low: number;
  high: number;
  /** Share of `high`. */
  share: number;
}

/** Where the middle of cell `index` of `count` lies among `source` cells (half-pixel centres, edges held). */
function weights(index: number, count: number, source: number): Weights {
  const place = Math.min(source - 1, Math.max(0, ((index + 0.5) * source) / count - 0.5));
  const low = Math.floor(place);
  return { low, high: Math.min(low + 1, source - 1), share: place - low };
}

function interpolate({ data, cols, dimension }: PatchTokens, y: Weights, x: Weights, into: Float32Array): void {
  const corners: [number, number][] = [
    [y.low * cols + x.low, (1 - y.share) * (1 - x.share)],
    [y.low * cols + x.high, (1 - y.share) * x.share],
    [y.high * cols + x.low, y.share * (1 - x.share)],
    [y.high * cols + x.high, y.share * x.share],
  ];
  for (const [cell, weight] of corners) {
    if (weight === 0) continue;
    for (let i = 0, from = cell * dimension; i < dimension; i++, from++) into[i]! += weight * data[from]!;
  }
}

/** A vector of zeros (a blank area after a ReLU) stays one. */
function normalise(vector: Float32Array): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
}
