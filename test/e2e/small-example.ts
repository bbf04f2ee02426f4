import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";

const REFERENCES = 2;

/** An example with buttons for good parts and for parts to inspect, filled in as its read-me asks its user to. */
export async function loadSmallExample(file: string, directory: string): Promise<FlowNode[]> {
  const flow = JSON.parse(await readFile(join(ROOT, "examples", file), "utf8")) as FlowNode[];
  const paths = Array.from({ length: REFERENCES + 1 }, (_, seed) => join(directory, `part-${seed}.jpg`));
  for (const [seed, path] of paths.entries()) await writeFile(path, await renderPart(seed));
  for (const node of flow) {
    const own = node.name === "good parts" ? paths.slice(0, REFERENCES) : paths.slice(REFERENCES);
    const [prop] = (node.props ?? []) as { v: string }[];
    if (prop?.v.startsWith("[")) node.props = [{ p: "payload", v: JSON.stringify(own), vt: "json" }];
    if (node.type === "anomaly-build") node.frames = REFERENCES;
    // They would be painted and scored for half a minute beside what is tested here.
    if (node.type === "anomaly-bank") node.madeDefects = false;
    // What the debug sidebar would show goes to the log, where a test can read it.
    if (node.type === "debug") node.console = true;
  }
  return flow;
}

/** Presses the button of the inject node called so. */
export async function press(nodeRed: NodeRedProcess, flow: readonly FlowNode[], name: string): Promise<void> {
  const { id } = flow.find((node) => node.name === name)!;
  const { ok, status } = await fetch(new URL(`inject/${id}`, nodeRed.url), { method: "POST" });
  assert.ok(ok, `${name}: ${status}`);
}

/** Learns the good parts of a small example and waits till its bank is there. */
export async function learn(nodeRed: NodeRedProcess, flow: readonly FlowNode[]): Promise<void> {
  const { name } = flow.find((node) => node.type === "anomaly-bank")!;
  await press(nodeRed, flow, "good parts");
  await eventually("the bank is built", async () => {
    const state = await fetch(new URL(`golden-sample/banks/${String(name)}`, nodeRed.url));
    return ((await state.json()) as { version?: number }).version === 1;
  });
}

/** Asks again and again, a minute long at most. */
export async function eventually(what: string, happened: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await happened()) return;
    await pause(200);
  }
  assert.fail(`never: ${what}`);
}
