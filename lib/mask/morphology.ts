/**
 * Dilation and closing of a mask by three patches. The authors hand OpenCV the mask as one column of N patches, so
 * their 3 x 3 kernel reaches the patches before and after in reading order and no rows above or below; to agree with
 * their code, and their figures, so does this.
 */

/** Grows the mask by one patch in reading order. */
export function dilate(mask: Uint8Array): Uint8Array {
  return mask.map((value, i) => value | (mask[i - 1] ?? 0) | (mask[i + 1] ?? 0));
}

/** Shrinks the mask by one patch in reading order; beyond the ends counts as inside, as in OpenCV. */
function erode(mask: Uint8Array): Uint8Array {
  return mask.map((value, i) => value & (mask[i - 1] ?? 1) & (mask[i + 1] ?? 1));
}

/** Fills gaps of up to two patches in reading order. */
export function close(mask: Uint8Array): Uint8Array {
  return erode(dilate(mask));
}
