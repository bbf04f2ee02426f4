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

export interface Judged {
  verdict: string;
  threshold: number;
  mode: string;
  margin: number;
  over: boolean;
  falseRejectRate?: {
    asked: number;
    promised: boolean;
    smallest: number;
    rule: string;
    expected: number;
    low: number;
    high: number;
    weak: boolean;
    words: string;
  };
  labelled?: { goal: string; good: number; defective: number; words: string };
  labels?: { good: number; bad: number; ofAnotherBuild?: { good: number; bad: number } };
  probability?: number;
  drift?: { state: string };
  finds?: { share: number; pixels: number; low: number; high: number; enough: boolean };
}
export const judged = (message: Message) => message.anomaly as Judged;
