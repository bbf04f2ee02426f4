import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Broker } from "../../scripts/demo/broker";
import { Camera } from "../../scripts/demo/camera";
import { type Line, startLine } from "../../scripts/demo/line";
import { childrenOf } from "../../scripts/demo/processes";
import { renderPart } from "../support/rendered-part";
import { startMosquitto } from "./mosquitto";

const REFERENCES = 4;
const FRAMES = 5;
const WAIT_MS = 120_000;

describe("an inspection line whose broker goes and comes back", function () {
  this.timeout(300_000);
  let broker: Broker;
  let line: Line;
  let camera: Camera | undefined;

  before(async function () {
    broker = await startMosquitto(this);
    line = await startLine({ brokerPort: broker.port, references: REFERENCES, madeDefects: false });
  });
  after(async () => {
    await camera?.close();
    await line?.close();
    await broker?.close();
  });

  it("scores as before, with the same Node-RED and engine", async function () {
    for (let seed = 0; seed < REFERENCES; seed++) {
      const answer = await line.camera.inspect(`r${seed}`, await renderPart(seed), WAIT_MS);
      assert.equal(answer.kind, "reference", line.nodeRed.log());
    }
    const before = await scores("before", line.camera);
    const engine = process.platform === "linux" ? childrenOf(line.nodeRed.pid) : [];
    // One frame is on its way when the broker goes; nobody can be told its verdict.
    void line.camera.inspect("amid", await renderPart(50), 1);
    await broker.close();
    broker = await startMosquitto(this, broker.port);
    camera = await Camera.connect(broker.port);
    await camera.lineReady(WAIT_MS);
    assert.deepEqual(await scores("after", camera), before);
    assert.equal(line.nodeRed.exited, false);
    if (process.platform === "linux") assert.deepEqual(childrenOf(line.nodeRed.pid), engine);
  });

  async function scores(name: string, from: Camera): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < FRAMES; i++) {
      const answer = await from.inspect(`${name}${i}`, await renderPart(50 + i), WAIT_MS);
      assert.ok(answer.kind === "verdict", `${JSON.stringify(answer)}\n${line.nodeRed.log()}`);
      found.push(answer.verdict.score);
    }
    return found;
  }
});
