import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { BUILT_IN } from "../../lib/backbone/built-in/names";
import { readBundle, writeBundle } from "../../lib/bank/file/bundle";
import type { Engine } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { findDisplacement, layoutDistance } from "../../lib/health/displacement";
import { LAYOUT, measurePicture } from "../../lib/health/picture";
import { DEFECTS } from "../../scripts/demo/part";
import { frame, SPOILS, type Spoil, spoiledFrame } from "../support/spoiled-frames";
import { temporaryFolder } from "../support/temporary";

/** What each is to be called. Something dark instead of the part is called dark, which it is. */
const EXPECTED: Record<Spoil, RegExp> = {
  dark: /^dark$/,
  bright: /^bright$/,
  blurred: /^blurred$/,
  moved: /^moved$/,
  flat: /^(flat|dark)$/,
  empty: /^(flat|dark|unlike)$/,
  product: /^(unlike|bright)$/,
};

describe("the health of frames of the demo's line", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  const backbone = { model: BUILT_IN, resolution: 224 };
  const file = (references: number) => join(folder.path, `${references}.safetensors`);
  const score = (image: ReturnType<typeof frame>, references = 8) =>
    engine.call("score", { image, backbone, bank: { file: file(references) } });

  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    for (const count of [8, 1]) {
      const references = Array.from({ length: count }, (_, i) => frame(1000 + i));
      await engine.call("build", { bank: { file: file(count) }, backbone, settings: {}, references });
    }
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  for (const spoil of SPOILS) {
    it(`tells a frame that is spoiled (${spoil}) from a part, in words`, async () => {
      const { health } = await score(await spoiledFrame(spoil, 2000));
      assert.equal(health!.state, "unlike", JSON.stringify(health));
      assert.match(health!.cause!, EXPECTED[spoil], JSON.stringify(health));
      assert.match(health!.reason, /^(The|What) .*: check .*\.$/);
    });
  }

  it("does not call good parts unlike", async () => {
    for (let seed = 2000; seed < 2008; seed++) assert.equal((await score(frame(seed))).health!.state, "ok");
  });

  it("does not call defective parts unlike", async () => {
    for (const [i, defect] of DEFECTS.entries()) {
      const { health } = await score(frame(3000 + 100 * i, defect));
      assert.equal(health!.state, "ok", `${defect}: ${JSON.stringify(health)}`);
    }
  });

  it("works from one reference too", async () => {
    assert.equal((await score(frame(2001), 1)).health!.state, "ok");
    assert.equal((await score(frame(3000, "stain"), 1)).health!.state, "ok");
    assert.equal((await score(await spoiledFrame("dark", 2001), 1)).health!.cause, "dark");
    assert.equal((await score(await spoiledFrame("blurred", 2001), 1)).health!.cause, "blurred");
  });

  it("says nothing where a bank is older than it, or nobody asked", async () => {
    const bank = await readBundle(file(8));
    const { health: _, patchLevel: __, ...metadata } = bank.metadata;
    const old = join(folder.path, "old.safetensors");
    const mask = { applied: false, reason: "" };
    await writeBundle(old, { ...bank, metadata: { ...metadata, mask }, health: undefined });
    const image = await spoiledFrame("dark", 2000);
    const scored = await engine.call("score", { image, backbone, bank: { file: old } });
    assert.equal(scored.health, undefined);
    assert.equal(scored.level, Math.max(...metadata.calibration));
    const quick = await engine.call("score", { image: frame(2000), backbone, bank: { file: file(8) }, health: false });
    assert.equal(quick.health, undefined);
  });

  it("keeps the level of suspicious patches in the bank, with the rate that good parts exceed it by", async () => {
    const { metadata } = await readBundle(file(8));
    const { level, rate, low, high } = metadata.patchLevel!;
    assert.ok(level > 0 && level <= Math.max(...metadata.calibration));
    assert.ok(low <= rate && rate <= high && rate < 0.05, JSON.stringify(metadata.patchLevel));
    assert.equal((await score(frame(2002))).level, level);
  });
});

describe("layouts", () => {
  it("find how far a picture was moved", () => {
    const width = 480;
    const picture = (shift: number) => {
      const data = new Uint8Array(width * width * 3);
      for (let y = 0, at = 0; y < width; y++) {
        for (let x = 0; x < width; x++, at += 3) {
          data.fill(120 + 80 * Math.sin((x - shift) / 31) * Math.cos(y / 23 + (x - shift) / 70), at, at + 3);
        }
      }
      return measurePicture({ width, height: width, data }).layout;
    };
    const found = findDisplacement(picture(60), picture(0));
    assert.ok(Math.abs(found.x - 60 / width) < 0.7 / LAYOUT && found.y === 0, JSON.stringify(found));
    assert.ok(found.distance < 0.2 * layoutDistance(picture(60), picture(0)));
  });
});
