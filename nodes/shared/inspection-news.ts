import type { ImageSource, MaskMessage, ScoreResult } from "../../lib";
import type { Lifetime } from "./lifetime";
import type { Runtime } from "./node-red";

/**
 * What score and threshold nodes tell of the frames that pass, on Node-RED's own event bus: whoever shows them listens, and
 * where nobody does nothing is kept.
 */
const SCORED = "golden-sample:scored";
const JUDGED = "golden-sample:judged";
const RENAMED = "golden-sample:renamed";

/** A frame that a score node has let go. */
export interface ScoredFrame {
  /** The message's id, by which a threshold node's verdict finds its picture. */
  message: string;
  node: string;
  image: ImageSource;
  mask: MaskMessage | undefined;
  /** The bank node, and another bank's name where the message asked for one. */
  bank: { node: string; name: string | undefined };
  /** Frames that the node has dropped so far. */
  dropped: number;
}

/** A verdict, with what the score node said before it. */
export interface JudgedFrame {
  message: string;
  node: string;
  anomaly: Pick<ScoreResult, "score"> &
    Partial<Omit<ScoreResult, "score" | "health" | "bank" | "regionsOfInterest">> & {
      over?: boolean;
      regionsOfInterest?: { name: string; over: boolean }[];
      verdict: "ok" | "anomaly" | "unlike";
      threshold: number;
      mode: string;
      bank?: { name?: unknown; version?: unknown; calibration?: unknown; mustFind?: unknown };
      health?: { cause?: unknown; reason?: unknown };
    };
}

export function tellScored(RED: Runtime, frame: ScoredFrame): void {
  RED.events.emit(SCORED, frame);
}

export function tellJudged(RED: Runtime, frame: JudgedFrame): void {
  RED.events.emit(JUDGED, frame);
}

/** A bank has another name: what is kept of its frames is told by its name. */
export function tellRenamed(RED: Runtime, from: string, to: string): void {
  RED.events.emit(RENAMED, from, to);
}

export function hearInspections(
  RED: Runtime,
  life: Lifetime,
  hear: {
    scored: (frame: ScoredFrame) => void;
    judged: (frame: JudgedFrame) => void;
    renamed: (from: string, to: string) => void;
  },
): void {
  RED.events.on(SCORED, hear.scored);
  RED.events.on(JUDGED, hear.judged);
  RED.events.on(RENAMED, hear.renamed);
  life.hold(() => {
    RED.events.removeListener(SCORED, hear.scored);
    RED.events.removeListener(JUDGED, hear.judged);
    RED.events.removeListener(RENAMED, hear.renamed);
  });
}
