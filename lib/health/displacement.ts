import { LAYOUT } from "./picture";

/** How unlike two layouts are: 1 minus their correlation; 0 for equal ones, 1 for unrelated ones. */
export function layoutDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return 1 - sum;
}

export interface Displacement {
  /** Shares of the picture's width and height; positive is to the right and down. */
  x: number;
  y: number;
  /** 1 minus the correlation of what both pictures show. */
  distance: number;
}

/** Cells: a third of the picture. */
const FARTHEST = 8;

/** The displacement under which a picture is most like a reference. */
export function findDisplacement(layout: Float32Array, reference: Float32Array): Displacement {
  let best = { x: 0, y: 0, distance: Number.POSITIVE_INFINITY };
  for (let dy = -FARTHEST; dy <= FARTHEST; dy++) {
    for (let dx = -FARTHEST; dx <= FARTHEST; dx++) {
      const distance = 1 - overlapCorrelation(layout, reference, dx, dy);
      if (distance < best.distance) best = { x: dx / LAYOUT, y: dy / LAYOUT, distance };
    }
  }
  return best;
}

function overlapCorrelation(a: Float32Array, b: Float32Array, dx: number, dy: number): number {
  let [count, sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0, 0];
  for (let y = Math.max(0, dy); y < Math.min(LAYOUT, LAYOUT + dy); y++) {
    for (let x = Math.max(0, dx); x < Math.min(LAYOUT, LAYOUT + dx); x++) {
      const valueA = a[y * LAYOUT + x]!;
      const valueB = b[(y - dy) * LAYOUT + x - dx]!;
      count++;
      sumA += valueA;
      sumB += valueB;
      squareA += valueA * valueA;
      squareB += valueB * valueB;
      product += valueA * valueB;
    }
  }
  const varianceA = squareA - (sumA * sumA) / count;
  const varianceB = squareB - (sumB * sumB) / count;
  // What is nearly flat correlates with anything.
  return (product - (sumA * sumB) / count) / Math.sqrt(Math.max(varianceA * varianceB, 1e-4));
}
