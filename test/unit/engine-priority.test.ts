import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { EngineClient } from "../../lib/engine/supervisor/client";

describe("the engine's priority", () => {
  it("is below that of the process that started it", async function () {
    // Windows knows six classes; a little below normal is normal there.
    if (process.platform === "win32") return this.skip();
    const engine = new EngineClient();
    try {
      await engine.call("describe", { backbone: { model: "texture", resolution: 112, device: "cpu" } });
      assert.ok(getPriority(engine.pid) > getPriority());
    } finally {
      engine.close();
    }
  });
});
