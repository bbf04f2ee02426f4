import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { Judged } from "../../nodes/threshold/judge";
import { partJpeg } from "../support/pictures";
import {
  assertSentence,
  BACKBONE,
  BANK,
  buildBank,
  type FlowNode,
  FlowTest,
  type Message,
  TAB,
  until,
  WATCH,
} from "./harness";

const flow = (threshold: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  BANK,
  { id: "score", type: "anomaly-score", z: "tab", bank: "bank", policy: "block", wires: [["node"]] },
  {
    ...{
      id: "node",
      type: "anomaly-threshold",
      z: "tab",
      name: "line",
      mode: "fixed",
      threshold: "0.1",
      unlike: "off",
    },
    wires: [["out"], ["out"], []],
    ...threshold,
  },
  { id: "out", type: "helper", z: "tab" },
  ...WATCH,
];
interface Taught {
  version?: number;
  references: { file: string; score?: number; outlier: boolean }[];
  build: { said?: string[]; failed?: string };
}
interface Part {
  number: number;
  verdict: string;
  label?: string;
  hasPicture: boolean;
}

describe("the sidebar's endpoints", () => {
  let test: FlowTest;
  let good: Buffer;
  let bad: Buffer;
  const get = (path: string) => test.admin.get(`/golden-sample/inspection${path}`);
  const post = (path: string, body: object = {}) => test.admin.post(`/golden-sample/inspection${path}`).send(body);
  const inspect = async (...pictures: Buffer[]) => {
    const before = test.inbox("out").messages.length;
    for (const payload of pictures) test.send({ payload }, "score");
    await test.inbox("out").take(before + pictures.length);
  };

  before(async () => {
    good = await partJpeg({ seed: 20 });
    bad = await partJpeg({ seed: 21, scratch: true });
  });
  beforeEach(async () => {
    test = new FlowTest();
    await buildBank(test.banks);
  });
  afterEach(() => test.end());

  it("tell what was inspected, by the threshold node that judged it", async () => {
    await test.start(flow(), ["inspection"]);
    assert.deepEqual((await get("")).body, { pairs: [] });
    assert.equal((await get("/node")).body.code, "BAD_REQUEST");
    await inspect(good, bad);
    const { body } = await get("/node");
    assert.deepEqual([body.name, body.bank, body.version], ["line", "part", 1]);
    assert.deepEqual(body.counts, { ok: 1, anomaly: 1, unlike: 0, dropped: 0 });
    const parts = body.parts as Part[];
    assert.deepEqual(
      parts.map(({ number, verdict, hasPicture }) => [number, verdict, hasPicture]),
      [
        [1, "ok", true],
        [2, "anomaly", true],
      ],
    );
    assert.equal((body.references as number[]).length, 4);
    assert.ok((body.p50 as number) > 0 && (body.p95 as number) >= (body.p50 as number));
  });

  it("explain a part in pictures, and show it small", async () => {
    await test.start(flow(), ["inspection"]);
    await inspect(bad);
    const { body } = await get("/node/parts/1");
    const worst = body.worst as Message;
    for (const data of [body.picture, body.heat, worst.patch, worst.golden])
      assert.ok((await sharp(Buffer.from(data as string, "base64")).metadata()).width > 8);
    const small = await get("/node/parts/1/thumbnail");
    assert.equal(small.type, "image/jpeg");
    assert.equal((await get("/node/parts/7")).body.code, "BAD_REQUEST");
  });

  it("keep what people say of a part, and add it to the references once", async () => {
    await test.start(flow({ mode: "labels" }), ["inspection"]);
    await inspect(good, bad);
    const labelled = await post("/node/parts/1/label", { label: "good" });
    assert.deepEqual([labelled.body.label, labelled.body.labels], ["good", { good: 1, bad: 0 }]);
    assert.equal((await post("/node/parts/2/label", { label: "defect" })).status, 200);
    assert.equal((await post("/node/parts/2/label", { label: "nonsense" })).status, 422);
    await inspect(good);
    assert.equal((test.inbox("out").messages.at(-1)!.anomaly as Message).mode, "labels");
    const added = await post("/node/parts/1/reference");
    assert.deepEqual(added.body, { name: "part", references: 5 });
    assert.equal((await post("/node/parts/1/reference")).body.code, "BAD_REQUEST");
  });

  it("count a label for the bank that scored its part, whatever the line inspects by now", async () => {
    await buildBank(test.banks, "lid", 4, 30);
    await test.start(flow({ mode: "labels" }), ["inspection"]);
    await inspect(good, bad);
    test.send({ payload: good, bank: "lid" }, "score");
    await test.inbox("out").take(3);
    await post("/node/parts/1/label", { label: "good" });
    const { body } = await post("/node/parts/2/label", { label: "defect" });
    assert.deepEqual(body.labels, { good: 1, bad: 1 });
    await inspect(good);
    test.send({ payload: good, bank: "lid" }, "score");
    const [part, lid] = (await test.inbox("out").take(5)).slice(3).map(({ anomaly }) => anomaly as Judged);
    assert.deepEqual([part!.bank!.name, part!.mode, part!.labels], ["part", "labels", { good: 1, bad: 1 }]);
    assert.deepEqual([lid!.bank!.name, lid!.mode, lid!.labels], ["lid", "balanced", { good: 0, bad: 0 }]);
  });

  it("add a part to the references of the bank that scored it, whatever its node is set to by now", async () => {
    await buildBank(test.banks, "lid", 4, 30);
    await test.start(flow(), ["inspection"]);
    await inspect(good);
    const { body: before } = await get("/node/parts/1");
    await test.deploy(flow().map((node) => (node.id === "bank" ? { ...node, name: "lid" } : node)));
    assert.deepEqual((await post("/node/parts/1/reference")).body, { name: "part", references: 5 });
    await inspect(bad);
    assert.equal((await get("/node/parts/1")).body.heat, before.heat);
    assert.equal((await post("/node/parts/2/reference")).body.name, "lid");
  });

  it("count a part once whose label is corrected", async () => {
    await test.start(flow({ mode: "labels" }), ["inspection"]);
    await inspect(good, bad);
    await post("/node/parts/1/label", { label: "defect" });
    const corrected = await post("/node/parts/1/label", { label: "good" });
    assert.deepEqual([corrected.body.label, corrected.body.labels], ["good", { good: 1, bad: 0 }]);
    assert.deepEqual((await post("/node/parts/2/label", { label: "defect" })).body.labels, { good: 1, bad: 1 });
  });

  it("set a threshold at once, note who did, and take it back", async () => {
    await test.start(flow(), ["inspection"]);
    await inspect(bad);
    const score = ((await get("/node")).body.parts as { score: number }[])[0]!.score;
    const applied = await post("/node/threshold", { threshold: score + 1 });
    assert.deepEqual([applied.body.threshold, applied.body.mode], [score + 1, "fixed"]);
    await inspect(bad);
    const { anomaly } = test.inbox("out").messages.at(-1)! as { anomaly: Message };
    assert.deepEqual([anomaly.verdict, anomaly.mode], ["ok", "applied"]);
    assert.equal((anomaly.applied as Message).instead, 0.1);
    await test.deploy(flow());
    await inspect(bad);
    assert.equal((test.inbox("out").messages.at(-1)!.anomaly as Message).verdict, "ok");
    const undone = await post("/node/threshold/undo");
    assert.equal(undone.body.threshold, 0.1);
    const changes = undone.body.changes as { action: string; by: string; before: number; after: number }[];
    assert.deepEqual(
      changes.map(({ action, by, before, after }) => [action, by, before, after]),
      [
        ["apply", "editor", 0.1, score + 1],
        ["undo", "editor", score + 1, 0.1],
      ],
    );
    assert.equal((await post("/node/threshold/undo")).status, 422);
    assert.equal((await post("/node/threshold", { threshold: "much" })).status, 422);
    const file = join(test.userDir, "golden-sample", "thresholds", "node.json");
    await until(() => /undo/.test(readFileSync(file, "utf8")));
  });

  it("forget a threshold that was set once the node is set otherwise", async () => {
    await test.start(flow(), ["inspection"]);
    await inspect(bad);
    await post("/node/threshold", { threshold: 1000 });
    await test.deploy(flow({ threshold: "0.2" }));
    await inspect(bad);
    const { verdict, threshold } = test.inbox("out").messages.at(-1)!.anomaly as Message;
    assert.deepEqual([verdict, threshold], ["anomaly", 0.2]);
  });

  it("teach a bank: pictures added one by one, each with its score after the build, and one removed", async () => {
    await test.start(flow(), ["inspection"]);
    const teach = (path: string) => test.admin.post(`/golden-sample/teach/bank${path}`);
    const upload = (path: string, data: Buffer) =>
      teach(path).set("Content-Type", "application/octet-stream").send(data);
    assert.deepEqual((await upload("/references", await partJpeg({ seed: 30 }))).body, { references: 5 });
    assert.equal((await upload("/references", await partJpeg({ seed: 30 }))).body.code, "BAD_REQUEST");
    assert.equal((await upload("/references", Buffer.from("no picture"))).body.code, "BAD_IMAGE");
    const taught = async () => (await test.admin.get("/golden-sample/teach/bank")).body as unknown as Taught;
    assert.deepEqual(
      (await taught()).references.map(({ score }) => score !== undefined),
      [true, true, true, true, false],
    );
    await teach("/build").send({});
    let now = await taught();
    while (!now.build.said && !now.build.failed) now = await taught();
    assert.deepEqual([now.version, now.build.failed], [2, undefined]);
    assert.ok(now.references.every(({ score, outlier }) => score !== undefined && !outlier));
    const { file } = now.references[4]!;
    assert.deepEqual((await teach("/remove").send({ file })).body, { references: 4 });
    await upload("/send", bad);
    const { anomaly } = (await test.inbox("out").first()) as { anomaly: Message };
    assert.equal(anomaly.verdict, "anomaly");
  });

  it("capture the next frames of the line, of which those accepted become references", async () => {
    await test.start(flow(), ["inspection"]);
    const ask = (path: string, body: object = {}) => test.admin.post(`/golden-sample/teach/bank/${path}`).send(body);
    await ask("capture", { count: 2 });
    await inspect(good, bad, await partJpeg({ seed: 22 }));
    const { body } = await test.admin.get("/golden-sample/teach/bank/capture");
    const numbers = (body.frames as { number: number }[]).map(({ number }) => number);
    assert.deepEqual([body.isComplete, numbers], [true, [1, 2]]);
    const picture = await test.admin.get("/golden-sample/teach/bank/capture/2");
    assert.deepEqual([picture.status, picture.type], [200, "image/jpeg"]);
    await ask("capture/2/discard");
    const accepted = await ask("capture/1/accept");
    assert.deepEqual([accepted.status, accepted.body.frames], [200, []]);
    const { body: taught } = await test.admin.get("/golden-sample/teach/bank");
    assert.equal((taught as unknown as Taught).references.length, 5);
    const gone = await ask("capture/1/accept");
    assert.deepEqual([gone.status, gone.body.code], [422, "BAD_REQUEST"]);
  });

  it("rename a bank under way: its node goes on with it, and with what the threshold node knows of it", async () => {
    await test.start(flow(), ["inspection"]);
    await inspect(good, bad);
    await post("/node/parts/1/label", { label: "good" });
    await post("/node/threshold", { threshold: 0.25 });
    const { body } = await test.admin.get("/golden-sample/banks/part/uses");
    assert.deepEqual(body.uses, [{ id: "score", type: "anomaly-score", name: "", flow: "test" }]);
    const renamed = await test.admin.post("/golden-sample/banks/part/rename").send({ to: "lid" });
    assert.deepEqual([renamed.status, renamed.body.version], [200, 1], JSON.stringify(renamed.body));
    await inspect(good);
    const { bank, threshold, labels } = test.inbox("out").messages.at(-1)!.anomaly as Judged;
    assert.deepEqual([bank!.name, threshold, labels], ["lid", 0.25, { good: 1, bad: 0 }]);
    await until(() => test.statuses("score").some((status) => status.includes("lid v1")));
    const labelled = await post("/node/parts/2/label", { label: "defect" });
    assert.deepEqual(labelled.body.labels, { good: 1, bad: 1 });
    assert.deepEqual((await post("/node/parts/1/reference")).body, { name: "lid", references: 5 });
    const taken = await test.admin.post("/golden-sample/banks/lid/rename").send({ to: "../other" });
    assert.deepEqual([taken.status, taken.body.code], [422, "BAD_REQUEST"]);
  });

  it("know of nodes in subflows that a bank is used there, and rename it in what their thresholds know, too", async () => {
    const subflow: FlowNode[] = [
      {
        ...{ id: "camera", type: "subflow", name: "Camera", env: [{ name: "BANK", type: "str", value: "bank" }] },
        in: [{ wires: [{ id: "scoring" }] }],
        out: [0, 1].map((port) => ({ wires: [{ id: "judging", port }] })),
      },
      { id: "scoring", type: "anomaly-score", z: "camera", bank: `\${BANK}`, policy: "block", wires: [["judging"]] },
      { id: "judging", type: "anomaly-threshold", z: "camera", unlike: "off", wires: [[], []] },
      { id: "score", type: "subflow:camera", z: "tab", wires: [["out"], ["out"]] },
    ];
    await test.start([TAB, BACKBONE, BANK, ...subflow, { id: "out", type: "helper", z: "tab" }], ["inspection"]);
    await inspect(good);
    await post("/score-judging/parts/1/label", { label: "good" });
    await post("/score-judging/threshold", { threshold: 0.25 });
    const { body } = await test.admin.get("/golden-sample/banks/part/uses");
    assert.deepEqual(body.uses, [{ id: "score-scoring", type: "anomaly-score", name: "", flow: "Camera" }]);
    assert.equal((await test.admin.post("/golden-sample/banks/part/delete").send({})).status, 422);
    const renamed = await test.admin.post("/golden-sample/banks/part/rename").send({ to: "lid" });
    assert.equal(renamed.status, 200);
    await inspect(good);
    const { bank, threshold, labels } = test.inbox("out").messages.at(-1)!.anomaly as Judged;
    assert.deepEqual([bank!.name, threshold, labels], ["lid", 0.25, { good: 1, bad: 0 }]);
  });

  it("delete no bank that a deployed node uses without saying so", async () => {
    await test.start(flow(), ["inspection"]);
    const refused = await test.admin.post("/golden-sample/banks/part/delete").send({});
    assert.deepEqual([refused.status, refused.body.code], [422, "BAD_REQUEST"]);
    assert.match(String(refused.body.message), /anomaly-score in flow "test"/);
    const { status } = await test.admin.post("/golden-sample/banks/part/delete").send({ inUse: true });
    assert.equal(status, 200);
    test.send({ payload: good }, "score");
    assertSentence((await test.inbox("caught").first()).error, "BANK_NOT_BUILT");
  });

  it("inspect the kept parts again, and say what would change", async () => {
    await test.start(flow(), ["inspection"]);
    await inspect(good, bad);
    await post("/node/threshold", { threshold: 1000 });
    const { body } = await post("/node/replay");
    assert.deepEqual([body.rejected, body.passed, body.lost, (body.parts as unknown[]).length], [0, 1, 0, 2]);
  });
});
