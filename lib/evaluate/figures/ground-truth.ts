/** Where a picture's defects are: its defective pixels, and which of the connected regions each belongs to. */
export interface GroundTruth {
  width: number;
  height: number;
  /** Row-major indices, ascending: uint32 [defective pixels]. */
  pixels: Uint32Array;
  /** Region of each of them, from 0: uint32 [defective pixels]. */
  region: Uint32Array;
  /** Pixels of each region. */
  sizes: number[];
}

/**
 * Finds the connected regions of a mask, diagonal neighbours included (MVTec AD's definition).
 * @param mask [height * width], above 0 where there is a defect
 */
export function groundTruth(mask: Uint8Array, width: number, height: number): GroundTruth {
  // Region + 1; 0 where there is none yet.
  const label = new Int32Array(mask.length);
  const sizes: number[] = [];
  let defective = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || label[start] !== 0) continue;
    sizes.push(fill(mask, label, sizes.length + 1, start, width, height));
    defective += sizes.at(-1)!;
  }
  const pixels = new Uint32Array(defective);
  const region = new Uint32Array(defective);
  for (let i = 0, at = 0; at < defective; i++) {
    if (label[i] === 0) continue;
    pixels[at] = i;
    region[at++] = label[i]! - 1;
  }
  return { width, height, pixels, region, sizes };
}

/** Labels a region from one of its pixels. @returns its number of pixels */
function fill(mask: Uint8Array, label: Int32Array, own: number, start: number, width: number, height: number): number {
  const open = [start];
  label[start] = own;
  let size = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    size++;
    const [row, col] = [Math.floor(at / width), at % width];
    for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
      for (let x = Math.max(0, col - 1); x <= Math.min(width - 1, col + 1); x++) {
        const next = y * width + x;
        if (mask[next] === 0 || label[next] !== 0) continue;
        label[next] = own;
        open.push(next);
      }
    }
  }
  return size;
}
