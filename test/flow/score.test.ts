import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { gridNumbers, type ScoreResult } from "../../lib";
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

const flow = (settings: Partial<FlowNode> = {}, bank: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  { ...BANK, ...bank } as FlowNode,
  {
    id: "node",
    type: "anomaly-score",
    z: "tab",
    bank: "bank",
    property: "payload",
    wires: [["out", "second"]],
    ...settings,
  },
  { id: "out", type: "helper", z: "tab" },
  { id: "second", type: "helper", z: "tab" },
  ...WATCH,
];
const resultOf = (message: Message) => message.anomaly as ScoreResult;

describe("anomaly-score", () => {
  let test: FlowTest;
  let good: Buffer;
  let bad: Buffer;

  beforeEach(async () => {
    test = new FlowTest();
    good = await partJpeg({ seed: 50 });
    bad = await partJpeg({ seed: 51, scratch: true });
  });
  afterEach(() => test.end());

  describe("with a built bank", () => {
    beforeEach(() => buildBank(test.banks));

    it("says once that only the first frame of a film was looked at", async () => {
      await test.start(flow());
      const warned = test.warnings();
      const { data, info } = await sharp(good).raw().toBuffer({ resolveWithObject: true });
      const raw = { width: info.width, height: 2 * info.height, channels: 3 as const, pageHeight: info.height };
      const film = await sharp(Buffer.concat([data, Buffer.from(data).reverse()]), { raw })
        .gif()
        .toBuffer();
      for (const _ of [1, 2]) test.send({ payload: film });
      const messages = await test.inbox("out").take(2);
      for (const message of messages) assert.deepEqual(resultOf(message).image, { width: 160, height: 120, pages: 2 });
      assert.equal(warned().filter((words) => /several pages or frames/.test(words)).length, 1);
    });

    it("sets msg.anomaly and leaves everything else", async () => {
      await test.start(flow({ map: "true", regions: true, overlay: true }));
      const before = Buffer.from(bad);
      test.send({ payload: bad, topic: "camera/1", parts: { id: "p", index: 3 } });
      const message = await test.inbox("out").first();
      const { score, map, regions, overlay, bank, image, timing, grid } = resultOf(message);
      assert.ok(score > 0);
      assert.deepEqual([message.topic, message.parts], ["camera/1", { id: "p", index: 3 }]);
      assert.equal((message.payload as Buffer).buffer, bad.buffer);
      assert.deepEqual(bad, before, "the incoming Buffer was written to");
      assert.deepEqual([bank.name, bank.version, bank.calibration.length], ["part", 1, 4]);
      assert.deepEqual(image, { width: 160, height: 120 });
      assert.deepEqual([map!.rows, map!.cols, map!.dtype], [grid.rows, grid.cols, "float32"]);
      assert.equal(gridNumbers(map!).flat().length, grid.rows * grid.cols);
      assert.ok(Buffer.isBuffer(map!.data) && Buffer.isBuffer(overlay));
      assert.ok(regions!.length > 0);
      assert.ok(timing.total > 0);
    });

    it("scores a defect higher, and leaves out what was not asked for", async () => {
      await test.start(flow());
      test.send({ payload: good });
      test.send({ payload: bad });
      const [first, second] = (await test.inbox("out").take(2)).map(resultOf);
      assert.ok(second!.score > 1.2 * first!.score, `${second!.score} over ${first!.score}`);
      assert.ok(!("map" in first!) && !("regions" in first!) && !("overlay" in first!));
    });

    it("keeps frames in order and is done with each once", async () => {
      await test.start(flow({ policy: "block" }));
      for (let i = 0; i < 12; i++) test.send({ payload: i % 2 ? good : bad, number: i });
      const order = (await test.inbox("out").take(12)).map(({ number }) => number);
      assert.deepEqual(order, [...Array(12).keys()]);
      assert.equal((await test.inbox("completed").take(12)).length, 12);
      assert.deepEqual(test.inbox("caught").messages, []);
    });

    it("shares Buffers between two branches", async () => {
      await test.start(flow({ map: true }));
      test.send({ payload: good });
      const [a, b] = await Promise.all([test.inbox("out").first(), test.inbox("second").first()]);
      assert.notEqual(a, b);
      assert.equal(resultOf(a).map!.data.buffer, resultOf(b).map!.data.buffer);
      assert.equal((a.payload as Buffer).buffer, (b.payload as Buffer).buffer);
    });

    it("takes another bank by msg.bank", async () => {
      await buildBank(test.banks, "other", 2, 70);
      await test.start(flow({}, { version: "1" }));
      test.send({ payload: good, bank: "other" });
      test.send({ payload: good });
      const names = (await test.inbox("out").take(2)).map((message) => resultOf(message).bank.name);
      assert.deepEqual(names, ["other", "part"]);
    });

    it("reads another property, base64, raw pixels and, where allowed, paths", async () => {
      const path = join(test.userDir, "frame.jpg");
      await writeFile(path, good);
      await test.start(flow({ property: "camera.image", allowPaths: true }));
      const raw = { data: Buffer.alloc(160 * 120, 90), width: 160, height: 120, channels: 1 };
      for (const image of [good, good.toString("base64"), raw, path]) test.send({ camera: { image } });
      const scores = (await test.inbox("out").take(4)).map((message) => resultOf(message).score);
      assert.equal(scores[0], scores[1]);
      assert.equal(scores[0], scores[3]);
    });

    it("refuses the bank where the backbone's edges are set otherwise, and names the setting", async () => {
      const cropping = flow().map((node) => (node.id === "backbone" ? { ...node, fit: "crop" } : node));
      await test.start(cropping as FlowNode[]);
      test.send({ payload: good });
      const { error } = await test.inbox("caught").first();
      assertSentence(error, "BANK_MISMATCH");
      assert.match((error as Error).message, /built with fit: all and the backbone is set to fit: crop/);
    });

    it("uses msg.mask", async () => {
      await test.start(flow({ map: true }));
      test.send({ payload: bad });
      const { grid } = resultOf(await test.inbox("out").first());
      const data = Buffer.alloc(grid.rows * grid.cols, 1);
      data.fill(0, 0, Math.floor(grid.rows / 2) * grid.cols);
      test.send({ payload: bad, mask: { ...grid, dtype: "uint8", data, coverage: 0.5 } });
      const [, masked] = (await test.inbox("out").take(2)).map(resultOf);
      assert.equal(masked!.mask.coverage, Math.ceil(grid.rows / 2) / grid.rows);
      assert.equal(masked!.map!.data.readFloatLE(0), 0);
    });

    it("shows the score in its status", async () => {
      await test.start(flow());
      await until(() => test.statuses().includes("green dot part v1"));
      test.send({ payload: good });
      const { score } = resultOf(await test.inbox("out").first());
      await until(() => /^green dot part v1 \u00b7 \d/.test(test.statuses().at(-1)!));
      assert.ok(Math.abs(Number(test.statuses().at(-1)!.split(" ").at(-1)) - score) <= 0.006);
    });

    it("drops the oldest of the frames that wait, tells Catch nodes of each and counts them in its status", async () => {
      await test.start(flow({ inbox: "3" }));
      for (let i = 0; i < 12; i++) test.send({ payload: good, number: i });
      const left = await test.inbox("out").take(5);
      assert.deepEqual(
        left.map(({ number }) => number),
        [0, 1, 9, 10, 11],
      );
      const dropped = await test.inbox("caught").take(7);
      assert.deepEqual(
        dropped.map(({ number }) => number),
        [2, 3, 4, 5, 6, 7, 8],
      );
      for (const { error } of dropped) assertSentence(error, "BUSY");
      await until(() => /^green dot part v1 \u00b7 \d[\d.]* \u00b7 7 dropped$/.test(test.statuses().at(-1)!));
    });

    it("refuses the newest frames where it is set so", async () => {
      await test.start(flow({ policy: "oldest", inbox: 3 }));
      for (let i = 0; i < 8; i++) test.send({ payload: good, number: i });
      const refused = (await test.inbox("caught").take(3)).map(({ number }) => number);
      const left = (await test.inbox("out").take(5)).map(({ number }) => number);
      assert.deepEqual(
        [refused, left],
        [
          [5, 6, 7],
          [0, 1, 2, 3, 4],
        ],
      );
    });

    it("ends a frame at its deadline with an error, and goes on", async () => {
      await test.start(flow({ deadline: "60000" }));
      test.send({ payload: good, deadline: 0.001, number: 0 });
      const late = await test.inbox("caught").first();
      assertSentence(late.error, "TIMEOUT");
      test.send({ payload: good, number: 1 });
      assert.equal((await test.inbox("out").first()).number, 1);
      test.send({ payload: good, deadline: "soon" });
      assertSentence((await test.inbox("caught").take(2))[1]!.error, "BAD_REQUEST");
    });

    it("says where the time of a frame went", async () => {
      await test.start(flow({ policy: "block" }));
      for (let i = 0; i < 6; i++) test.send({ payload: i % 2 ? good : bad });
      for (const message of await test.inbox("out").take(6)) {
        const { total, ...parts } = resultOf(message).timing;
        const sum = Object.values(parts).reduce((all, part) => all + part);
        assert.ok(Math.abs(sum - total) < 0.01, `${sum} of ${total}`);
      }
    });

    it("sends nothing after it was closed", async () => {
      await test.start(flow());
      for (let i = 0; i < 5; i++) test.send({ payload: good });
      const out = test.inbox("out");
      await test.stop();
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.deepEqual(out.messages, []);
    });

    it("takes an earlier part's verdict from a message that comes around again and cannot be inspected", async () => {
      await test.start(flow());
      test.send({ payload: Buffer.from("no image at all"), topic: "camera/1", anomaly: { verdict: "ok", score: 0.1 } });
      const { anomaly, topic } = await test.inbox("caught").first();
      assert.deepEqual([anomaly, topic], [undefined, "camera/1"]);
    });

    for (const [what, message, code] of [
      ["a number", { payload: 7 }, "BAD_IMAGE"],
      ["nothing", {}, "BAD_IMAGE"],
      ["no image's bytes", { payload: Buffer.from("no image at all") }, "BAD_IMAGE"],
      ["an empty Buffer", { payload: Buffer.alloc(0) }, "BAD_IMAGE"],
      ["a path that is not allowed", { payload: "/etc/passwd" }, "BAD_IMAGE"],
      ["a wrong mask", { payload: "good", mask: { rows: 2, cols: 2, data: Buffer.alloc(3) } }, "BAD_REQUEST"],
      ["a mask of another grid", { payload: "good", mask: { rows: 2, cols: 2, data: Buffer.alloc(4) } }, "BAD_REQUEST"],
      ["a bank that is no text", { payload: "good", bank: 7 }, "BAD_REQUEST"],
      ["a bank's name that leads elsewhere", { payload: "good", bank: "../part" }, "BAD_REQUEST"],
      ["a bank that is not there", { payload: "good", bank: "missing" }, "BANK_NOT_BUILT"],
    ] as const) {
      it(`refuses ${what}: ${code}`, async () => {
        await test.start(flow());
        test.send({ ...message, ...("payload" in message && message.payload === "good" && { payload: good }) });
        const { error } = await test.inbox("caught").first();
        assertSentence(error, code);
        test.send({ payload: good });
        await test.inbox("out").first();
        await test.inbox("completed").first();
        assert.deepEqual([test.inbox("completed").messages.length, test.inbox("caught").messages.length], [1, 1]);
      });
    }
  });

  for (const [what, settings, bank, backbone, code] of [
    ["a bank that is not built", {}, {}, {}, "BANK_NOT_BUILT"],
    ["no bank", { bank: "" }, {}, {}, "BAD_REQUEST"],
    ["a node of another type as bank", { bank: "backbone" }, {}, {}, "BAD_REQUEST"],
    ["a disabled bank", {}, { d: true }, {}, "BAD_REQUEST"],
    ["a bank without a name", {}, { name: "" }, {}, "BAD_REQUEST"],
    ["a bank without backbone", {}, { backbone: "gone" }, {}, "BAD_REQUEST"],
    ["a disabled backbone", {}, {}, { d: true }, "BAD_REQUEST"],
    ["a backbone without file", {}, {}, { model: "file" }, "BAD_REQUEST"],
    ["a backbone whose file is missing", {}, {}, { model: "file", file: "missing.onnx" }, "BAD_BACKBONE"],
    ["a backbone without resolution", {}, {}, { resolution: "wide" }, "BAD_REQUEST"],
    ["a backbone whose edges are set to what there is not", {}, {}, { fit: "half" }, "BAD_REQUEST"],
  ] as const) {
    it(`says that it has ${what}: ${code}`, async () => {
      const nodes = flow(settings, bank).map((node) => (node.id === "backbone" ? { ...node, ...backbone } : node));
      await test.start(nodes as FlowNode[]);
      test.send({ payload: good });
      assertSentence((await test.inbox("caught").first()).error, code);
      await until(() => /^(red|yellow) ring/.test(test.statuses().at(-1)!));
    });
  }
});
