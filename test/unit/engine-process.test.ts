import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { after, before, describe, it } from "mocha";
import { EngineClient } from "../../lib/engine/supervisor/client";

const REQUEST = { backbone: { model: "texture", resolution: 112, device: "cpu" as const } };

describe("the engine's process, seen from the one that started it", () => {
  let engine: EngineClient;

  before(async () => {
    engine = new EngineClient();
    await engine.call("describe", REQUEST);
  });
  after(() => engine.close());

  it("has a lower priority", function () {
    // Windows knows six classes; a little below normal is normal there.
    if (process.platform === "win32") return this.skip();
    assert.ok(getPriority(engine.pid) > getPriority());
  });

  it("answers too late where the deadline has passed, though the timer that should say so is later still", async () => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((work: () => void, wait: number) => setTimeout(work, wait + 10_000)) as typeof setTimeout;
    try {
      await assert.rejects(engine.call("describe", REQUEST, { deadline: 0.001 }), { code: "TIMEOUT" });
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    await engine.call("describe", REQUEST, { deadline: 60_000 });
  });
});
