import assert from "node:assert/strict";
import type { FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";

/** Pictures come over HTTP; each is answered with its verdict once it is judged. */
export function inspectionFlow(frames: number): FlowNode[] {
  const on = { z: "tab", y: 100 };
  return [
    { id: "tab", type: "tab", label: "line" },
    { id: "backbone", type: "anomaly-backbone", model: "lite", resolution: 224, device: "auto" },
    { id: "bank", type: "anomaly-bank", name: "part", backbone: "backbone", madeDefects: false },
    { ...on, id: "in", type: "http in", url: "/frame", method: "post", upload: false, x: 100, wires: [["build"]] },
    {
      ...{
        ...on,
        id: "build",
        type: "anomaly-build",
        bank: "bank",
        mode: "first",
        frames,
        property: "payload",
        x: 260,
      },
      wires: [["out"], ["score"]],
    },
    {
      ...{ ...on, id: "score", type: "anomaly-score", bank: "bank", property: "payload", policy: "block", x: 440 },
      wires: [["threshold"]],
    },
    {
      ...{ ...on, id: "threshold", type: "anomaly-threshold", name: "line 1", mode: "balanced", output: "result" },
      ...{ frames: 1, unlike: "also", drift: false, stale: 0, x: 640, wires: [["out"], ["out"], []] },
    },
    { ...on, id: "out", type: "http response", statusCode: "200", x: 840, wires: [] },
  ];
}

/** @returns the verdict, once it is there; nothing of a frame that was learnt */
export async function inspect(nodeRed: NodeRedProcess, picture: Buffer): Promise<string | undefined> {
  const response = await fetch(new URL("frame", nodeRed.url), {
    method: "POST",
    headers: { "Content-Type": "image/jpeg" },
    body: new Uint8Array(picture),
    signal: AbortSignal.timeout(60_000),
  });
  assert.equal(response.status, 200);
  return ((await response.json()) as { verdict?: string }).verdict;
}
