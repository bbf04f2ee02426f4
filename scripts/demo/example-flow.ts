import { readFile } from "node:fs/promises";
import type { FlowNode } from "./node-red-process";

/** What of the shipped example differs on this machine. */
export interface FlowAddresses {
  brokerPort: number;
  plcPort: number;
  /** How many good parts the build node learns from. */
  references: number;
  /** How long after its frame a part may pass, in milliseconds; absent: the example's own. */
  freshMs?: number;
  /** False: no defects are made of a bank's references after it is built, which takes processors half a minute. */
  madeDefects?: boolean;
}

/** Reads an example as it is shipped and puts this machine's ports in, as its user would in the editor. */
export async function loadExample(file: string, addresses: FlowAddresses): Promise<FlowNode[]> {
  const flow = JSON.parse(await readFile(file, "utf8")) as FlowNode[];
  for (const node of flow) {
    if (node.type === "mqtt-broker") node.port = String(addresses.brokerPort);
    if (node.type === "tcp request") node.port = String(addresses.plcPort);
    if (node.type === "anomaly-build") node.frames = addresses.references;
    if (node.type === "anomaly-bank" && addresses.madeDefects !== undefined) node.madeDefects = addresses.madeDefects;
    if (node.type === "tab" && addresses.freshMs !== undefined)
      node.env = [{ name: "FRESH_MS", value: String(addresses.freshMs), type: "num" }];
  }
  return flow;
}
