import assert from "node:assert/strict";
import { gridNumbers, type MaskResult, type ScoreResult } from "../../lib";
import { partJpeg } from "../support/pictures";
import { assertSentence, BACKBONE, BANK, buildBank, type FlowNode, FlowTest, TAB, until, WATCH } from "./harness";

const LEFT = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
];

const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  BANK,
  { id: "node", type: "anomaly-mask", z: "tab", bank: "bank", foreground: "off", wires: [["out"]], ...settings },
  { id: "out", type: "helper", z: "tab" },
  ...WATCH,
];

describe("anomaly-mask", () => {
  let test: FlowTest;
  let picture: Buffer;

  before(async () => {
    picture = await partJpeg({ seed: 9 });
  });
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

  const masked = async () => (await test.inbox("out").first()).mask as MaskResult;

  it("looks everywhere where nothing is set", async () => {
    await test.start(flow());
    test.send({ payload: picture, topic: "kept" });
    const message = await test.inbox("out").first();
    const { rows, cols, data, coverage, foreground, picture: drawn } = message.mask as MaskResult;
    assert.deepEqual([message.topic, coverage, foreground.applied, drawn], ["kept", 1, false, undefined]);
    assert.ok(Buffer.isBuffer(data) && data.length === rows * cols);
    assert.equal((message.payload as Buffer).buffer, picture.buffer);
    await until(() => test.statuses().at(-1) === "green dot part \u00b7 100 %");
  });

  it("draws polygons, given as lists or as JSON, and a picture", async () => {
    const corner = [
      [0, 0],
      [1, 0],
      [1, 0.5],
      [0, 0.5],
    ];
    await test.start(flow({ include: JSON.stringify([LEFT]), exclude: [corner], picture: "true" }));
    test.send({ payload: picture });
    const mask = await masked();
    const rows = gridNumbers(mask);
    assert.deepEqual([rows[0]![0], rows.at(-1)![0], rows.at(-1)!.at(-1)], [0, 1, 0]);
    assert.deepEqual([...mask.picture!.subarray(0, 2)], [0xff, 0xd8]);
  });

  it("finds the foreground where it is told to", async () => {
    await test.start(flow({ foreground: "on" }));
    test.send({ payload: picture });
    const { foreground, coverage } = await masked();
    assert.equal(foreground.applied, true);
    assert.ok(coverage > 0 && coverage <= 1);
  });

  it("decides before the first build, and follows the bank after it", async () => {
    await test.start(flow({ foreground: "auto" }));
    test.send({ payload: picture });
    assert.match((await masked()).foreground.reason, /masking (on|off): /);
    await buildBank(test.banks);
    test.send({ payload: picture });
    const [, second] = await test.inbox("out").take(2);
    assert.match((second!.mask as MaskResult).foreground.reason, /only where the bank.s mask is set on/);
  });

  it("tells the score node where to look", async () => {
    await buildBank(test.banks);
    const score = { id: "score", type: "anomaly-score", z: "tab", bank: "bank", map: true, wires: [["scored"]] };
    await test.start([
      ...flow({ include: [LEFT], wires: [["score"]] }),
      score,
      { id: "scored", type: "helper", z: "tab" },
    ]);
    test.send({ payload: await partJpeg({ seed: 10, scratch: true }) });
    const { map, mask } = (await test.inbox("scored").first()).anomaly as ScoreResult;
    const rows = gridNumbers(map!);
    assert.ok(rows.every((row) => row.at(-1) === 0));
    assert.ok(rows.some((row) => row[1]! > 0));
    assert.ok(mask.coverage > 0.4 && mask.coverage < 0.6);
  });

  it("says that it leaves nothing to look at, and so does the verdict", async () => {
    await buildBank(test.banks);
    const all = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    await test.start([
      ...flow({ exclude: [all], wires: [["out", "score"]] }),
      { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["scored", "threshold"]] },
      { id: "scored", type: "helper", z: "tab" },
      {
        id: "threshold",
        type: "anomaly-threshold",
        z: "tab",
        mode: "fixed",
        threshold: 9,
        wires: [["ok"], [], ["unlike"]],
      },
      { id: "ok", type: "helper", z: "tab" },
      { id: "unlike", type: "helper", z: "tab" },
    ]);
    test.send({ payload: picture });
    const { anomaly, payload } = await test.inbox("unlike").first();
    const { verdict, health, mask, score } = anomaly as ScoreResult & { verdict: string };
    assert.deepEqual([verdict, health!.cause, mask.coverage, payload], ["unlike", "masked", 0, true]);
    assert.ok(score > 0);
    assert.deepEqual(test.inbox("ok").messages, []);
    await until(() => test.statuses().includes("red dot part \u00b7 unlike: masked"));
  });

  for (const [what, settings, payload, code] of [
    ["no image", {}, "nonsense", "BAD_IMAGE"],
    ["a polygon of two points", { include: [LEFT.slice(0, 2)] }, undefined, "BAD_REQUEST"],
    [
      "a point outside the image",
      {
        exclude: [
          [
            [0, 0],
            [2, 0],
            [1, 1],
          ],
        ],
      },
      undefined,
      "BAD_REQUEST",
    ],
    ["polygons that are no list", { include: "{" }, undefined, "BAD_REQUEST"],
    ["an unknown foreground", { foreground: "perhaps" }, undefined, "BAD_REQUEST"],
    ["no bank", { bank: "" }, undefined, "BAD_REQUEST"],
  ] as const) {
    it(`refuses ${what}: ${code}`, async () => {
      await test.start(flow(settings as Partial<FlowNode>));
      test.send({ payload: payload ?? picture });
      assertSentence((await test.inbox("caught").first()).error, code);
      assert.deepEqual(test.inbox("out").messages, []);
      await until(() => test.statuses().some((status) => status.startsWith("red ring")));
    });
  }
});
