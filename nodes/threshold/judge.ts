import { type CalibratedThreshold, ConsecutiveFrames, GoldenSampleError, thresholdForRate } from "../../lib";
import { choice, number } from "../shared/config";
import type { NodeConfig } from "../shared/node-red";

export interface Judgement {
  mode: "fixed" | "bank";
  /** Scores above it are over; used in mode `fixed`. */
  threshold: number;
  /** Target false-reject rate in percent; used in mode `bank`. */
  rate: number;
  /** Consecutive frames over the threshold before an anomaly is raised. */
  frames: number;
}

/** @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used */
export function readJudgement(config: NodeConfig): Judgement {
  return {
    mode: choice(config.mode, ["fixed", "bank"], "bank", "Mode"),
    threshold: number(config.threshold, 0.5, "Threshold"),
    rate: number(config.rate, 1, "False-reject rate", { from: 0.0001, to: 99 }),
    frames: number(config.frames, 1, "Frames", { from: 1, whole: true }),
  };
}

/** The part of a score node's result that a verdict is made from. */
interface Scored {
  score: number;
  bank?: { name?: unknown; version?: unknown; calibration?: unknown };
}

export interface Judged extends Scored {
  verdict: "ok" | "anomaly";
  threshold: number;
  /** Score minus threshold: how far over (positive) or under (negative) it is. */
  margin: number;
  /** Whether this frame's score is over the threshold, whatever the frames before it were. */
  over: boolean;
  /** How far the rate that was asked for can be trusted, in mode `bank`. Rates from 0 to 1. */
  falseRejectRate?: { asked: number; promised: boolean; smallest: number; words: string };
}

/** Bank versions whose thresholds are remembered. */
const REMEMBERED = 64;

/** Turns scores into verdicts. */
export class Judge {
  private readonly consecutive: ConsecutiveFrames;
  private readonly thresholds = new Map<string, CalibratedThreshold>();

  /** @param warn told once a bank version where the references cannot support the rate */
  constructor(
    private readonly settings: Judgement,
    private readonly warn: (words: string) => void,
  ) {
    this.consecutive = new ConsecutiveFrames(settings.frames);
  }

  /**
   * @param anomaly msg.anomaly; a copy is returned, for other branches of the flow may hold the original
   * @throws {GoldenSampleError} BAD_REQUEST where it carries no score, or no calibration for a threshold from the bank
   */
  judge(anomaly: unknown): Judged {
    if (!isScored(anomaly)) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        "The message carries no score in msg.anomaly: put an anomaly-score node before this one.",
      );
    }
    const calibrated = this.settings.mode === "bank" ? this.fromBank(anomaly) : undefined;
    const threshold = calibrated?.threshold ?? this.settings.threshold;
    const over = anomaly.score > threshold;
    return {
      ...anomaly,
      verdict: this.consecutive.next(over) ? "anomaly" : "ok",
      threshold,
      margin: anomaly.score - threshold,
      over,
      ...(calibrated && { falseRejectRate: facts(calibrated) }),
    };
  }

  private fromBank({ bank }: Scored): CalibratedThreshold {
    const calibration = bank?.calibration;
    if (!Array.isArray(calibration) || !calibration.every((score): score is number => typeof score === "number")) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        "The message carries no calibration in msg.anomaly.bank: leave what the anomaly-score node sets untouched, or set a fixed threshold.",
      );
    }
    // With the scores themselves: a version number alone may mean another bank, one of another directory.
    const key = [bank?.name, bank?.version, ...calibration].join(" ");
    const known = this.thresholds.get(key);
    if (known) return known;
    const fresh = thresholdForRate(calibration, this.settings.rate / 100);
    if (this.thresholds.size >= REMEMBERED) this.thresholds.clear();
    this.thresholds.set(key, fresh);
    if (!fresh.promised) this.warn(`Bank "${String(bank?.name)}", version ${String(bank?.version)}: ${fresh.words}`);
    return fresh;
  }
}

const facts = ({ rate, promised, smallestRate, words }: CalibratedThreshold) => ({
  asked: rate,
  promised,
  smallest: smallestRate,
  words,
});

function isScored(value: unknown): value is Scored {
  return typeof value === "object" && value !== null && Number.isFinite((value as Partial<Scored>).score);
}
