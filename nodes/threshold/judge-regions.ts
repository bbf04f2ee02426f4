import { GoldenSampleError, type ScoreResult, saidOf, sentence } from "../../lib";

type ScoredRegion = NonNullable<ScoreResult["regionsOfInterest"]>[number];

/** A region of interest as the threshold node sends it on. */
export interface JudgedRegion extends ScoredRegion {
  /** Its own, or the frame's. */
  threshold: number;
  /** As the mask set it; absent where it is judged by the frame's. */
  ownThreshold?: number;
  /** Whether this frame's score is over it. */
  over: boolean;
  /** `unlike`: it was not inspected, or the frame as a whole says nothing about the part. */
  verdict: "ok" | "anomaly" | "unlike";
}

export interface ComparedRegions {
  regions: Omit<JudgedRegion, "verdict">[];
  over: boolean;
  /** Names of those that were not inspected. */
  unseen: string[];
}

/**
 * Each region by its own threshold, or by the frame's.
 * @param value `msg.anomaly.regionsOfInterest`
 * @returns undefined where the mask names none: the frame's score decides
 * @throws {GoldenSampleError} BAD_REQUEST where it is no such list
 */
export function compareRegions(value: unknown, threshold: number): ComparedRegions | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0 || !value.every(isScored)) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[badRegions] msg.anomaly.regionsOfInterest is no list of scored regions: leave it as the anomaly-score node sets it, or delete it.`,
    );
  }
  const regions = value.map(({ ownThreshold, ...region }: ScoredRegion & Partial<JudgedRegion>) => {
    // Where another threshold node was before this one, the region's threshold may be that node's.
    const own = region.verdict === undefined ? region.threshold : ownThreshold;
    const limit = own ?? threshold;
    const over = region.score !== undefined && region.score > limit;
    return { ...region, threshold: limit, ...(own !== undefined && { ownThreshold: own }), over };
  });
  const unseen = regions.filter(({ score }) => score === undefined).map(({ name }) => name);
  return { regions, over: regions.some(({ over }) => over), unseen };
}

/** @param verdict of the frame */
export function judgeRegions({ regions }: ComparedRegions, verdict: JudgedRegion["verdict"]): JudgedRegion[] {
  return regions.map((region) => {
    const isUnlike = verdict === "unlike" || region.score === undefined;
    return { ...region, verdict: isUnlike ? "unlike" : region.over && verdict === "anomaly" ? "anomaly" : "ok" };
  });
}

/** The region that is farthest over its threshold, or the nearest to it; undefined where none was inspected. */
export function decisiveRegion(regions: readonly JudgedRegion[] = []) {
  const inspected = regions.flatMap(({ score, ...region }) => (score === undefined ? [] : [{ ...region, score }]));
  return inspected.sort((a, b) => b.score - b.threshold - (a.score - a.threshold))[0];
}

/** In place of the frame's own health. */
export function unseenHealth(health: object | undefined, unseen: readonly string[]) {
  const names = unseen.map((name) => `"${name}"`).join(", ");
  return {
    ...health,
    state: "unlike" as const,
    cause: "masked" as const,
    ...saidOf(
      sentence`[regionUnseen] Nothing was looked at in the region ${{ regions: names }}: check that no mask leaves it out, and that it is as large as a patch.`,
    ),
  };
}

function isScored(value: unknown): value is ScoredRegion {
  const { name, score, threshold, ownThreshold } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const isNumber = (number: unknown) => number === undefined || (typeof number === "number" && Number.isFinite(number));
  return typeof name === "string" && [score, threshold, ownThreshold].every(isNumber);
}
