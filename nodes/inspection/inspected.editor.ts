import { askRuntime } from "../shared/form.editor";

/** What the runtime tells of a threshold node and what it has judged. */

export const TYPE = "anomaly-inspection";

export type Verdict = "ok" | "anomaly" | "unlike";
export interface ListedPart {
  number: number;
  time: number;
  score: number;
  threshold: number;
  verdict: Verdict;
  cause?: string;
  label?: "good" | "defect";
  hasPicture: boolean;
}
export interface ListedPair {
  id: string;
  name: string;
  bank: string;
  /** When its parts began at number 1. */
  began: number;
  counts: Record<Verdict | "dropped", number>;
}
export interface InspectedPair extends ListedPair {
  version?: number;
  backbone?: string;
  runtime?: { name: string; device: string; reason?: string };
  rate: number;
  p50: number;
  p95: number;
  threshold: number;
  mode?: string;
  changes: { time: string; by: string; action: "apply" | "undo"; before: number; after: number }[];
  /** Score, and 1 where it was rejected. */
  scores: [number, 0 | 1][];
  references: number[];
  /** Score with the defect and without it. */
  defects: [number, number][];
  parts: ListedPart[];
}
export interface ExplainedPart extends ListedPart {
  /** Base64. */
  picture: string;
  heat: string;
  worst?: { reference?: number; patch: string; golden?: string };
}
export interface Replayed {
  parts: { number: number; before: number; score: number; over: boolean; wasOver: boolean }[];
  lost: number;
  rejected: number;
  passed: number;
}

const of = (node: string, rest = "") => `inspection/${encodeURIComponent(node)}${rest}`;

export const ask = {
  pairs: async () => ((await askRuntime(TYPE, "GET", "inspection")) as { pairs: ListedPair[] }).pairs,
  pair: async (node: string) => (await askRuntime(TYPE, "GET", of(node))) as InspectedPair,
  part: async (node: string, number: number) =>
    (await askRuntime(TYPE, "GET", of(node, `/parts/${number}`))) as ExplainedPart,
  thumbnail: (node: string, number: number) => of(node, `/parts/${number}/thumbnail`),
  label: async (node: string, number: number, label: "good" | "defect") =>
    (await askRuntime(TYPE, "POST", of(node, `/parts/${number}/label`), { label })) as ListedPart,
  addReference: async (node: string, number: number) =>
    (await askRuntime(TYPE, "POST", of(node, `/parts/${number}/reference`), {})) as {
      name: string;
      references: number;
    },
  replay: async (node: string) => (await askRuntime(TYPE, "POST", of(node, "/replay"), {})) as Replayed,
  setThreshold: async (node: string, threshold: number) =>
    (await askRuntime(TYPE, "POST", of(node, "/threshold"), { threshold })) as InspectedPair,
  undoThreshold: async (node: string) =>
    (await askRuntime(TYPE, "POST", of(node, "/threshold/undo"), {})) as InspectedPair,
};
