import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { getPriority } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { EngineChild } from "../../lib/engine/supervisor/child";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { GoldenSampleError } from "../../lib/errors";
import { ROOT } from "../support/shared-data";

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

  it("refuses what is no request or cannot travel, and answers what comes after it", async () => {
    const image = { kind: "encoded", data: Buffer.from("x") };
    const backbone = { model: "texture", resolution: 112 };
    const fine = { image, backbone, foreground: "off" };
    const wrong: unknown[] = [
      undefined,
      () => 1,
      { ...fine, image: { ...image, data: () => 1 } },
      { ...fine, image: { kind: "raw", data: Buffer.alloc(3), width: 1n, height: 1, channels: 3 } },
      { ...fine, backbone: { ...backbone, model: Symbol("texture") } },
      { ...fine, backbone: new Proxy(backbone, { get: () => () => 1 }) },
    ];
    const calls = wrong.map((request) => engine.call("mask", request as never));
    for (const result of await Promise.allSettled(calls)) {
      assert.ok(result.status === "rejected");
      assert.equal((result.reason as GoldenSampleError).code, "BAD_REQUEST", String(result.reason));
    }
    // What no method knows is left out, and what is no image is an image's error.
    const extra = { ...fine, msg: { send: () => 1, req: Symbol("socket"), count: 1n } };
    await assert.rejects(engine.call("mask", extra as never), { code: "BAD_IMAGE" });
    await engine.call("describe", REQUEST);
  });

  it("is not sent what cannot be cloned, which is an error's and not the host's end", async () => {
    const ended = new Promise((resolve) => {
      const child = new EngineChild(
        { message: () => undefined, exit: resolve },
        {},
        { silence: 60_000, start: 60_000 },
      );
      const id = (() => 1) as unknown as number;
      assert.equal(child.send({ kind: "cancel", id })?.code, "BAD_REQUEST");
      child.end();
    });
    await ended;
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

  it("keeps inference and pixels out of the process that asks", () => {
    const script = `
      const { acquireEngine } = require(${JSON.stringify(join(ROOT, "dist", "lib"))});
      const engine = acquireEngine({ device: "auto" });
      engine.call("describe", { backbone: { model: "texture", resolution: 320 } }).then((info) => {
        engine.release();
        const files = [...Object.keys(require.cache), ...process.report.getReport().sharedObjects];
        const loaded = files.filter((file) => /node_modules.(@img|sharp|onnxruntime)|\\.node$|vips/.test(file));
        console.log(JSON.stringify({ id: info.id, loaded }));
      });`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 60_000 });
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), { id: "texture", loaded: [] });
  });
});
