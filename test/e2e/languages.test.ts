import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { ROOT } from "../support/shared-data";

/** What comes goes to a score node without a bank, and its error is the answer. */
function flow(): FlowNode[] {
  const on = { z: "tab", x: 100, y: 100 };
  return [
    { id: "tab", type: "tab", label: "line" },
    { ...on, id: "in", type: "http in", url: "/frame", method: "post", upload: false, wires: [["score"]] },
    { ...on, id: "score", type: "anomaly-score", bank: "", property: "payload", wires: [[]] },
    { ...on, id: "catch", type: "catch", scope: ["score"], uncaught: false, wires: [["said"]] },
    {
      ...{ ...on, id: "said", type: "change", wires: [["out"]] },
      rules: [{ t: "set", p: "payload", pt: "msg", to: "error", tot: "msg" }],
    },
    { ...on, id: "out", type: "http response", statusCode: "200", wires: [] },
  ];
}

describe("a Node-RED of another language", function () {
  this.timeout(180_000);

  for (const [lang, said] of [
    ["de", /^Der Node hat keine Bank, oder sie ist deaktiviert: /],
    ["ja", /^ノードにバンクがないか、無効です。/],
    ["zh-CN", /^节点没有记忆库，或已被禁用：/],
  ] as const) {
    it(`has its nodes' errors in ${lang}, with the code and the English behind`, async () => {
      const temporary = mkdtempSync(join(tmpdir(), "golden-sample-language-"));
      const nodeRed = await NodeRedProcess.start({ userDir: temporary, nodesDir: [ROOT], lang });
      try {
        await nodeRed.deploy(flow());
        const answer = await fetch(new URL("frame", nodeRed.url), {
          method: "POST",
          headers: { "Content-Type": "image/jpeg" },
          body: new Uint8Array([0xff, 0xd8]),
          signal: AbortSignal.timeout(60_000),
        });
        const error = (await answer.json()) as { message: string; code: string };
        assert.match(error.message, said);
        assert.equal(error.code, "BAD_REQUEST");
      } finally {
        await nodeRed.stop();
        rmSync(temporary, { recursive: true, force: true });
      }
    });
  }
});
