/** A region of interest that is judged by itself. */
export interface NamedRegion {
  /** 1 to `MOST_NAME` characters, another for each region. */
  name: string;
  /** Its own; absent: that of the frame. */
  threshold?: number | undefined;
  /** Closed polygons, which it is all of together; x and y as shares of the frame, 0..1. */
  outlines: [number, number][][];
}

export const MOST_NAME = 64;
export const MOST_REGIONS = 64;

/** Whether a message's list of them can be meant so. */
export function areNamedRegions(value: unknown): value is NamedRegion[] {
  if (!Array.isArray(value) || value.length > MOST_REGIONS || !value.every(isNamedRegion)) return false;
  return new Set(value.map(({ name }) => name)).size === value.length;
}

function isNamedRegion(value: unknown): value is NamedRegion {
  const { name, threshold, outlines } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const isNamed = typeof name === "string" && name.trim() !== "" && name.length <= MOST_NAME;
  const isOwn = threshold === undefined || (typeof threshold === "number" && Number.isFinite(threshold));
  return isNamed && isOwn && Array.isArray(outlines) && outlines.length > 0 && outlines.every(isPolygon);
}

/** At least three points [x, y] with numbers from 0 to 1. */
export function isPolygon(value: unknown): value is [number, number][] {
  return Array.isArray(value) && value.length >= 3 && value.every(isPoint);
}

function isPoint(value: unknown): value is [number, number] {
  const isShare = (share: unknown) => typeof share === "number" && share >= 0 && share <= 1;
  return Array.isArray(value) && value.length === 2 && value.every(isShare);
}
