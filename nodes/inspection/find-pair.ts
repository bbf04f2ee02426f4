import { GoldenSampleError, sentence } from "../../lib";
import type { InspectedThreshold } from "../shared/inspected-threshold";
import type { RunningNode, Runtime } from "../shared/node-red";
import type { Inspections } from "./inspections";
import type { Pair } from "./pair";
import type { Part } from "./part";

/** A threshold node that was followed, and what it has judged. */
export interface FoundPair {
  id: string;
  node: RunningNode;
  pair: Pair;
  threshold: InspectedThreshold;
}

/** @throws {GoldenSampleError} BAD_REQUEST where no such node is deployed, or it has judged nothing yet */
export function findPair(RED: Runtime, inspections: Inspections, id = ""): FoundPair {
  const pair = inspections.get(id);
  const node = RED.nodes.getNode(id) as (RunningNode & { inspected?: InspectedThreshold }) | null;
  if (pair && node?.inspected) return { id, node, pair, threshold: node.inspected };
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[nothingJudged] No part has been judged there yet: deploy an anomaly-threshold node behind an anomaly-score node and send it a picture.`,
  );
}

/** @throws {GoldenSampleError} BAD_REQUEST where it is not among those that are kept */
export function findPart({ pair }: FoundPair, number = ""): Part {
  const part = pair.part(Number(number));
  if (part) return part;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[partGone] Part ${{ number: number.slice(0, 20) }} is not kept any more: choose a newer one.`,
  );
}
