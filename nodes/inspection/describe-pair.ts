import { type MadeBrief, readBrief } from "../../lib";
import type { FoundPair } from "./find-pair";
import type { Part } from "./part";

/** Digits that a score is sent with: what a chart can show. */
const short = (value: number) => Number(value.toPrecision(5));

/** A node for a list to choose from. */
export function namePair({ id, node, pair }: FoundPair) {
  const { began, counts } = pair;
  const { bank } = pair.facts ?? {};
  return { id, name: node.name ?? "", bank: typeof bank?.name === "string" ? bank.name : "", began, counts };
}

/** All that the sidebar shows but the pictures. */
export function describePair(found: FoundPair, now: number) {
  const { pair, threshold } = found;
  const { bank, backbone, runtime, mode } = pair.facts ?? {};
  const brief: MadeBrief | undefined = bank && readBrief(bank);
  const numbers = (value: unknown) => (Array.isArray(value) ? value.filter(Number.isFinite).map(short) : []);
  return {
    ...namePair(found),
    ...{ since: pair.since, now, ...pair.speed(now), backbone, runtime },
    version: typeof bank?.version === "number" ? bank.version : undefined,
    threshold: threshold.thresholdFor(bank),
    mode,
    changes: threshold.changes(bank).slice(-5),
    scores: pair.scores.map(({ score, verdict }) => [short(score), verdict === "ok" ? 0 : 1]),
    /** Of the references, each compared with the others, and of the defects that were painted on them. */
    references: numbers(bank?.calibration),
    defects: (brief?.mustFind ?? []).map(({ score, clean }) => [short(score), short(clean)]),
    parts: pair.parts.map(describePart),
    rejects: pair.rejects.map(describePart),
  };
}

export function describePart({ number, time, score, threshold, verdict, cause, label, handled, image }: Part) {
  return { number, time, score, threshold, verdict, cause, label, handled, hasPicture: image !== undefined };
}
