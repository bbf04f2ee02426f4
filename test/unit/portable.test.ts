import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { loadBackbone } from "../../lib/backbone/load";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";
import { selfTest } from "../../lib/runtime/self-test";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone, tinyWeights } from "../support/tiny-backbone";

const LIB = join(ROOT, "dist", "lib");

describe("the portable runtime", () => {
  const [portable, native] = [loadPortableRuntime(), loadOnnxRuntime()];
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  const image = { height: 112, width: 224, data: Float32Array.from({ length: 3 * 112 * 224 }, (_, i) => Math.sin(i)) };
  async function tokens(runtime: typeof portable, model: string): Promise<Float32Array> {
    const backbone = await loadBackbone(runtime, { model, resolution: 56, device: "cpu", threads: 1 });
    const { data } = await backbone.features(image);
    const kept = data.slice();
    await backbone.release();
    return kept;
  }

  it("passes its self-test and offers the CPU alone", async () => {
    await selfTest(portable);
    assert.deepEqual([portable.name, portable.devices], ["portable", ["cpu"]]);
    await assert.rejects(portable.createSession(tinyBackbone(), { device: "cuda" }), { code: "DEVICE_UNAVAILABLE" });
  });

  it("gives native's tokens, of half precision and with weights in a file of their own too", async () => {
    const files = { plain: tinyBackbone(), half: tinyBackbone({ half: true }) };
    const external = join(folder.path, "external.onnx");
    writeFileSync(external, tinyBackbone({ external: { location: "weights.bin", offset: 64 } }));
    writeFileSync(join(folder.path, "weights.bin"), Buffer.concat([Buffer.alloc(64), bytesOf(tinyWeights().data)]));
    const models = Object.entries(files).map(([name, bytes]) => {
      const path = join(folder.path, `${name}.onnx`);
      writeFileSync(path, bytes);
      return path;
    });
    for (const model of [...models, external, "texture"]) {
      const [ours, theirs] = [await tokens(portable, model), await tokens(native, model)];
      assert.equal(ours.length, theirs.length);
      const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
      const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(worst <= (model.includes("half") ? 2e-3 : 1e-5) * largest, `${model}: off by ${worst} of ${largest}`);
    }
  });

  it("fetches nothing, keeps no process alive, and native leaves nothing in the home directory", () => {
    const script = `
      const refuse = () => { throw new Error("traffic"); };
      globalThis.fetch = refuse;
      require("node:net").Socket.prototype.connect = refuse;
      require("node:dns").lookup = refuse;
      const { loadPortableRuntime } = require(${JSON.stringify(join(LIB, "runtime", "onnxruntime-web"))});
      const { loadOnnxRuntime } = require(${JSON.stringify(join(LIB, "runtime", "onnxruntime"))});
      const { selfTest } = require(${JSON.stringify(join(LIB, "runtime", "self-test"))});
      // Two threads, whatever the machine: their workers must not hold the process.
      Promise.all([selfTest(loadPortableRuntime(2)), selfTest(loadOnnxRuntime())]).then(() => console.log("passed"));`;
    const env = { ...process.env, HOME: folder.path, USERPROFILE: folder.path };
    const before = readdirSync(folder.path);
    const { stdout, stderr, signal } = spawnSync(process.execPath, ["-e", script], {
      encoding: "utf8",
      timeout: 150_000,
      env,
    });
    assert.deepEqual([stdout, stderr, signal], ["passed\n", "", null]);
    assert.deepEqual(readdirSync(folder.path), before);
  });
});

const bytesOf = (data: Float32Array) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
