import { type LabelledGoal, THRESHOLD_RULES, type ThresholdRule } from "../../lib";
import { choice, flag, number, text } from "../shared/config";
import type { NodeConfig } from "../shared/node-red";

export interface Judgement {
  mode: Mode;
  /** Scores above it are over; used in mode `fixed`. */
  threshold: number;
  /** How the bank's references give a threshold for a rate. */
  rule: ThresholdRule;
  /** Target false-reject rate, 0..1, in mode `rate`; in mode `labels` as long as there are none, absent: balanced. */
  rate?: number;
  /** What a threshold from labels is to be good for. */
  goal: LabelledGoal;
  /** Share of parts on the line that are defective, 0..1. */
  prevalence: number;
  /** Consecutive frames over the threshold before an anomaly is raised. */
  frames: number;
  /** Where frames go that are unlike the references as a whole: to the third output alone, or to `anomaly` too. */
  unlike: "also" | "alone" | "off";
  /** Whether a drift of the scores is watched for. */
  drift: boolean;
  /** Seconds after which a verdict is shown to be old; 0: never. */
  stale: number;
}

/** `balanced`: the default threshold; `rate`: for a false-reject rate; both from the bank's references. */
const MODES = ["balanced", "rate", "labels", "fixed"] as const;
export type Mode = (typeof MODES)[number];
/** What gave a threshold: the settings, or somebody who set it in the editor's sidebar. */
export type Source = Mode | "applied";

const GOALS = ["f1", "escape", "costs"] as const;
const PERCENT = { from: 0.0001, to: 99 };
const COST = { from: 1e-9 };

/** @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used */
export function readJudgement(config: NodeConfig): Judgement {
  const prevalence = number(config.prevalence, 1, "Defective parts", PERCENT) / 100;
  const mode = readMode(config);
  return {
    mode,
    threshold: number(config.threshold, 0.5, "Threshold"),
    rule: choice(config.rule, THRESHOLD_RULES, "auto", "Rule"),
    ...((mode === "rate" || text(config.rate, "") !== "") && {
      rate: number(config.rate, 1, "False-reject rate", PERCENT) / 100,
    }),
    goal: readGoal(config, prevalence),
    prevalence,
    frames: number(config.frames, 1, "Frames", { from: 1, whole: true }),
    unlike: choice(config.unlike, ["also", "alone", "off"], "also", "Unlike frames"),
    drift: flag(config.drift, true),
    // Nodes of earlier versions go on as they did.
    stale: number(config.stale, 0, "Stale after", { from: 0, to: 1_000_000 }),
  };
}

/** Flows of earlier versions say `bank` for a rate, or have a rate and no mode: what they were set to stays. */
function readMode({ mode, rate }: NodeConfig): Mode {
  const saved = mode === "bank" ? "rate" : mode;
  return choice(saved, MODES, text(rate, "") === "" ? "balanced" : "rate", "Mode");
}

function readGoal(config: NodeConfig, prevalence: number): LabelledGoal {
  const kind = choice(config.goal, GOALS, "f1", "Goal");
  if (kind === "escape") return { kind, rate: number(config.escapeRate, 1, "Escapes", PERCENT) / 100 };
  if (kind === "f1") return { kind };
  return {
    kind,
    falseReject: number(config.costReject, 1, "Cost of a false reject", COST),
    escape: number(config.costEscape, 10, "Cost of an escape", COST),
    prevalence,
  };
}
