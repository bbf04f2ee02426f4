import type { Box } from "../image/crop";
import type { GridMask } from "./grid-mask";

/** A share of a patch: what lies on an edge is not beyond it. */
const HAIR = 1e-6;

/**
 * A mask of one part of a frame on the grid of another. What it says nothing of is not looked at.
 * @param to what the new grid covers, as shares of the frame; absent: all of it
 */
export function moveMask(mask: GridMask, to: Box | undefined, rows: number, cols: number): GridMask {
  const [from, target] = [mask.area ?? WHOLE, to ?? WHOLE];
  const data = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const y = (target.y + ((row + 0.5) / rows) * target.height - from.y) / from.height;
    if (y < 0 || y >= 1) continue;
    for (let col = 0; col < cols; col++) {
      const x = (target.x + ((col + 0.5) / cols) * target.width - from.x) / from.width;
      if (x < 0 || x >= 1) continue;
      data[row * cols + col] = mask.data[Math.floor(y * mask.rows) * mask.cols + Math.floor(x * mask.cols)]!;
    }
  }
  return { rows, cols, data, ...(to && { area: to }) };
}

/** Whether a mask wants to be looked at what lies outside of a part of the frame: a patch of it, by its centre. */
export function reachesBeyond({ rows, cols, data, area = WHOLE }: GridMask, part: Box): boolean {
  const [rowHalf, colHalf] = [area.height / rows / 2, area.width / cols / 2];
  return data.some((value, i) => {
    if (value !== 1) return false;
    const x = area.x + (((i % cols) + 0.5) / cols) * area.width;
    const y = area.y + ((Math.floor(i / cols) + 0.5) / rows) * area.height;
    // Up to half a patch: a mask is no finer.
    const isInX = x > part.x - colHalf - HAIR && x < part.x + part.width + colHalf + HAIR;
    const isInY = y > part.y - rowHalf - HAIR && y < part.y + part.height + rowHalf + HAIR;
    return !(isInX && isInY);
  });
}

const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };
