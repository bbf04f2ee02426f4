import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
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

  it("teach-the-line.json tells a dead lamp from a part, and takes what people say of the last one", async () => {
    const flow = await loadSmallExample("teach-the-line.json", temporary);
    await nodeRed.deploy(flow);
    await learn(nodeRed, flow);
    await press(nodeRed, flow, "the lamp is dead");
    await logged("maintenance is called", /no part was judged: .*dark/);
    await press(nodeRed, flow, "parts to inspect");
    await logged("a verdict is shown", /labels: \{ good: 0, bad: 0 \}/);
    await press(nodeRed, flow, "it was a false alarm");
    await logged("the false alarm is answered", /action: 'ok'/);
    await press(nodeRed, flow, "it was a defect");
    await logged("the defect is answered", /action: 'defect'/);
    await press(nodeRed, flow, "label it good");
    await press(nodeRed, flow, "label it bad");
    await press(nodeRed, flow, "parts to inspect");
    await logged("the labels count", /labels: \{ good: 1, bad: 1 \}/);
  });

  it("sort-a-batch.json lists all pictures of a batch, the most unusual first, and names the odd one", async () => {
    const flow = await loadSmallExample("sort-a-batch.json", temporary);
    const tray = await Promise.all([0, 1, 2, 3].map((seed) => picture(`tray-${seed}.jpg`, seed, seed === 2)));
    const inject = flow.find(({ type }) => type === "inject")!;
    inject.props = [{ p: "payload", v: JSON.stringify(tray), vt: "json" }];
    await nodeRed.deploy(flow);
    await press(nodeRed, flow, "pictures of a tray");
    await logged("the list is shown", /(?:picture: '[^']*tray-\d\.jpg'[\s\S]*?){4}/);
    const listed = [...nodeRed.log().matchAll(/picture: '[^']*tray-(\d)\.jpg',\s*score: ([\d.]+)/g)].map(
      ([, seed, score]) => ({ seed, score }),
    );
    assert.deepEqual([listed.length, listed[0]?.seed], [4, "2"]);
    await logged("the odd one is named", /batch: \{ index: \d, size: 4 \}/);
    // By its score, not by its place in the batch: files are read side by side and come as they are ready.
    const named = [...nodeRed.log().matchAll(/\[debug:odd ones\] \n\{\n {2}score: ([\d.]+)/g)].map(
      ([, score]) => score,
    );
    assert.deepEqual(named, [listed[0]?.score]);
  });

  // The log has the last lines only, so what is looked for must be said by this example alone.
  const logged = (what: string, pattern: RegExp) => eventually(what, async () => pattern.test(nodeRed.log()));

  async function picture(name: string, seed: number, isBad: boolean): Promise<string> {
    const path = join(temporary, name);
    await writeFile(path, await renderPart(seed, isBad ? "scratch" : undefined));
    return path;
  }
});
