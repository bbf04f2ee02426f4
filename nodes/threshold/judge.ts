import {
  ConsecutiveFrames,
  type Drift,
  DriftMonitor,
  type Finds,
  GoldenSampleError,
  type ScoreResult,
  type Sentence,
  type SentenceValue,
  sentence,
  type ThresholdMemory,
} from "../../lib";
import { Commissioner, type CommissioningView } from "./commissioner";
import { type ComparedRegions, compareRegions, type JudgedRegion, judgeRegions, unseenHealth } from "./judge-regions";
import type { Judgement, Source } from "./settings";
import {
  type ChosenThreshold,
  type Commissioned,
  count,
  type LabelCounts,
  type ScoredBank,
  Thresholds,
} from "./thresholds";

/** The part of a score node's result that a verdict is made from. */
interface Scored {
  score: number;
  bank?: ScoredBank;
  /** Whether something is missing, by the bank's own threshold for that. */
  missing?: ScoreResult["missing"];
  /** Where the mask names regions: they decide. */
  regionsOfInterest?: ScoreResult["regionsOfInterest"];
  health?: { state?: unknown; cause?: unknown; reason?: unknown };
}

export interface Judged extends Omit<Scored, "regionsOfInterest"> {
  regionsOfInterest?: JudgedRegion[];
  /** `unlike`: the frame as a whole is unlike the references, so it says nothing about the part. */
  verdict: "ok" | "anomaly" | "unlike";
  threshold: number;
  /** What gave the threshold. */
  mode: Source;
  /** Score minus threshold: how far over (positive) or under (negative) it is. */
  margin: number;
  /** Whether this frame's score, or a region's, is over the threshold or something is missing, whatever the frames before it were. */
  over: boolean;
  /** Of a threshold that somebody has set. */
  applied?: { by: string; time: string; instead: number };
  /** Of a threshold from the bank. Rates from 0 to 1. */
  falseRejectRate?: {
    asked: number;
    promised: boolean;
    smallest: number;
    rule: string;
    expected: number;
    low: number;
    high: number;
    confidence: number;
    worst: number;
    weak: boolean;
    words: string;
    /** What other languages make the words from. */
    sentence: Sentence;
  };
  /** What the threshold finds of the bank's made defects, once there are any. */
  finds?: Finds;
  /** Of a threshold from labels. */
  labelled?: object;
  /** Where there are any, or the threshold is to come from them. */
  labels?: LabelCounts;
  /** That the part is defective, once there are labels of both kinds. */
  probability?: number;
  drift?: Omit<Drift, "isNew">;
  /** Of a threshold from parts that the bank was commissioned with. */
  commissioned?: Commissioned;
  /** As long as parts are scored for a new threshold, or one waits to be accepted. */
  commissioning?: CommissioningView;
}

export interface Outcome {
  anomaly: Judged;
  /** Whether the anomaly is raised, after as many frames as are to be waited for. */
  raised: boolean;
  /** A sentence for the log, once. */
  warning?: Sentence;
}

/** Turns scores into verdicts. */
export class Judge {
  /** Gathers parts for a new threshold, where it is told to. */
  readonly commissioner: Commissioner;
  /** By bank: of two cameras behind one node, the good parts of one are no end of the other's bad ones. */
  private readonly consecutive = new Map<string, ConsecutiveFrames>();
  readonly thresholds: Thresholds;
  private watched: { key: string; monitor: DriftMonitor } | undefined;

  /** @param warn told once a bank version where the references cannot support the rate */
  constructor(
    private readonly settings: Judgement,
    private readonly memory: ThresholdMemory,
    warn: (said: SentenceValue) => void,
  ) {
    this.thresholds = new Thresholds(settings, memory, warn);
    this.commissioner = new Commissioner(settings, memory, this.thresholds, warn);
  }

  /**
   * @param value msg.anomaly; a copy is returned, for other branches of the flow may hold the original
   * @param time in milliseconds, for the drift
   * @throws {GoldenSampleError} BAD_REQUEST where it carries no score, or no calibration for a threshold from the bank
   */
  judge(value: unknown, time: number): Outcome {
    const { regionsOfInterest, ...scored } = unjudged(asScored(value));
    const chosen = this.thresholds.for(scored.bank);
    const compared = compareRegions(regionsOfInterest, chosen.threshold);
    const over = isOver(scored, chosen.threshold, compared);
    const { unlike } = this.settings;
    // What was not looked at is no part to be judged like any other, whatever is set.
    const isForeign = scored.health?.state === "unlike" && (unlike !== "off" || isMasked(scored));
    // A region that is over says enough, whatever became of the others.
    const lacksRegion = compared !== undefined && compared.unseen.length > 0;
    const saysNothing = isForeign || (lacksRegion && !over);
    // Alone on its output, a frame that says nothing of the part is none of the frames in a row.
    const raised = saysNothing && unlike === "alone" ? false : this.inARow(scored.bank).next(over || saysNothing);
    const isUnlike = saysNothing || (lacksRegion && !raised);
    const drift = this.settings.drift && !isUnlike ? this.watch(scored, over, time) : undefined;
    const verdict = isUnlike ? "unlike" : raised ? "anomaly" : "ok";
    const { isNew, ...shown } = drift ?? { isNew: false };
    if (scored.health?.state !== "unlike" && !lacksRegion) this.commissioner.take(scored.score, scored.bank, chosen);
    const commissioning = this.commissioner.view;
    return {
      anomaly: {
        ...scored,
        ...(isUnlike && !isForeign && lacksRegion && { health: unseenHealth(scored.health, compared.unseen) }),
        ...(compared && { regionsOfInterest: judgeRegions(compared, verdict) }),
        verdict,
        threshold: chosen.threshold,
        mode: chosen.mode,
        margin: scored.score - chosen.threshold,
        over,
        ...factsOf(chosen, scored.score, this.settings.mode),
        ...(drift && { drift: shown as Omit<Drift, "isNew"> }),
        ...(commissioning && { commissioning }),
      },
      raised,
      ...(isNew && {
        warning: sentence`[ofBank] Bank "${{ bank: String(scored.bank?.name) }}": ${{ said: drift!.sentence! }}`,
      }),
    };
  }

