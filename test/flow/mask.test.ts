import assert from "node:assert/strict";
import { gridNumbers, type MaskResult, type ScoreResult } from "../../lib";
import type { Judged } from "../../nodes/threshold/judge";
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

  describe("with named regions", () => {
    /** No score comes near 9, and every one is over 0.0001. */
    const half = (name: string, x: number, threshold?: number | string) => ({
      ...{ kind: "rectangle", x, y: 0, width: 0.5, height: 1, name },
      ...(threshold !== undefined && { threshold }),
    });
    const line = (include: unknown[], settings: Partial<FlowNode> = {}): FlowNode[] => [
      ...flow({ include, wires: [["score"]], ...settings }),
      { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["threshold"]] },
      {
        ...{ id: "threshold", type: "anomaly-threshold", z: "tab", mode: "fixed", threshold: 9 },
        wires: [["ok"], ["anomaly"], ["unlike"]],
      },
      ...["ok", "anomaly", "unlike"].map((id) => ({ id, type: "helper", z: "tab" })),
    ];
    const judged = async (output: string) => (await test.inbox(output).first()).anomaly as Judged;
    const told = ({ regionsOfInterest = [] }: Judged) =>
      regionsOfInterest.map(({ name, threshold, over, verdict }) => [name, threshold, over, verdict]);

    beforeEach(() => buildBank(test.banks));

    it("judges each by its own threshold, and the frame by the worst of them", async () => {
      await test.start(line([half("left", 0, "0.0001"), half("right", 0.5)]));
      test.send({ payload: picture });
      const anomaly = await judged("anomaly");
      assert.deepEqual(told(anomaly), [
        ["left", 0.0001, true, "anomaly"],
        ["right", 9, false, "ok"],
      ]);
      // By its own score alone the frame would be good.
      assert.ok(anomaly.score < anomaly.threshold && anomaly.over && anomaly.verdict === "anomaly");
      const scores = anomaly.regionsOfInterest!.map(({ score }) => score!);
      assert.ok(Math.max(...scores) <= anomaly.score + 1e-6);
      await until(() => test.statuses("threshold").some((status) => status.endsWith("anomaly: left")));
    });

    it("lets a frame pass whose regions are all under theirs, and judges the rest by the node's", async () => {
      await test.start(
        line([
          half("left", 0, 8),
          [
            [0.5, 0],
            [1, 0],
            [1, 1],
            [0.5, 1],
          ],
        ]),
      );
      test.send({ payload: picture });
      assert.deepEqual(told(await judged("ok")), [
        ["left", 8, false, "ok"],
        ["", 9, false, "ok"],
      ]);
    });

    it("never says ok of one that was not looked at", async () => {
      const right = [
        [0.5, 0],
        [1, 0],
        [1, 1],
        [0.5, 1],
      ];
      await test.start(line([half("left", 0), half("right", 0.5)], { exclude: [right] }));
      test.send({ payload: picture });
      const { verdict, health, regionsOfInterest } = await judged("unlike");
      assert.deepEqual([verdict, health!.cause], ["unlike", "masked"]);
      assert.match(String(health!.reason), /region "right"/);
      assert.equal(regionsOfInterest!.find(({ name }) => name === "right")!.verdict, "unlike");
      assert.deepEqual(test.inbox("ok").messages, []);
    });
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
    [
      "a rectangle that reaches out of the image",
      { include: [{ kind: "rectangle", x: 0.6, y: 0, width: 0.5, height: 1 }] },
      undefined,
      "BAD_REQUEST",
    ],
    [
      "a threshold without a name",
      { include: [{ kind: "polygon", corners: LEFT, threshold: 1 }] },
      undefined,
      "BAD_REQUEST",
    ],
    [
      "two thresholds for one region",
      { include: [1, 2].map((threshold) => ({ kind: "polygon", corners: LEFT, name: "lid", threshold })) },
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
