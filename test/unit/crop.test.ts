import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { readBundle } from "../../lib/bank/file/bundle";
import type { ScoreResult } from "../../lib/engine/frames/score-frame";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { cropImage, pixelsOf } from "../../lib/image/crop";
import { moveMask } from "../../lib/mask/move-mask";
import { boxOf } from "../../lib/mask/regions-of-interest";
import { decideCrop } from "../../lib/train/decide-crop";
import { partPixels } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

const [WIDTH, HEIGHT] = [320, 240];
/** A part of 160 x 120 px at 120, 60, in a larger frame. */
const PART = { left: 120, top: 60, width: 160, height: 120 };
/** Of numbers that shares of it are exact of. */
const BOX = { x: 0.375, y: 0.25, width: 0.5, height: 0.5 };
const POLYGON: [number, number][] = [
  [BOX.x, BOX.y],
  [BOX.x + BOX.width, BOX.y],
  [BOX.x + BOX.width, BOX.y + BOX.height],
  [BOX.x, BOX.y + BOX.height],
];

/** @param elsewhere a bright square outside of the part */
async function frame(seed: number, scratch = false, elsewhere = false) {
  const part = partPixels({ ...PART, seed, scratch });
  const data = Buffer.alloc(WIDTH * HEIGHT * 3, 90);
  for (let row = 0; row < PART.height; row++)
    part.copy(data, ((PART.top + row) * WIDTH + PART.left) * 3, row * PART.width * 3, (row + 1) * PART.width * 3);
  if (elsewhere) for (let row = 10; row < 60; row++) data.fill(250, (row * WIDTH + 10) * 3, (row * WIDTH + 60) * 3);
  const picture = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  return { kind: "encoded" as const, data: await picture.png().toBuffer() };
}

describe("a bank that looks at the box around its regions alone", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  const backbone = { model: "texture", resolution: 112, threads: 1 };
  const bank = (name: string) => ({ directory: join(folder.path, "banks"), name });

  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    for (const name of ["cropped", "whole"]) {
      for (let seed = 1; seed <= 4; seed++) {
        const image = await frame(seed);
        const mask = await engine.call("mask", {
          image,
          backbone,
          bank: bank(name),
          foreground: "off",
          include: [POLYGON],
        });
        assert.equal(mask.area, undefined, "there is no bank yet that looks at a part");
        const { rows, cols, dtype, data, region } = mask;
        await engine.call("addReference", { bank: bank(name), image, mask: { rows, cols, dtype, data, region } });
      }
      const settings = { mask: "off", region: name === "whole" ? "whole" : "auto" } as const;
      const { crop } = await engine.call("build", { bank: bank(name), backbone, settings });
      assert.deepEqual(crop !== undefined, name === "cropped");
    }
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const maskFor = (name: string, image: RequestInput<"mask">["image"]) =>
    engine.call("mask", { image, backbone, bank: bank(name), foreground: "off", include: [POLYGON], picture: true });
  async function score(name: string, image: RequestInput<"score">["image"]): Promise<ScoreResult> {
    const { rows, cols, dtype, data, area, region } = await maskFor(name, image);
    const mask = { rows, cols, dtype, data, area, region };
    const options = { map: true, regions: true, overlay: true };
    return engine.call("score", { image, backbone, bank: bank(name), mask, ...options });
  }

  it("remembers the box, and looks at it more finely", async () => {
    const version = join(folder.path, "banks", "cropped", "1.safetensors");
    const { metadata } = await readBundle(version);
    assert.deepEqual(metadata.crop, BOX);
    const [cropped, whole] = [await score("cropped", await frame(9)), await score("whole", await frame(9))];
    assert.deepEqual(cropped.map!.area, BOX);
    assert.equal(whole.map!.area, undefined);
    // As many patches for the box as the whole frame had: a quarter of it.
    const { rows, cols } = cropped.grid;
    assert.deepEqual([rows, cols], [whole.grid.rows, whole.grid.cols]);
  });

  it("finds a defect where it lies in the frame", async () => {
    const { regions, image, overlay, mask } = await score("cropped", await frame(9, true));
    assert.deepEqual(image, { width: WIDTH, height: HEIGHT });
    assert.deepEqual(mask.area, BOX);
    assert.ok(regions!.length > 0);
    for (const { x, y, width, height, nearest } of regions!) {
      assert.ok(x >= PART.left && x + width <= PART.left + PART.width, `${x} + ${width}`);
      assert.ok(y >= PART.top && y + height <= PART.top + PART.height, `${y} + ${height}`);
      assert.ok(nearest!.x >= PART.left && nearest!.y >= PART.top, JSON.stringify(nearest));
    }
    const { data, info } = await sharp(overlay).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [WIDTH, HEIGHT]);
    const coloured = (x: number, y: number) => {
      const at = (y * WIDTH + x) * 3;
      return Math.abs(data[at]! - data[at + 2]!) > 60;
    };
    let [inside, outside] = [0, 0];
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) {
        if (!coloured(x, y)) continue;
        const isIn = x >= PART.left - 2 && x < PART.left + PART.width + 2 && y >= PART.top - 2;
        if (isIn) inside++;
        else outside++;
      }
    assert.ok(inside > 20, `${inside} pixels`);
    assert.equal(outside, 0);
  });

  it("is not moved by what lies outside", async () => {
    const [clean, other] = [
      await score("cropped", await frame(9)),
      await score("cropped", await frame(9, false, true)),
    ];
    assert.equal(other.score, clean.score);
    assert.equal(other.health?.state, clean.health?.state);
  });

  it("refuses regions that reach out of its box: nothing is passed over in silence", async () => {
    const image = await frame(9);
    const wide: [number, number][] = [
      [0, 0],
      [0.9, 0],
      [0.9, 0.9],
    ];
    const call = engine.call("mask", { image, backbone, bank: bank("cropped"), foreground: "off", include: [wide] });
    await assert.rejects(call, (thrown) => thrown instanceof GoldenSampleError && thrown.code === "BANK_MISMATCH");
    const mask = { rows: 8, cols: 8, dtype: "uint8", data: Buffer.alloc(64, 1) } as const;
    const scored = engine.call("score", { image, backbone, bank: bank("cropped"), mask });
    await assert.rejects(scored, /outside of the part/);
  });

  it("takes a mask of the whole frame that lies within its box", async () => {
    const image = await frame(9, true);
    const { rows, cols, dtype, data } = await engine.call("mask", {
      ...{ image, backbone, bank: bank("none-yet"), foreground: "off", include: [POLYGON] },
    });
    const { mask } = await engine.call("score", {
      image,
      backbone,
      bank: bank("cropped"),
      mask: { rows, cols, dtype, data },
    });
    assert.ok(mask.coverage > 0.8, `${mask.coverage}`);
  });

  it("scores its references and made defects in the box, too", async () => {
    const { defects } = await engine.call("madeDefects", { bank: bank("cropped"), backbone, count: 6, seconds: 60 });
    assert.ok(defects.length > 0);
    const kept = await engine.call("accept", { bank: bank("cropped"), backbone, image: await frame(9, true) });
    assert.ok(kept.added > 0 && kept.scores.after < kept.scores.before);
    const again = await engine.call("build", {
      bank: bank("cropped"),
      backbone,
      settings: { mask: "off", region: "auto" },
    });
    assert.equal(again.accepted, 1);
    assert.deepEqual(again.crop, BOX);
  });

  it("scores its known defects in the box, too, with the mask that they came with", async () => {
    const image = await frame(10, true);
    const { rows, cols, dtype, data, area, region } = await maskFor("cropped", image);
    assert.deepEqual(area, BOX);
    const mask = { rows, cols, dtype, data, area, region };
    const known = await engine.call("keepDefect", { bank: bank("cropped"), backbone, image, mask });
    assert.equal(known.caught, true);
    const settings = { mask: "off", region: "auto" } as const;
    const { replay } = await engine.call("build", { bank: bank("cropped"), backbone, settings });
    const [defect] = replay!.defects;
    assert.equal(defect!.passes, false);
    assert.ok(Math.abs(defect!.before! - known.score) < 1e-4, `${defect!.before}, not ${known.score}`);
  });
});

