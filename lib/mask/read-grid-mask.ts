import { GoldenSampleError } from "../errors";
import type { Box } from "../image/crop";
import { type Sentence, sentence } from "../sentence";
import { coverage, type GridMask } from "./grid-mask";
import { areNamedRegions, type NamedRegion } from "./named-region";

/** How far a coverage may be off: by hand one writes a half for four of seven rows. Off by more, it is of other data. */
const TOLERATED = 0.1;

/**
 * A mask as a message carries it, checked as a whole.
 * @param value { rows, cols, data: bytes of 0 and 1, row-major [rows * cols]; coverage? }
 * @param name what the user knows it by, for the error
 * @throws {GoldenSampleError} BAD_REQUEST in one sentence where it cannot be meant so
 */
export function readGridMask(value: unknown, name: string): GridMask & { regionsOfInterest?: NamedRegion[] } {
  const bad = (what: Sentence) =>
    new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[badMask] ${{ field: name }} ${{ what }}: send it as the anomaly-mask node makes it, {rows, cols, data: Buffer of rows x cols bytes, 1 = look here}, or delete it.`,
    );
  if (typeof value !== "object" || value === null) throw bad(sentence`[isNoMask] is no mask`);
  const { rows, cols, data, dtype, coverage: said, area, region, regionsOfInterest } = value as Record<string, unknown>;
  if (!isCount(rows) || !isCount(cols))
    throw bad(sentence`[maskWithoutSize] has no whole numbers above 0 as rows and cols`);
  if (!(data instanceof Uint8Array) || (dtype !== undefined && dtype !== "uint8"))
    throw bad(sentence`[maskWithoutBuffer] has no Buffer of bytes as data`);
  if (data.length !== rows * cols)
    throw bad(sentence`[maskBytes] has ${{ bytes: data.length }} bytes for ${{ rows }} x ${{ cols }} patches`);
  const odd = data.find((byte) => byte > 1);
  if (odd !== undefined) throw bad(sentence`[maskValue] has the value ${{ value: odd }} where only 0 and 1 may stand`);
  for (const [key, part] of Object.entries({ area, region }))
    if (part !== undefined && !isBox(part))
      throw bad(sentence`[maskRectangle] has as ${{ field: key }} no {x, y, width, height} within 0 and 1`);
  if (regionsOfInterest !== undefined && !areNamedRegions(regionsOfInterest))
    throw bad(
      sentence`[maskRegions] has as regionsOfInterest no list of {name, threshold, outlines}, each with a name of its own,`,
    );
  const mask = {
    ...{ rows, cols, data },
    ...(area !== undefined && { area: area as Box }),
    ...(region !== undefined && { region: region as Box }),
    ...(regionsOfInterest !== undefined && { regionsOfInterest }),
  };
  const kept = coverage(mask);
  if (said !== undefined && !(typeof said === "number" && Math.abs(said - kept) <= TOLERATED))
    throw bad(
      sentence`[maskCoverage] says coverage ${{ said: String(said).slice(0, 20) }} and its data cover ${{ found: Number(kept.toFixed(4)) }}`,
    );
  return mask;
}

function isBox(value: unknown): value is Box {
  const { x, y, width, height } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const all = [x, y, width, height];
  if (!all.every((side): side is number => typeof side === "number" && side >= 0 && side <= 1)) return false;
  const [left, top, across, down] = all as [number, number, number, number];
  return across > 0 && down > 0 && left + across <= 1 + 1e-9 && top + down <= 1 + 1e-9;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
