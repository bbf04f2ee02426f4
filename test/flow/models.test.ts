import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILT_IN } from "../../lib/backbone/built-in/names";
import { answer, type ModelServer, serveModel, slow } from "../support/model-server";
import { partJpeg } from "../support/pictures";
import { tinyBackbone } from "../support/tiny-backbone";
import { BACKBONE, BANK, type FlowNode, FlowTest, TAB, until, WATCH } from "./harness";

describe("a backbone by name", () => {
  let test: FlowTest;
  let server: ModelServer;
  beforeEach(async () => {
    test = new FlowTest();
    server = await serveModel(tinyBackbone());
    const directory = join(test.userDir, "golden-sample", "models");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "models.json"), JSON.stringify([server.entry()]));
  });
  afterEach(async () => {
    await test.end();
    await server.close();
  });

  const flow = (fallback: boolean): FlowNode[] => [
    TAB,
    { ...BACKBONE, model: "named", modelName: "tiny", mirror: server.address, fallback },
    BANK,
    { id: "node", type: "anomaly-build", z: "tab", bank: "bank", mode: "first", frames: "2", wires: [[], ["score"]] },
    { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["out"]] },
    { id: "out", type: "helper", z: "tab" },
    ...WATCH,
  ];
  async function learnAndScore(): Promise<Record<string, unknown>> {
    for (const seed of [1, 2]) test.send({ payload: await partJpeg({ seed }) });
    await test.inbox("completed").take(2);
    test.send({ payload: await partJpeg({ seed: 3 }), topic: "frame" });
    return (await test.inbox("out").first()).anomaly as Record<string, unknown>;
  }

  it("is downloaded when it is first needed, with progress in the status", async () => {
    server.next.push(slow(4, 300));
    await test.start(flow(false));
    const { backbone, fallback } = await learnAndScore();
    assert.deepEqual([backbone, fallback], ["tiny", undefined]);
    assert.ok(
      test.statuses().some((status) => /^blue dot ↓ \d+ %$/.test(status)),
      test.statuses().join("; "),
    );
  });

  it("is replaced by the built-in one where allowed, which the result says", async () => {
    server.next.push(...Array.from({ length: 9 }, () => answer(404)));
    await test.start(flow(true));
    const { backbone, fallback } = await learnAndScore();
    assert.equal(backbone, BUILT_IN);
    assert.match((fallback as { reason: string }).reason, /404/);
    await until(() => test.statuses("score").some((status) => /^yellow ring .* lite$/.test(status)));
  });

  it("is an error with a code where it cannot be had", async () => {
    server.next.push(...Array.from({ length: 9 }, () => answer(404)));
    await test.start(flow(false));
    for (const seed of [1, 2]) test.send({ payload: await partJpeg({ seed }) });
    const { error } = await test.inbox("caught").first();
    assert.equal((error as { code: string }).code, "MODEL_UNAVAILABLE");
    await until(() => test.statuses().includes("red ring status.model"));
  });

  it("can be listed, downloaded, verified and imported from the dialog", async () => {
    await test.start([TAB]);
    const settings = { mirror: server.address, modelName: "tiny" };
    const ask = (what: string, more = {}) =>
      test.admin.post(`/golden-sample/models/${what}`).send({ ...settings, ...more });
    type Listed = { name: string; onDisk: boolean; path: string; download?: { error?: string } };
    const tiny = async () => ((await ask("list")).body.models as Listed[]).find(({ name }) => name === "tiny")!;
    const settled = async () => {
      for (;;) {
        const model = await tiny();
        if (model.onDisk || model.download?.error) return model;
        await new Promise((done) => setTimeout(done, 50));
      }
    };
    assert.equal((await tiny()).onDisk, false);
    assert.equal((await ask("verify")).body.code, "MODEL_UNAVAILABLE");
    server.next.push(answer(403));
    await ask("download");
    assert.match((await settled()).download!.error!, /refuses the file \(403\)/);
    await ask("download");
    const { path } = await settled();
    assert.equal((await ask("verify")).status, 200);
    assert.equal((await ask("import", { file: path })).status, 200);
    assert.equal((await ask("import")).body.code, "BAD_REQUEST");
    assert.equal((await ask("import", { file: "/etc/hostname" })).status, 422);
    const check = { ...BACKBONE, model: "named", ...settings };
    const { body } = await test.admin.post("/golden-sample/backbone/check").send(check);
    assert.deepEqual([body.id, body.dimension], ["tiny", 16]);
    assert.ok((body.milliseconds as number) > 0);
  });
});
