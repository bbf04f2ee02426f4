import assert from "node:assert/strict";
import sharp from "sharp";
import type { Broker } from "../../scripts/demo/broker";
import type { Answer } from "../../scripts/demo/camera";
import { type Dataset, folderDataset } from "../../scripts/demo/dataset";
import { COIL, type Line, startLine } from "../../scripts/demo/line";
import { sharedPath } from "../support/shared-data";
import { startMosquitto } from "./mosquitto";

const REFERENCES = 8;
const EACH = 12;
const WAIT_MS = 120_000;

describe("inspection line: Node-RED 4.1, Mosquitto, Modbus TCP", function () {
  this.timeout(300_000);
  let broker: Broker;
  let line: Line;
  let dataset: Dataset;

  before(async function () {
    dataset = await folderDataset(sharedPath(this, "data", "aliens"), { references: REFERENCES });
    broker = await startMosquitto(this);
    line = await startLine({ brokerPort: broker.port, references: REFERENCES, freshMs: WAIT_MS, madeDefects: false });
  });

  after(async () => {
    await line?.close();
    await broker?.close();
  });

  it("takes the first frames as references", async () => {
    for (const [index, reference] of dataset.references.entries()) {
      const answer = await line.camera.inspect(`r${index}`, await reference.bytes(), WAIT_MS);
      assert.deepEqual(answer, { kind: "reference" }, line.nodeRed.log());
    }
    assert.equal(await line.plc.readCoil(COIL), false);
  });

  it("brings every further frame's verdict to the coil", async () => {
    const frames = [
      ...dataset.frames.filter((frame) => frame.truth === "good").slice(0, EACH),
      ...dataset.frames.filter((frame) => frame.truth !== "good").slice(0, EACH),
    ];
    const before = line.plc.writes(COIL);
    const rejected = { good: 0, defective: 0 };
    for (const [index, frame] of frames.entries()) {
      const image = await frame.bytes();
      const verdict = verdictOf(await line.camera.inspect(`f${index}`, image, WAIT_MS), frame.name);
      const anomaly = verdict.verdict.verdict !== "ok";
      assert.equal(await line.plc.readCoil(COIL), !anomaly, `coil after ${frame.name}`);
      assert.equal(line.plc.writes(COIL), before + 2 * (index + 1), "taken back by the frame, written by its verdict");
      if (verdict.verdict.verdict !== "unlike")
        assert.equal(anomaly, verdict.verdict.score > verdict.verdict.threshold);
      if (!anomaly) continue;
      rejected[frame.truth === "good" ? "good" : "defective"]++;
      await assertPictureOf(image, verdict.alarm);
    }
    console.log(`      rejected ${rejected.defective} of ${EACH} defective, ${rejected.good} of ${EACH} good`);
    assert.ok(rejected.defective >= rejected.good + EACH / 2, JSON.stringify(rejected));
    assert.deepEqual(
      frames.map((_, index) => line.camera.verdicts.get(`f${index}`)),
      frames.map(() => 1),
      "one verdict a frame",
    );
  });

  it("tells what is wrong with a frame that is no picture, and goes on", async () => {
    const answer = await line.camera.inspect("text", Buffer.from("This is not a picture."), WAIT_MS);
    assert.equal(answer.kind, "error");
    assert.match(answer.kind === "error" ? answer.message : "", /image|picture/i);
    assert.equal(await line.plc.readCoil(COIL), false);
    const frame = dataset.frames[0]!;
    verdictOf(await line.camera.inspect("after", await frame.bytes(), WAIT_MS), frame.name);
  });

  it("tells of a PLC that does not answer, in place of a verdict", async () => {
    await line.plc.close();
    const answer = await line.camera.inspect("no-plc", await dataset.frames[0]!.bytes(), WAIT_MS);
    assert.equal(answer.kind, "error");
    assert.match(answer.kind === "error" ? answer.message : "", /connect/i);
  });

  function verdictOf(answer: Answer, name: string): Extract<Answer, { kind: "verdict" }> {
    assert.equal(answer.kind, "verdict", `${name}: ${JSON.stringify(answer)}\n${line.nodeRed.log()}`);
    return answer as Extract<Answer, { kind: "verdict" }>;
  }
});

async function assertPictureOf(image: Buffer, alarm: Buffer | undefined): Promise<void> {
  assert.ok(alarm, "an alarm picture came");
  const [original, overlay] = [await sharp(image).metadata(), await sharp(alarm).metadata()];
  assert.equal(overlay.format, "jpeg");
  assert.ok(Math.abs(overlay.width / overlay.height - original.width / original.height) < 0.02, "same shape");
}
