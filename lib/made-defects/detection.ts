import type { ScoredDefect } from "../bank/memory-bank";
import { median } from "../median";
import { type RateInterval, shareInterval } from "../threshold/rate-interval";
import { MUST_FIND_CONTRAST, MUST_FIND_SIZE } from "./kinds";

/** How many of a group of made defects a threshold finds. */
export interface Detection {
  count: number;
  found: number;
  /** found / count; absent where there is none. */
  share?: number;
  /** Where the share lies at 95 % confidence (Clopper and Pearson 1934). */
  interval?: RateInterval;
}

/** A row of the table: one kind and size, at one contrast where the kind has one. */
export interface DetectionRow extends Detection {
  kind: string;
  size: number;
  /** The size in the references' pixels, median. */
  pixels: number;
  contrast?: number;
}

/** Defects of the smallest size that the user names, up to so many times that, must be found. */
const AS_SMALL = 1.5;

/**
 * A defect is found where its score is over the threshold, as with any frame. One on a reference that is over it without
 * the defect is left out: it would be found whatever it is.
 */
export function detection(defects: readonly Pick<ScoredDefect, "score" | "clean">[], threshold: number): Detection {
  const telling = defects.filter(({ clean }) => clean <= threshold);
  const count = telling.length;
  const found = telling.filter(({ score }) => score > threshold).length;
  return count === 0 ? { count, found } : { count, found, share: found / count, interval: shareInterval(found, count) };
}

/**
 * Those that a threshold worth its name finds.
 * @param smallest pixels of the smallest defect to be found: of that size; absent: of a share of the part's edge. Where there
 * is none of that size, as in older banks, those that are larger, or the largest there are
 */
export function mustFind(defects: readonly ScoredDefect[], smallest?: number): ScoredDefect[] {
  const plain = defects.filter((each) => (each.contrast ?? each.change ?? 1) >= MUST_FIND_CONTRAST);
  if (smallest === undefined) return plain.filter(({ size }) => size >= MUST_FIND_SIZE);
  const larger = plain.filter(({ pixels }) => pixels >= smallest);
  const asSmall = larger.filter(({ pixels }) => pixels <= AS_SMALL * smallest);
  if (larger.length > 0) return asSmall.length > 0 ? asSmall : larger;
  const largest = Math.max(...plain.map(({ size }) => size));
  return plain.filter(({ size }) => size === largest);
}

/** What a threshold finds of every kind, size and contrast there is; sizes and contrasts ascending within a kind. */
export function detectionTable(defects: readonly ScoredDefect[], threshold: number): DetectionRow[] {
  const groups = new Map<string, ScoredDefect[]>();
  for (const defect of defects) {
    const key = JSON.stringify([defect.kind, defect.size, defect.contrast]);
    const group = groups.get(key);
    if (group) group.push(defect);
    else groups.set(key, [defect]);
  }
  const kinds = [...new Set(defects.map(({ kind }) => kind))];
  return [...groups.values()]
    .map((group): DetectionRow => {
      const { kind, size, contrast } = group[0]!;
      const pixels = median(group.map((each) => each.pixels));
      return { kind, size, pixels, ...(contrast !== undefined && { contrast }), ...detection(group, threshold) };
    })
    .sort(
      (a, b) =>
        kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.size - b.size || (a.contrast ?? 0) - (b.contrast ?? 0),
    );
}
