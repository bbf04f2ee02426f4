import type { FlowNode } from "./node-red-process";

/** Where the flow takes pictures. */
export const INSPECT = "inspect";
export const HTTP_RESOLUTION = 112;

/**
 * The smallest flow with an answer to every frame: a picture is POSTed, `{score}` comes back, or `{code}` of the error.
 * Its bank is `part`, of the built-in backbone.
 * @param label of the score node; another one makes the next deploy a change of that node
 */
export function httpFlow(label: string): FlowNode[] {
  const func = (id: string, code: string): FlowNode => ({
    ...{ id, type: "function", z: "tab", func: code, outputs: 1, x: 500, y: id === "good" ? 40 : 80 },
    wires: [["out"]],
  });
  const resolution = String(HTTP_RESOLUTION);
  return [
    { id: "tab", type: "tab", label: "inspection" },
    { id: "backbone", type: "anomaly-backbone", model: "lite", resolution, device: "auto" },
    { id: "bank", type: "anomaly-bank", name: "part", backbone: "backbone" },
    { id: "in", type: "http in", z: "tab", url: `/${INSPECT}`, method: "post", x: 100, y: 40, wires: [["score"]] },
    {
      ...{ id: "score", type: "anomaly-score", z: "tab", name: label, bank: "bank", policy: "block", x: 300, y: 40 },
      wires: [["good"]],
    },
    func("good", "msg.payload = { score: msg.anomaly.score }; msg.statusCode = 200; return msg;"),
    { id: "catch", type: "catch", z: "tab", scope: null, x: 300, y: 80, wires: [["bad"]] },
    func("bad", "msg.payload = { code: msg.error.code }; msg.statusCode = 500; return msg;"),
    { id: "out", type: "http response", z: "tab", x: 700, y: 40, wires: [] },
  ];
}
