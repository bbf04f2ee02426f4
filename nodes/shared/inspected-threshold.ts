import type { AppliedThreshold, ThresholdChange } from "../../lib";

/** What of a threshold node can be asked and changed from outside a flow; a frame's `msg.anomaly` says of which bank. */
export interface InspectedThreshold {
  /** What the node decides by, for this bank, now. */
  thresholdFor(bank: unknown): number;
  /** Whether a frame is over it, or a region of interest over its own; `msg.anomaly` as a score node sets it. */
  isOver(anomaly: unknown): boolean;
  /** Sets another one in its place, until it is undone or the settings or the bank give another one. */
  apply(bank: unknown, threshold: number, by: string): void;
  /** @returns what was taken back, where there was anything */
  undo(bank: unknown, by: string): AppliedThreshold | undefined;
  changes(bank: unknown): readonly ThresholdChange[];
  /** What is known of a bank stays known under its new name. */
  renameBank(from: string, to: string): void;
  /** Keeps a score of which is known what its part is. @param corrected whether it was said to be the other */
  label(anomaly: unknown, defective: boolean, corrected: boolean): { good: number; bad: number };
}