describe("the part of a frame that is looked at", () => {
  it("is the box around all regions, where it is asked for or covers under half", () => {
    const [small, large] = [
      { x: 0.125, y: 0.25, width: 0.25, height: 0.25 },
      { x: 0, y: 0, width: 0.875, height: 0.75 },
    ];
    assert.deepEqual(decideCrop({ region: "auto" }, [small, small]), small);
    assert.equal(decideCrop({ region: "auto" }, [small, large]), undefined);
    assert.deepEqual(decideCrop({ region: "crop" }, [large]), large);
    assert.equal(decideCrop({ region: "crop" }, [small, undefined]), undefined);
    assert.equal(decideCrop({ region: "whole" }, [small]), undefined);
    assert.equal(decideCrop({}, [small]), undefined);
    assert.deepEqual(decideCrop({ box: large }, []), large);
    assert.deepEqual(boxOf([POLYGON]), BOX);
    assert.equal(boxOf([]), undefined);
  });

  it("has whole pixels, at least one, and no more than the picture", () => {
    assert.deepEqual(pixelsOf(BOX, { width: WIDTH, height: HEIGHT }), PART);
    assert.deepEqual(pixelsOf({ x: 0.999, y: 0.999, width: 1e-6, height: 1e-6 }, { width: 10, height: 10 }), {
      ...{ left: 9, top: 9, width: 1, height: 1 },
    });
    const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => i) };
    const { data } = cropImage(image, { x: 0.5, y: 0.5, width: 0.5, height: 0.5 });
    assert.deepEqual([...data], [18, 19, 20, 21, 22, 23]);
  });

  it("takes over what a mask of another part says of it", () => {
    const whole = { rows: 2, cols: 2, data: Uint8Array.of(0, 1, 1, 0) };
    const right = { x: 0.5, y: 0, width: 0.5, height: 1 };
    assert.deepEqual([...moveMask(whole, right, 2, 2).data], [1, 1, 0, 0]);
    const part = { rows: 1, cols: 1, data: Uint8Array.of(1), area: right };
    assert.deepEqual([...moveMask(part, undefined, 2, 2).data], [0, 1, 0, 1]);
  });
});
