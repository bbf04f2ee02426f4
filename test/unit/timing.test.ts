import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Timing } from "../../lib";
import type { RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { addWait } from "../../lib/engine/timing";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

/** A microsecond for each part that is rounded. */
const CLOCK = 0.01;

function assertSums({ total, ...parts }: Timing): void {
  for (const [part, value] of Object.entries(parts)) assert.ok(value >= 0, `${part} took ${value}`);
  const sum = Object.values(parts).reduce((all, value) => all + value);
  assert.ok(Math.abs(sum - total) < CLOCK, `the parts sum to ${sum}, not ${total}`);
}

describe("the timing of a frame", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  let request: Omit<RequestInput<"score">, "image">;
  const picture = async (seed: number) => ({ kind: "encoded" as const, data: await partJpeg({ seed }) });

  before(async () => {
    folder = temporaryFolder();
    engine = new EngineClient();
    const bank = { file: join(folder.path, "bank.safetensors") };
    const backbone = { model: "texture", resolution: 112 };
    const references = [await picture(1), await picture(2)];
    await engine.call("build", { bank, backbone, settings: {}, references });
    request = { bank, backbone };
  });
  after(() => {
    engine.close();
    folder.remove();
  });

  async function timed(call: () => ReturnType<typeof engine.call<"score">>): Promise<{ timing: Timing; wall: number }> {
    const start = performance.now();
    const { timing } = await call();
    return { timing, wall: performance.now() - start };
  }

  it("has parts that sum to the whole, which is what the caller waited", async () => {
    const images = await Promise.all([11, 12, 13, 14].map(picture));
    const calls = images.map((image) => timed(() => engine.call("score", { ...request, image, overlay: true })));
    for (const { timing, wall } of await Promise.all(calls)) {
      assertSums(timing);
      assert.ok(timing.total <= wall, `${timing.total} of ${wall}`);
      for (const part of ["decode", "prepare", "features", "match", "draw", "trip"] as const)
        assert.ok(timing[part] > 0);
    }
  });

  it("has no part that did not happen", async () => {
    const image = await picture(21);
    await engine.call("mask", { image, backbone: request.backbone, foreground: "off" });
    const { timing } = await timed(() => engine.call("score", { ...request, image }));
    assertSums(timing);
    const { decode, prepare, features, draw } = timing;
    assert.deepEqual([decode, prepare, features, draw], [0, 0, 0, 0]);
  });

  it("counts a restart of the engine as the trip", async () => {
    const image = await picture(31);
    process.kill(engine.pid!, "SIGKILL");
    const { timing, wall } = await timed(() => engine.call("score", { ...request, image }));
    assertSums(timing);
    assert.ok(timing.trip >= 200, `a trip of ${timing.trip} ms though the process had to be started again`);
    assert.ok(timing.load > 0 && timing.total <= wall);
  });

  it("counts what a node waited as queue", async () => {
    const { timing } = await timed(async () => engine.call("score", { ...request, image: await picture(41) }));
    const waited = addWait(timing, 12.5);
    assertSums(waited);
    assert.equal(waited.queue - timing.queue, waited.total - timing.total);
  });
});
