import assert from "node:assert/strict";
import { join } from "node:path";
import type { StationOutputs } from "../../lib";
import { ROOT } from "../support/shared-data";
import { Line } from "../support/station-at-line";

// Of another package, built beside this one.
const { Handshake } = require(join(ROOT, "packages", "opcua-station", "dist", "lib", "handshake.js")) as {
  Handshake: new (options: { send: (signals: Signals) => void; patience: number }) => Shaken;
};

type Signals = Parameters<Line["plc"]>[0];
interface Shaken {
  told(outputs: StationOutputs): void;
  exposes(job: { inspectionId: number; partId: string | null }): void;
  start(partId: string, recipe: string): Promise<number>;
}

describe("the OPC UA server's handshake with the station", () => {
  it("goes on with a station that a deploy made anew, and acknowledges what that has still to show", async () => {
    const sent: Signals[] = [];
    const shaken = new Handshake({ send: (signals) => sent.push(signals), patience: 1000 });
    const line = new Line();
    /** Messages go to and fro until nobody has anything to say. */
    const talk = () => {
      do {
        for (const signals of sent.splice(0)) line.plc(signals);
        for (const action of line.actions.splice(0)) {
          if (action.type === "load") line.happens({ type: "loaded", recipe: action.recipe, bank: "one" });
          if (action.type === "expose") shaken.exposes({ inspectionId: action.id, partId: String(action.partId) });
        }
        shaken.told(line.out);
      } while (sent.length > 0);
    };
    const isReady = () => [line.out.state, line.out.ready, line.out.resultValid];
    line.happens({ type: "engine", state: "ready" });
    talk();
    assert.deepEqual(isReady(), ["Ready", true, false]);
    const job = shaken.start("A1", "");
    await Promise.resolve();
    talk();
    const id = await job;

    // Stopped with the part under way: it comes back as a fault, which waits to be acknowledged.
    line.restart();
    line.happens({ type: "engine", state: "ready" });
    talk();
    assert.deepEqual(isReady(), ["Ready", true, false]);
    assert.equal(line.out.counters.acknowledged, 1);
    const next = shaken.start("A2", "");
    await Promise.resolve();
    talk();
    assert.equal(await next, id + 1);
  });
});
