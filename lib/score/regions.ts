/** A connected area of patches above the level, on the patch grid. */
export interface GridRegion {
  /** First and last row and column. */
  top: number;
  bottom: number;
  left: number;
  right: number;
  patches: number;
  /** Index of the patch with the largest distance. */
  worst: number;
}

/**
 * Areas of neighbouring patches (eight directions) whose distance exceeds the level, worst first.
 * @param distances float32 [rows * cols]
 */
export function findRegions(distances: Float32Array, rows: number, cols: number, level: number): GridRegion[] {
  const seen = new Uint8Array(distances.length);
  const found: GridRegion[] = [];
  for (let start = 0; start < distances.length; start++) {
    if (seen[start] || !(distances[start]! > level)) continue;
    seen[start] = 1;
    const region: GridRegion = { top: rows, bottom: 0, left: cols, right: 0, patches: 0, worst: start };
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      include(region, at, cols, distances);
      for (const next of neighbours(at, rows, cols)) {
        if (seen[next] || !(distances[next]! > level)) continue;
        seen[next] = 1;
        open.push(next);
      }
    }
    found.push(region);
  }
  return found.sort((a, b) => distances[b.worst]! - distances[a.worst]!);
}

function include(region: GridRegion, at: number, cols: number, distances: Float32Array): void {
  const [row, col] = [Math.floor(at / cols), at % cols];
  region.top = Math.min(region.top, row);
  region.bottom = Math.max(region.bottom, row);
  region.left = Math.min(region.left, col);
  region.right = Math.max(region.right, col);
  region.patches++;
  if (distances[at]! > distances[region.worst]!) region.worst = at;
}

function* neighbours(at: number, rows: number, cols: number): Generator<number> {
  const [row, col] = [Math.floor(at / cols), at % cols];
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
    for (let x = Math.max(0, col - 1); x <= Math.min(cols - 1, col + 1); x++) yield y * cols + x;
  }
}
