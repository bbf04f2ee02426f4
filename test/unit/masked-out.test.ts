import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { readBundle, writeBundle } from "../../lib/bank/file/bundle";
import type { ScoreResult } from "../../lib/engine/frames/score-frame";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import type { BatchItem } from "../../lib/engine/requests/score";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { evaluate } from "../../lib/evaluate/evaluate";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

type Image = { kind: "encoded"; data: Buffer };

describe("a frame that its mask leaves nothing of", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let request: RequestInput<"score">;
  let stored: { directory: string; name: string };
  const good: Image[] = [];
  const rows = 8;
  const cols = 11;

  const mask = (kept: number) => {
    return { rows, cols, dtype: "uint8" as const, data: Buffer.alloc(rows * cols).fill(1, 0, kept) };
  };
  const refusal = async (call: Promise<unknown>) => {
    const thrown = await call.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError && thrown.code === "BAD_REQUEST", String(thrown));
    return thrown.message;
  };

  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    // Its tokens are so small that the foreground, which is looked for by DINOv2's threshold, is always empty.
    const backbone = { model: join(folder.path, "tiny.onnx"), resolution: 112 };
    writeFileSync(backbone.model, tinyBackbone());
    for (let seed = 1; seed <= 4; seed++) good.push({ kind: "encoded", data: await partJpeg({ seed }) });
    stored = { directory: join(folder.path, "banks"), name: "part" };
    const image: Image = { kind: "encoded", data: await partJpeg({ seed: 9, scratch: true }) };
    request = { image, backbone, bank: stored };
    for (const reference of good) await engine.call("addReference", { bank: stored, image: reference });
    await engine.call("build", { bank: stored, backbone, settings: { mask: "off" } });
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  function assertMaskedOut(
    { score, health, mask: look }: Pick<ScoreResult, "score" | "health" | "mask">,
    kept: number,
  ) {
    assert.deepEqual([health?.state, health?.cause], ["unlike", "masked"]);
    assert.match(health!.reason, /^The mask leaves [\d.]+ % of the frame to look at, .*: check .*\.$/);
    assert.ok(Math.abs(look.coverage - kept / (rows * cols)) < 1e-6, `coverage ${look.coverage}`);
    assert.ok(score > 0, `score ${score}`);
  }

  it("is unlike, with the share that was to be looked at, and never scores 0", async () => {
    const whole = await engine.call("score", request);
    for (const kept of [0, 1, 3]) {
      const result = await engine.call("score", { ...request, mask: mask(kept) });
      assertMaskedOut(result, kept);
      assert.equal(result.score, whole.score);
      assert.ok(result.health!.measures, "what else is known of the frame is told, too");
    }
    assertMaskedOut(await engine.call("score", { ...request, mask: mask(0), health: false }), 0);
    const small = await engine.call("score", { ...request, mask: mask(4) });
    assert.notEqual(small.health?.cause, "masked");
    assert.ok(Math.abs(small.mask.coverage - 4 / 88) < 1e-6);
  });

  it("is unlike where its foreground is empty, be the bank of any age", async () => {
    const file = join(folder.path, "foreground.safetensors");
    await engine.call("build", {
      bank: { file },
      backbone: request.backbone,
      references: good,
      settings: { mask: "off" },
    });
    const bank = await readBundle(file);
    bank.metadata.mask = { applied: true, reason: "masking on: set so in the bank" };
    await writeBundle(file, bank);
    assertMaskedOut(await engine.call("score", { ...request, bank: { file } }), 0);
    delete bank.metadata.health;
    await writeBundle(file, { ...bank, health: undefined });
    assertMaskedOut(await engine.call("score", { ...request, bank: { file } }), 0);
  });

  it("is unlike in a batch, and moves nobody else's level", async () => {
    const images = good.map((image, i) => ({ image, ...(i === 2 && { mask: mask(0) }) }));
    const batch = { images, backbone: request.backbone, foreground: "off" as const };
    const { results } = await engine.call("batch", batch);
    const items = results.map((item) => item as BatchItem);
    assertMaskedOut(items[2]!, 0);
    assert.deepEqual(
      items.map(({ health }) => health?.cause),
      [undefined, undefined, "masked", undefined],
    );
    for (const item of (
      await engine.call("batch", { ...batch, images: good.map((image) => ({ image })), foreground: "on" })
    ).results)
      assertMaskedOut(item as BatchItem, 0);
  });

  it("is never learned from", async () => {
    const actor = { by: "somebody" };
    const masked = { bank: stored, image: request.image, mask: mask(2), backbone: request.backbone, actor };
    assert.match(await refusal(engine.call("addReference", masked)), /reference's mask leaves nothing to look at/);
    assert.match(await refusal(engine.call("accept", masked)), /frame's mask leaves nothing to look at/);
    assert.match(await refusal(engine.call("keepDefect", masked)), /frame's mask leaves nothing to look at/);
    assert.equal((await engine.call("bankState", { bank: stored })).references, 4);
  });

  it("ends a build that it would be a reference of, with its number", async () => {
    const bank = { file: join(folder.path, "none.safetensors") };
    const build = engine.call("build", {
      bank,
      backbone: request.backbone,
      references: good,
      settings: { mask: "on" },
    });
    assert.match(await refusal(build), /^Reference 1: the foreground mask leaves nothing of it to look at; set /);
  });

  it("is left out of an evaluation, by name", async () => {
    const scored = await engine.call("score", { ...request, map: true });
    const empty = { ...scored, health: { state: "unlike", cause: "masked", reason: "The mask leaves 0 %." } };
    const call = async (method: string, { image }: { image: { path: string } }) =>
      method === "build" ? { mask: { reason: "" }, calibration: [] } : image.path === "2.png" ? empty : scored;
    const dataset = {
      name: "part",
      references: ["1.png"],
      notes: [],
      test: [
        { path: "2.png", type: "good" },
        { path: "3.png", type: "good" },
        { path: "4.png", type: "scratch" },
      ],
    };
    const backbones = [{ name: "tiny", spec: request.backbone }];
    const options = { backbones, settings: {}, shots: [1], seeds: 1, pixels: false };
    const spy = { call } as unknown as Pick<Engine, "call">;
    const { value } = await evaluate(spy, [dataset], options).next();
    assert.deepEqual(value!.unreadable, [{ path: "2.png", reason: "The mask leaves 0 %." }]);
    assert.equal(value!.images.length, 2);
  });

  it("is asked for with a mask of zeros and ones only", async () => {
    const odd = { ...mask(88), data: Buffer.alloc(88, 255) };
    assert.match(await refusal(engine.call("score", { ...request, mask: odd })), /1 where to look and 0 elsewhere/);
  });
});
