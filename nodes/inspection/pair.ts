import type { JudgedFrame, ScoredFrame } from "../shared/inspection-news";
import { LIMITS } from "./limits";
import type { Part, Verdict } from "./part";
import type { PictureBudget } from "./picture-budget";

/** What is known of the bank, the backbone and the machine, from the last frame. */
type Facts = Pick<JudgedFrame["anomaly"], "bank" | "backbone" | "runtime" | "mode" | "threshold">;

/** What a score node and a threshold node behind it have inspected: numbers of many parts, pictures of few. */
export class Pair {
  readonly parts: Part[] = [];
  readonly rejects: Part[] = [];
  readonly counts: Record<Verdict | "dropped", number> = { ok: 0, anomaly: 0, unlike: 0, dropped: 0 };
  /** Milliseconds since 1970 at which the numbers began at 1: by them alone a part of before is taken for another. */
  readonly began = Date.now();
  /** Milliseconds since 1970 at which the counting began. */
  since = Date.now();
  /** Of frames that say something of their part: newest last. */
  readonly scores: { score: number; verdict: Verdict }[] = [];
  facts: Facts | undefined;
  /** Rejects by where their worst region lies, of nodes whose score node tells regions. */
  readonly places = new Map<string, number>();
  private last = 0;
  private readonly times: { at: number; took: number }[] = [];
  private droppedBefore = 0;
  private droppedNow = 0;

  constructor(private readonly pictures: PictureBudget) {}

  /** @param scored absent where the frame's picture is not known */
  add({ anomaly }: JudgedFrame, scored: ScoredFrame | undefined, now: number): Part {
    const { score, threshold, verdict, bank, health, timing, backbone, runtime, mode } = anomaly;
    this.facts = { bank, backbone, runtime, mode, threshold } as Facts;
    const part: Part = {
      ...{ number: ++this.last, time: now, score, threshold, verdict, over: anomaly.over ?? score > threshold },
      cause: verdict === "unlike" ? String(health?.cause ?? "unlike") : undefined,
      scoredBy: bank && { name: bank.name, version: bank.version, calibration: bank.calibration },
      bank: scored?.bank,
      mask: scored?.mask,
      image: scored?.image,
    };
    this.counts[verdict]++;
    const place = verdict === "anomaly" ? regionOf(anomaly) : undefined;
    if (place) this.places.set(place, (this.places.get(place) ?? 0) + 1);
    if (scored) this.countDropped(scored.dropped);
    if (verdict !== "unlike") limited(this.scores, { score, verdict }, LIMITS.scores);
    limited(this.times, { at: now, took: timing?.total ?? 0 }, LIMITS.times);
    this.pictures.keep(part);
    const gone = [
      limited(this.parts, part, LIMITS.parts),
      verdict === "ok" ? undefined : limited(this.rejects, part, LIMITS.rejects),
    ];
    for (const old of gone) if (old && !this.part(old.number)) this.pictures.letGo(old);
    return part;
  }

  part(number: number): Part | undefined {
    const is = (part: Part) => part.number === number;
    return this.parts.find(is) ?? this.rejects.find(is);
  }

  /** Frames a second over the last ones, and milliseconds of an inspection. */
  speed(now: number): { rate: number; p50: number; p95: number } {
    const recent = this.times.filter(({ at }) => now - at < 10_000);
    const took = this.times.map((time) => time.took).sort((a, b) => a - b);
    const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0;
    const span = recent.length > 1 ? (recent.at(-1)!.at - recent[0]!.at) / 1000 : 0;
    return { rate: span > 0 ? (recent.length - 1) / span : 0, p50: at(0.5), p95: at(0.95) };
  }

  /** A new shift begins. The parts stay. */
  reset(now: number): void {
    for (const key of Object.keys(this.counts) as (keyof Pair["counts"])[]) this.counts[key] = 0;
    this.droppedBefore = -this.droppedNow;
    this.places.clear();
    this.since = now;
  }

  renameBank(from: string, to: string): void {
    const named = <Bank extends { name?: unknown }>(bank: Bank) => (bank.name === from ? { ...bank, name: to } : bank);
    if (this.facts?.bank) this.facts = { ...this.facts, bank: named(this.facts.bank) };
    for (const part of new Set([...this.parts, ...this.rejects])) {
      if (part.scoredBy) part.scoredBy = named(part.scoredBy);
      if (part.bank) part.bank = named(part.bank);
    }
  }

  close(): void {
    for (const part of [...this.parts, ...this.rejects]) this.pictures.letGo(part);
  }

  /** A score node counts from its start, and a deploy starts it anew. */
  private countDropped(dropped: number): void {
    if (dropped < this.droppedNow) this.droppedBefore += this.droppedNow;
    this.droppedNow = dropped;
    this.counts.dropped = this.droppedBefore + dropped;
  }
}

/** Where the reject lies: the named region that is over, else the ninth of the frame. */
function regionOf({ regionsOfInterest = [], regions, image }: JudgedFrame["anomaly"]): string | undefined {
  return regionsOfInterest.find(({ over, name }) => over && name !== "")?.name ?? placeOf(regions?.[0], image);
}

/** @returns what had to make room */
function limited<T>(list: T[], item: T, limit: number): T | undefined {
  list.push(item);
  return list.length > limit ? list.shift() : undefined;
}

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
