import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { firstSentence, GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { sweepTemporary, writeWhole } from "../write-whole";
import type { DriftState } from "./drift";
import type { LabelledScore } from "./labelled";

const driftState = z.object({
  count: z.number(),
  mean: z.number(),
  squares: z.number(),
  slow: z.number(),
  last: z.number(),
  warned: z.boolean(),
});
const underWay = z.object({
  /** How many parts are to be scored. */
  wanted: z.int().positive(),
  by: z.string(),
  message: z.string().optional(),
  /** The build that scores them; absent before the first part. */
  bank: z
    .object({ name: z.string(), key: z.string(), version: z.number(), calibration: z.array(z.number()) })
    .optional(),
  scores: z.array(z.number()),
  /** The threshold before all were there. */
  before: z.number().optional(),
});
/** Parts off the line that are being scored, for a threshold to be set by. */
export type CommissioningUnderWay = z.output<typeof underWay>;
/** A threshold that somebody has set, in the place of what the settings would give. */
const appliedThreshold = z.object({
  threshold: z.number(),
  /** What the settings gave then: where they give another one now, this one holds no more. */
  instead: z.number(),
  by: z.string(),
  /** ISO 8601. */
  time: z.string(),
});
export type AppliedThreshold = z.output<typeof appliedThreshold>;
const thresholdChange = z.object({
  time: z.string(),
  by: z.string(),
  action: z.enum(["apply", "undo"]),
  before: z.number(),
  after: z.number(),
});
export type ThresholdChange = z.output<typeof thresholdChange>;

const memoryFile = z.object({
  format: z.literal(1),
  commissioning: underWay.optional(),
  /** By build of a bank, the one used last at the end. */
  banks: z.array(
    z.object({
      key: z.string(),
      /** Score, and 1 for a defective part. */
      labels: z.array(z.tuple([z.number(), z.union([z.literal(0), z.literal(1)])])),
      drift: driftState.optional(),
      /** The last one holds; those before it come back where it is taken back. */
      applied: z.array(appliedThreshold).optional(),
      /** Who set or took back what, newest last. */
      changes: z.array(thresholdChange).optional(),
    }),
  ),
});
type BankMemory = z.output<typeof memoryFile>["banks"][number];

/** Builds remembered; scores of one mean nothing for another. */
const REMEMBERED = 16;
/** Changes of a threshold that are remembered of each build. */
const CHANGES = 100;
/** Labels of one build; the oldest make room. */
const LABELS = 5000;

/**
 * Which build's scores these are, by its calibration: the name alone may mean another bank, one of another directory, and
 * versions that differ by accepted patches alone have the calibration in common, and the scores of all other parts, too.
 * Without a calibration a version has nothing in common with others.
 */
export function bankKey(name: unknown, version: unknown, calibration: unknown): string {
  const build = Array.isArray(calibration) && calibration.length > 0 ? calibration : { version };
  return `${String(name)} ${createHash("sha256").update(JSON.stringify(build)).digest("hex").slice(0, DIGITS)}`;
}
const DIGITS = 12;

/** The key of the same build under another name. */
const keyUnder = (name: string, key: string): string => `${name} ${key.slice(-DIGITS)}`;

/**
 * What a threshold node remembers over a restart, in a small file of plain numbers: labelled scores, and how drift
 * stands. Read at once (at most 200 kB), so that no frame is judged before it is there.
 */
export class ThresholdMemory {
  private readonly banks = new Map<string, BankMemory>();
  private underWay: CommissioningUnderWay | undefined;
  private isChanged = false;
  /** One write after the other: the last one is what stays. */
  private written: Promise<void> = Promise.resolve();

  /**
   * @param file created with the first thing to remember
   * @throws {GoldenSampleError} BAD_REQUEST where there is a file that cannot be read
   */
  constructor(private readonly file: string) {
    const { banks, commissioning } = read(file);
    for (const bank of banks) this.banks.set(bank.key, bank);
    this.underWay = commissioning;
  }

  /** A bank has another name: what is known of its builds stays known. */
  renameBank(from: string, to: string): void {
    for (const [key, bank] of [...this.banks]) {
      if (key.slice(0, -DIGITS) !== `${from} `) continue;
      this.banks.delete(key);
      const renamed = keyUnder(to, key);
      this.banks.set(renamed, { ...bank, key: renamed });
      this.isChanged = true;
    }
    const { bank } = this.underWay ?? {};
    if (bank?.name !== from) return;
    this.setCommissioning({ ...this.underWay!, bank: { ...bank, name: to, key: keyUnder(to, bank.key) } });
  }

  labels(key: string): LabelledScore[] {
    return (this.banks.get(key)?.labels ?? []).map(([score, bad]) => ({ score, defective: bad === 1 }));
  }

  /** Labels of another build of the same bank, of the one used last. */
  otherLabels(key: string): LabelledScore[] {
    const bank = key.slice(0, -DIGITS);
    const others = [...this.banks.values()].filter(
      ({ key: other }) => other !== key && other.slice(0, -DIGITS) === bank,
    );
    const last = others.findLast(({ labels }) => labels.length > 0);
    return last ? this.labels(last.key) : [];
  }

  addLabel(key: string, { score, defective }: LabelledScore): void {
    const bank = this.bank(key);
    bank.labels.push([score, defective ? 1 : 0]);
    if (bank.labels.length > LABELS) bank.labels.shift();
  }

  /** Takes one back, where it is still there. */
  removeLabel(key: string, { score, defective }: LabelledScore): void {
    const { labels } = this.bank(key);
    const index = labels.findLastIndex(([each, bad]) => each === score && (bad === 1) === defective);
    if (index !== -1) labels.splice(index, 1);
  }

  /** @param key absent: of all banks */
  clearLabels(key?: string): void {
    for (const each of key === undefined ? [...this.banks.keys()] : [key]) this.bank(each).labels = [];
  }

  /** The threshold that somebody has set for a build, newest last; those before it can come back. */
  applied(key: string): readonly AppliedThreshold[] {
    return this.banks.get(key)?.applied ?? [];
  }

  /** Who set or took back a threshold of a build, newest last. */
  changes(key: string): readonly ThresholdChange[] {
    return this.banks.get(key)?.changes ?? [];
  }

  /** @param before that held until now */
  apply(key: string, applied: AppliedThreshold, before: number): void {
    const { by, time, threshold } = applied;
    const bank = this.bank(key);
    bank.applied = [...(bank.applied ?? []), applied].slice(-CHANGES);
    this.note(bank, { time, by, action: "apply", before, after: threshold });
  }

  /**
   * Takes back the threshold that was set last.
   * @param after what holds then
   */
  takeBack(key: string, { by, time }: Pick<AppliedThreshold, "by" | "time">, after: number): void {
    const bank = this.bank(key);
    const last = bank.applied?.pop();
    if (last) this.note(bank, { time, by, action: "undo", before: last.threshold, after });
  }

  private note(bank: BankMemory, change: ThresholdChange): void {
    bank.changes = [...(bank.changes ?? []), change].slice(-CHANGES);
  }

  drift(key: string): DriftState | undefined {
    return this.banks.get(key)?.drift;
  }

  clearDrift(): void {
    for (const key of [...this.banks.keys()]) delete this.bank(key).drift;
  }

  setDrift(key: string, state: DriftState): void {
    this.bank(key).drift = state;
  }

  get commissioning(): CommissioningUnderWay | undefined {
    return this.underWay;
  }

  /** @param underWay absent: it has ended */
  setCommissioning(underWay?: CommissioningUnderWay): void {
    this.underWay = underWay;
    this.isChanged = true;
  }

  /** Writes what has changed since. @throws {GoldenSampleError} BAD_REQUEST where the file cannot be written */
  save(): Promise<void> {
    const saved = this.written.then(() => this.write());
    this.written = saved.catch(() => undefined);
    return saved;
  }

  private async write(): Promise<void> {
    if (!this.isChanged) return;
    this.isChanged = false;
    try {
      const commissioning = this.underWay && { commissioning: this.underWay };
      const kept = { format: 1, banks: [...this.banks.values()], ...commissioning };
      await writeWhole(this.file, [Buffer.from(JSON.stringify(kept))]);
      await sweepTemporary(dirname(this.file));
    } catch (thrown) {
      this.isChanged = true;
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[thresholdMemoryUnwritable] The threshold's memory could not be written to ${{ file: this.file }} (${{ why: firstSentence(thrown) }}): check the folder's rights and free space.`,
        { cause: thrown },
      );
    }
  }

  /** To be changed; moves to the end. */
  private bank(key: string): BankMemory {
    const bank = this.banks.get(key) ?? { key, labels: [] };
    this.banks.delete(key);
    this.banks.set(key, bank);
    for (const old of this.banks.keys()) {
      if (this.banks.size <= REMEMBERED) break;
      this.banks.delete(old);
    }
    this.isChanged = true;
    return bank;
  }
}

function read(file: string): Pick<z.output<typeof memoryFile>, "banks" | "commissioning"> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return { banks: [] };
    throw unreadable(file, thrown);
  }
  try {
    return memoryFile.parse(JSON.parse(text));
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

const unreadable = (file: string, cause: unknown) =>
  new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[thresholdMemoryDamaged] The threshold's memory ${{ file }} is damaged or cannot be read: delete it, its labels are lost, or restore it.`,
    { cause },
  );
