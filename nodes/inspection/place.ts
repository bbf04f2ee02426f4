/** Rows and columns that a frame is divided into for people. */
const ROWS = ["top", "middle", "bottom"] as const;
const COLUMNS = ["left", "centre", "right"] as const;

/**
 * Where on its frame a region lies, in ninths: `top left` ... `bottom right`.
 * @param region in pixels of the frame
 */
export function placeOf(
  region: { x: number; y: number; width: number; height: number } | undefined,
  image: { width: number; height: number } | undefined,
): string | undefined {
  if (!region || !image) return undefined;
  const third = (middle: number, length: number) => Math.min(2, Math.max(0, Math.floor((3 * middle) / length)));
  const row = ROWS[third(region.y + region.height / 2, image.height)];
  const column = COLUMNS[third(region.x + region.width / 2, image.width)];
  return `${row} ${column}`;
}
