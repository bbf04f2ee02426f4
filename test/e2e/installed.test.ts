import assert from "node:assert/strict";
import { type Broker, startBroker } from "../../scripts/demo/broker";
import { renderedDataset } from "../../scripts/demo/dataset";
import { COIL, type LineOptions, startLine } from "../../scripts/demo/line";
import { installNodeRed5, installPacked } from "./installed";

const REFERENCES = 3;
const WAIT_MS = 120_000;

describe("the package as npm installs it", function () {
  this.timeout(600_000);
  let modules: string;
  let broker: Broker;

  before(async function () {
    modules = await installPacked(this);
    broker = await startBroker();
  });
  after(() => broker?.close());

  it("runs the example in Node-RED 4.1", async () => {
    await inspectSome({ modules }, /^4\.1\./);
  });

  it("runs the example in Node-RED 5", async function () {
    await inspectSome({ modules, nodeRed: await installNodeRed5(this) }, /^5\./);
  });

  async function inspectSome(options: Partial<LineOptions>, version: RegExp): Promise<void> {
    const dataset = renderedDataset({ references: REFERENCES, frames: 4 });
    const line = await startLine({ brokerPort: broker.port, references: REFERENCES, ...options });
    try {
      const settings = await fetch(new URL("settings", line.nodeRed.url));
      assert.match(((await settings.json()) as { version: string }).version, version);
      for (const [index, reference] of dataset.references.entries()) {
        const answer = await line.camera.inspect(`r${index}`, await reference.bytes(), WAIT_MS);
        assert.deepEqual(answer, { kind: "reference" }, line.nodeRed.log());
      }
      for (const [index, frame] of dataset.frames.entries()) {
        const answer = await line.camera.inspect(`f${index}`, await frame.bytes(), WAIT_MS);
        assert.ok(answer.kind === "verdict", `${JSON.stringify(answer)}\n${line.nodeRed.log()}`);
        assert.equal(await line.plc.readCoil(COIL), answer.verdict.verdict === "anomaly");
      }
    } finally {
      await line.close();
    }
  }
});
