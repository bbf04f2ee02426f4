import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeRedProcess } from "../../scripts/demo/node-red-process";
import { ROOT } from "../support/shared-data";
import { eventually, learn, loadSmallExample, press } from "./small-example";

describe("small examples run from their buttons", function () {
  this.timeout(180_000);
  let nodeRed: NodeRedProcess;
  let temporary: string;

  before(async () => {
    temporary = mkdtempSync(join(tmpdir(), "golden-sample-examples-"));
    nodeRed = await NodeRedProcess.start({ userDir: temporary, nodesDir: [ROOT] });
  });
  after(async () => {
    await nodeRed?.stop();
    rmSync(temporary, { recursive: true, force: true });
  });

  for (const name of ["first-flow.json", "region-of-interest.json"]) {
    it(name, async () => {
      const flow = await loadSmallExample(name, temporary);
      await nodeRed.deploy(flow);
      await learn(nodeRed, flow);
      const verdicts = (): number => nodeRed.log().match(/verdict: '(ok|anomaly)'/g)?.length ?? 0;
      const before = verdicts();
      await press(nodeRed, flow, "parts to inspect");
      await eventually("a verdict is shown", async () => verdicts() > before);
    });
  }

  it("region-of-interest.json shows where it looks", async () => {
    const answer = await fetch(new URL("inspection/mask.jpg", nodeRed.url));
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
  });
});
