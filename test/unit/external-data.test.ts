import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { loadBackbone } from "../../lib/backbone/load";
import { Backbones } from "../../lib/engine/loaded/backbones";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone, tinyWeights } from "../support/tiny-backbone";

const GIB = 2 ** 30;

describe("models in several files, and large ones", () => {
  const runtime = loadOnnxRuntime();
  let folder: ReturnType<typeof temporaryFolder>;
  let model: string;
  beforeEach(() => {
    folder = temporaryFolder();
    model = join(folder.path, "model.onnx");
  });
  afterEach(() => folder.remove());

  const load = () => loadBackbone(runtime, { model, resolution: 56, device: "cpu", threads: 1 });
  /** Writes a model whose weights lie at `offset` of the file `location`; what is before them takes no disk. */
  function write(location = "model.onnx.data", offset = 0, factor = 1): void {
    writeFileSync(model, tinyBackbone({ external: { location, offset } }));
    const path = join(folder.path, location);
    const file = openSync(path, "w");
    const weights = tinyWeights().data.map((value) => factor * value);
    writeSync(file, new Uint8Array(weights.buffer), 0, weights.byteLength, offset);
    closeSync(file);
  }

  it("run with their weights beside them, and are known by all their bytes", async () => {
    write();
    const image = { height: 28, width: 28, data: Float32Array.from({ length: 3 * 28 * 28 }, (_, i) => Math.sin(i)) };
    const first = await load();
    const found = (await first.features(image)).data.slice();
    writeFileSync(model, tinyBackbone());
    const whole = await load();
    assert.deepEqual(found, (await whole.features(image)).data.slice());
    write("model.onnx.data", 0, 2);
    const other = await load();
    assert.notEqual(first.info.sha256, other.info.sha256);
    write();
    const again = await load();
    assert.equal(first.info.sha256, again.info.sha256);
    for (const backbone of [first, whole, other, again]) await backbone.release();
  });

  it("are known by the bytes that run, where the file is replaced between its hash and its session", async () => {
    const [before, after] = [tinyBackbone(), tinyBackbone({ scale: 2 })];
    writeFileSync(model, before);
    let isReplaced = false;
    const late: typeof runtime = {
      ...runtime,
      createSession(file, options) {
        if (!isReplaced) writeFileSync(model, after);
        isReplaced = true;
        return runtime.createSession(file, options);
      },
    };
    const { info, release } = await loadBackbone(late, { model, resolution: 56, device: "cpu", threads: 1 });
    assert.equal(info.sha256, createHash("sha256").update(after).digest("hex"));
    await release();
  });

  it("are loaded anew when only their weights are replaced", async () => {
    const backbones = new Backbones(runtime);
    const spec = { model, resolution: 56, device: "cpu", threads: 1 } as const;
    write();
    const before = await backbones.get(spec);
    assert.equal((await backbones.get(spec)).info.sha256, before.info.sha256);
    write("model.onnx.data", 4096, 2);
    const after = await backbones.get(spec);
    assert.notEqual(after.info.sha256, before.info.sha256);
    await before.release();
    await after.release();
  });

  it("are refused where their weights are missing or lie elsewhere", async () => {
    write();
    rmSync(join(folder.path, "model.onnx.data"));
    await assert.rejects(load(), /keeps weights in model\.onnx\.data, which is not beside it/);
    const inside = join(folder.path, "inside");
    mkdirSync(inside);
    model = join(inside, "model.onnx");
    writeFileSync(model, tinyBackbone({ external: { location: "../secret", offset: 0 } }));
    await assert.rejects(load(), /refers to weights outside its folder/);
  });

  it("are loaded over 2 GiB, by path", async () => {
    write("model.onnx.data", 2 * GIB + 4096);
    const { info, release } = await load();
    assert.equal(info.patchSize, 14);
    await release();
  });

  it("are refused over 2 GiB in one file", async () => {
    writeFileSync(model, tinyBackbone());
    truncateSync(model, 2.125 * GIB);
    await assert.rejects(
      load(),
      /model\.onnx has 2\.1 GiB, more than one ONNX file can hold \(2 GiB\): export it with/,
    );
  });
});
