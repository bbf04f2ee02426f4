import type { Judged as JudgedByNode } from "../../nodes/threshold/judge";
import { type FlowNode, type Message, TAB, WATCH } from "./harness";

/** A threshold node with a helper node at each output, one at both outputs of parts, and the settings given. */
export const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  {
    id: "node",
    type: "anomaly-threshold",
    z: "tab",
    mode: "fixed",
    threshold: "0.5",
    wires: [["ok", "order"], ["anomaly", "order"], ["unlike"]],
    ...settings,
  },
  { id: "ok", type: "helper", z: "tab" },
  { id: "anomaly", type: "helper", z: "tab" },
  { id: "order", type: "helper", z: "tab" },
  { id: "unlike", type: "helper", z: "tab" },
  { id: "warn", type: "helper", z: "tab" },
  ...WATCH,
];
/** A frame as a score node sends it, with no more than a threshold is found by. */
export const scored = (score: unknown, calibration?: unknown, version = 1): Message => ({
  payload: "picture",
  topic: "kept",
  anomaly: { score, bank: { name: "part", version, ...(calibration !== undefined && { calibration }) } },
});

export const CALIBRATION = [0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24, 0.26];

/** What a threshold node has made of a frame; what is said of labels, in plain words. */
export type Judged = Omit<JudgedByNode, "labelled"> & {
  labelled?: { goal: string; good: number; defective: number; words: string };
};
export const judged = (message: Message) => message.anomaly as Judged;
