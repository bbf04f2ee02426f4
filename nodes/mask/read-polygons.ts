import { GoldenSampleError } from "../../lib";

type Point = [number, number];

/**
 * Checks polygons as the editor or a flow file gives them.
 * @param label what the setting is called in the dialog, for the error
 * @returns polygons of at least three points, x and y as shares of the image's sides, 0..1
 */
export function readPolygons(value: readonly unknown[], label: string): Point[][] {
  return value.map((polygon, i) => {
    if (Array.isArray(polygon) && polygon.length >= 3 && polygon.every(isPoint)) return polygon as Point[];
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `Polygon ${i + 1} of "${label}" cannot be used: write at least three points [x, y] with numbers from 0 to 1.`,
    );
  });
}

function isPoint(value: unknown): value is Point {
  const isShare = (share: unknown) => typeof share === "number" && share >= 0 && share <= 1;
  return Array.isArray(value) && value.length === 2 && value.every(isShare);
}
