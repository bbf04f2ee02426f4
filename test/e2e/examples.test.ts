import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FlowNode } from "../../scripts/demo/node-red-process";
import { ROOT } from "../support/shared-data";

const OWN = [
  "anomaly-backbone",
  "anomaly-bank",
  "anomaly-batch",
  "anomaly-build",
  "anomaly-mask",
  "anomaly-score",
  "anomaly-station",
  "anomaly-threshold",
] as const;
/** Of Node-RED's own nodes, those the examples may use: they are in 4.1 and 5 alike. */
const CORE = [
  "tab",
  "comment",
  "inject",
  "debug",
  "catch",
  "function",
  "change",
  "link in",
  "link out",
  "split",
  "file in",
  "http in",
  "http response",
  "mqtt-broker",
  "mqtt in",
  "mqtt out",
  "tcp request",
  "http request",
  "watch",
  "trigger",
  "file",
  "exec",
];

/** Of other packages, which the example's own comment asks to install. */
const PALETTE: Record<string, readonly string[]> = {
  "station-modbus-palette.json": ["modbus-client", "modbus-read", "modbus-write"],
  "station-mqtt.json": ["status"],
  "station-s7.json": ["s7 endpoint", "s7 in", "s7 out"],
};

describe("examples", () => {
  const directory = join(ROOT, "examples");
  const examples = readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({
      name,
      flow: JSON.parse(readFileSync(join(directory, name), "utf8")) as FlowNode[],
    }));

  for (const { name, flow } of examples) {
    it(`${name} can be imported as it stands`, () => {
      const ids = new Set(flow.map((node) => node.id));
      assert.equal(ids.size, flow.length, "each id once");
      const known = [...OWN, ...CORE, ...(PALETTE[name] ?? [])];
      const strangers = flow.map((node) => node.type).filter((type) => !known.includes(type));
      assert.deepEqual(strangers, [], "only core nodes, our own, and those that it is about");
      for (const node of flow) {
        const wires = [...((node.wires as string[][] | undefined) ?? []), (node.links as string[] | undefined) ?? []];
        for (const wire of wires.flat()) assert.ok(ids.has(wire), wire);
        for (const reference of ["z", "bank", "backbone", "broker"]) {
          const target = node[reference];
          // A broker node's own "broker" is a host name.
          if (node.type !== "mqtt-broker" && typeof target === "string") assert.ok(ids.has(target), reference);
        }
      }
      const comment = flow.find((node) => node.type === "comment");
      assert.ok(typeof comment?.info === "string" && comment.info.length > 100, "a comment node explains it");
    });
  }

  it("are all that the editor's menu of examples has: no folder without flows", () => {
    // Node-RED lists every folder of a package's examples, also one that has no flow for it.
    const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { files: string[] };
    assert.deepEqual(
      files.filter((pattern) => pattern.startsWith("examples")),
      ["examples/*.json"],
    );
  });

  it("use every node type of the package", () => {
    const used = new Set(examples.flatMap(({ flow }) => flow.map((node) => node.type)));
    assert.deepEqual(
      OWN.filter((type) => !used.has(type)),
      [],
    );
  });

  it("each have banks of their own", () => {
    const names = examples.flatMap(({ flow }) =>
      flow.filter((node) => node.type === "anomaly-bank").map((node) => node.name),
    );
    assert.equal(new Set(names).size, names.length);
  });
});