  /** Whether a scored frame is over what is decided by now. @throws {GoldenSampleError} as `judge` */
  isOver(value: unknown): boolean {
    const scored = asScored(value);
    const { threshold } = this.thresholds.for(scored.bank);
    return isOver(scored, threshold, compareRegions(scored.regionsOfInterest, threshold));
  }

  /**
   * Keeps a frame of which is known what the part is.
   * @param corrected whether it was said to be the other
   * @returns how many of each there are now
   */
  label(value: unknown, defective: boolean, corrected = false): { good: number; bad: number } {
    const scored = asScored(value);
    if (isMasked(scored)) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[labelledFrameMasked] The mask of the labelled frame left nothing to look at, so its score says nothing of the part: label a frame that was inspected.`,
      );
    }
    const { score, bank } = scored;
    const key = this.thresholds.keyOf(bank);
    if (corrected) this.memory.removeLabel(key, { score, defective: !defective });
    this.memory.addLabel(key, { score, defective });
    this.thresholds.forget();
    return count(this.memory.labels(key));
  }

  /** Forgets the labels of the bank that a scored frame is from; without a frame, those of all banks. */
  clearLabels(value: unknown): void {
    this.memory.clearLabels(value === undefined ? undefined : this.thresholds.keyOf(asScored(value).bank));
    this.thresholds.forget();
  }

  /** What comes now is usual: lamp and lens were seen to. */
  resetDrift(): void {
    this.watched = undefined;
    this.memory.clearDrift();
  }

  private inARow(bank: ScoredBank | undefined): ConsecutiveFrames {
    const name = String(bank?.name);
    const counted = this.consecutive.get(name) ?? new ConsecutiveFrames(this.settings.frames);
    this.consecutive.set(name, counted);
    return counted;
  }

  private watch({ score, bank }: Scored, over: boolean, time: number): Drift {
    const key = this.thresholds.keyOf(bank);
    if (this.watched?.key !== key) this.watched = { key, monitor: new DriftMonitor(this.memory.drift(key)) };
    const { monitor } = this.watched;
    const drift = monitor.next(score, over, time);
    this.memory.setDrift(key, monitor.memory);
    return drift;
  }
}

function factsOf(
  { calibrated, labelled, probability, labels, finds, commissioned, applied }: ChosenThreshold,
  score: number,
  mode: Judgement["mode"],
) {
  return {
    ...(calibrated && {
      falseRejectRate: {
        asked: calibrated.rate,
        promised: calibrated.promised,
        smallest: calibrated.smallestRate,
        rule: calibrated.rule,
        expected: calibrated.expected,
        ...calibrated.interval,
        worst: calibrated.worst,
        weak: calibrated.weak,
        words: calibrated.words,
        sentence: calibrated.sentence,
      },
    }),
    ...(finds && { finds }),
    ...(commissioned && { commissioned }),
    ...(applied && { applied }),
    ...(labelled && { labelled }),
    ...((mode === "labels" || labels.good + labels.bad > 0) && { labels }),
    ...(probability && { probability: probability.at(score) }),
  };
}

/** Where regions are named, each is judged by itself and the frame's score by none. */
function isOver({ score, missing }: Scored, threshold: number, regions: ComparedRegions | undefined): boolean {
  return (regions ? regions.over : score > threshold) || missing?.over === true;
}

const isMasked = ({ health }: Scored) => health?.cause === "masked";

/** Without what another threshold node before this one has said: its rates and labels are none of this one's threshold. */
function unjudged(scored: Scored): Scored {
  const own = Object.entries(scored).filter(([name]) => !Object.hasOwn(OF_VERDICTS, name));
  return Object.fromEntries(own) as unknown as Scored;
}
/** All that a threshold node adds; the compiler asks for what is new of it. */
const OF_VERDICTS: Record<Exclude<keyof Judged, keyof Scored>, true> = {
  ...{ verdict: true, threshold: true, mode: true, margin: true, over: true, applied: true, falseRejectRate: true },
  ...{ finds: true, labelled: true, labels: true, probability: true, drift: true },
  ...{ commissioned: true, commissioning: true },
};

function asScored(value: unknown): Scored {
  if (typeof value === "object" && value !== null && Number.isFinite((value as Partial<Scored>).score))
    return value as Scored;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noScore] The message carries no score in msg.anomaly: put an anomaly-score node before this one.`,
  );
}
