import {
  bankKey,
  type CalibratedThreshold,
  commissionedThreshold,
  defaultThreshold,
  type Finds,
  findsOf,
  fitProbability,
  GoldenSampleError,
  type LabelledScore,
  type LabelledThreshold,
  type ProbabilityMap,
  readBrief,
  readCommissioned,
  type Sentence,
  type SentenceValue,
  sentence,
  type ThresholdMemory,
  thresholdForRate,
  thresholdFromLabels,
} from "../../lib";
import { appliedOver } from "./applied-over";
import type { Judgement, Source } from "./settings";

/** What a score node says of its bank. */
export interface ScoredBank {
  name?: unknown;
  version?: unknown;
  calibration?: unknown;
  calibratedBy?: unknown;
  /** Made defects, once they are there. */
  mustFind?: unknown;
  finer?: unknown;
  /** Parts that the version was commissioned with, or that the one before it was. */
  commissioned?: unknown;
  lapsed?: unknown;
}

/** The threshold for one bank version, and where it comes from. */
export interface ChosenThreshold {
  threshold: number;
  /** What gave it: in mode `labels` the references, as long as there are no labels. */
  mode: Source;
  calibrated?: CalibratedThreshold;
  labelled?: LabelledThreshold;
  probability?: ProbabilityMap;
  labels: LabelCounts;
  /** What it finds of made defects, once there are any. */
  finds?: Finds;
  /** Where it is from parts that the bank was commissioned with. */
  commissioned?: Commissioned;
  /** Who set it, where somebody did. */
  applied?: { by: string; time: string; instead: number };
}

/** The parts that set a bank version's threshold: how many, and who said so when. */
export interface Commissioned {
  parts: number;
  by: string;
  time: string;
}

/** `ofAnotherBuild`: what was labelled for one, where this one lacks labels that the threshold is to come from. */
export interface LabelCounts {
  good: number;
  bad: number;
  ofAnotherBuild?: { good: number; bad: number };
}

/** Bank versions whose thresholds are remembered. */
const REMEMBERED = 64;

/** Chooses thresholds as the settings have it, once for each bank version and anew with every label. */
export class Thresholds {
  private readonly chosen = new Map<string, ChosenThreshold>();
  private readonly warned = new Set<string>();

  /** @param warn told once a bank version where what was asked for cannot be promised */
  constructor(
    private readonly settings: Judgement,
    private readonly memory: ThresholdMemory,
    private readonly warn: (said: SentenceValue) => void,
  ) {}

  keyOf(bank: ScoredBank | undefined): string {
    return bankKey(bank?.name, bank?.version, bank?.calibration);
  }

  /** Labels have changed. */
  forget(): void {
    this.chosen.clear();
  }

  /** @throws {GoldenSampleError} BAD_REQUEST where the message carries no calibration for a threshold from the bank */
  for(bank: ScoredBank | undefined): ChosenThreshold {
    const key = this.keyOf(bank);
    const made = bank && readBrief(bank);
    const { commissioned: found } = readCommissioned(bank);
    // Made in the background, they come after the version itself.
    const version = `${String(bank?.version)} ${made?.mustFind.length ?? 0} ${found?.time ?? ""} ${key}`;
    const known = this.chosen.get(version);
    if (known) return known;
    const chosen = appliedOver(this.choose(bank, key), this.memory.applied(key));
    const finds = made && findsOf(made, chosen.threshold);
    if (finds && !finds.enough)
      this.warnOnce(bank, sentence`[thresholdFinds] The threshold ${{ finds: finds.sentence }}.`);
    const fresh = { ...chosen, ...(finds && { finds }) };
    if (this.chosen.size >= REMEMBERED) this.chosen.clear();
    this.chosen.set(version, fresh);
    return fresh;
  }

  private choose(bank: ScoredBank | undefined, key: string): ChosenThreshold {
    const { mode, threshold, goal, prevalence } = this.settings;
    const labels = this.memory.labels(key);
    const counts: LabelCounts = count(labels);
    const probability = fitProbability(labels, { prevalence });
    const facts = { labels: counts, ...(probability && { probability }) };
    if (mode === "fixed") return { ...facts, mode, threshold };
    if (mode === "labels" && counts.good > 0 && counts.bad > 0) {
      const labelled = thresholdFromLabels(labels, goal);
      return { ...facts, mode, threshold: labelled.threshold, labelled };
    }
    const other = count(mode === "labels" ? this.memory.otherLabels(key) : []);
    if (other.good + other.bad > 0) {
      counts.ofAnotherBuild = other;
      this.warnOnce(
        bank,
        sentence`[labelsOfAnotherBuild] ${{ good: other.good }} good and ${{ bad: other.bad }} bad parts were labelled for another build of this bank, whose scores say nothing about this one's: label parts again; until there is a good and a bad one, the references decide.`,
      );
    }
    const { commissioned: found, lapsed } = readCommissioned(bank);
    if (!found && lapsed) this.sayLapsed(bank, lapsed);
    const calibrated = found ? this.fromParts(found.scores) : this.fromBank(bank);
    const from = calibrated.rule === "balanced" ? "balanced" : "rate";
    const commissioned = found && { commissioned: { parts: found.scores.length, by: found.by, time: found.time } };
    return { ...facts, mode: from, threshold: calibrated.threshold, calibrated, ...commissioned };
  }

  /** What parts off the line would give, as the settings have it. */
  fromParts(scores: readonly number[]): CalibratedThreshold {
    const { mode, rule, rate } = this.settings;
    return commissionedThreshold(scores, { rule, rate: mode === "balanced" ? undefined : rate });
  }

  /** A new build scores otherwise: that the parts decide no more is not to be found out by rejects. */
  private sayLapsed(bank: ScoredBank | undefined, { version, parts }: { version: number; parts: number }): void {
    this.warnOnce(
      bank,
      sentence`[commissioningLapsed] version ${{ version }} was commissioned with ${{ parts }} parts, whose scores say nothing about this build's, so the references decide again: send msg.action "commission", and good parts.`,
    );
  }

  private fromBank(bank: ScoredBank | undefined): CalibratedThreshold {
    const calibration = bank?.calibration;
    if (!Array.isArray(calibration) || !calibration.every((score): score is number => typeof score === "number")) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[noCalibration] The message carries no calibration in msg.anomaly.bank: leave what the anomaly-score node sets untouched, or set a fixed threshold.`,
      );
    }
    const { mode, rule, rate } = this.settings;
    const weak = bank?.calibratedBy === "copies";
    const asked = mode === "balanced" ? undefined : rate;
    const found =
      asked === undefined ? defaultThreshold(calibration, weak) : thresholdForRate(calibration, asked, { rule, weak });
    // Where no rate was asked for, none was refused either.
    if (weak || (asked !== undefined && !found.promised)) this.warnOnce(bank, found.sentence);
    return found;
  }

  private warnOnce(bank: ScoredBank | undefined, said: Sentence): void {
    const [name, version] = [String(bank?.name), String(bank?.version)];
    const warning = sentence`[ofVersion] Bank "${{ bank: name }}", version ${{ version }}: ${{ said }}`;
    if (this.warned.has(warning.text)) return;
    this.warned.add(warning.text);
    this.warn(warning);
  }
}

export function count(labels: readonly LabelledScore[]): { good: number; bad: number } {
  const bad = labels.filter(({ defective }) => defective).length;
  return { good: labels.length - bad, bad };
}
