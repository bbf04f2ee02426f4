import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { blankness } from "../../lib/health/blank";
import { maskedDistances } from "../../lib/score/masked-distances";
import { partJpeg, partPixels } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { type TinyOptions, tinyBackbone } from "../support/tiny-backbone";

type Image = RequestInput<"score">["image"];

const [WIDTH, HEIGHT] = [160, 120];

/** Levels around `level`, `noise` of them. */
const pixels = (level: number, noise: number) =>
  Buffer.from(Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => level + (((i * 2654435761) >>> 16) % noise)));
const jpeg = (data: Buffer) =>
  sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();

describe("a picture that shows nothing", () => {
  const of = (data: Buffer) => blankness({ width: WIDTH, height: HEIGHT, data });

  it("is black, overexposed or of one colour, with a sensor's least noise too", () => {
    assert.deepEqual(
      [
        of(pixels(0, 1)),
        of(pixels(0, 8)),
        of(pixels(248, 8)),
        of(pixels(255, 1)),
        of(pixels(127, 1)),
        of(pixels(90, 3)),
      ],
      ["black", "black", "overexposed", "overexposed", "uniform", "uniform"],
    );
  });

  it("is none with a part on it, small as it may be, or with the texture of a blank sheet", () => {
    assert.deepEqual([of(partPixels()), of(pixels(120, 9))], [undefined, undefined]);
    const data = pixels(255, 1);
    for (let y = 40; y < 48; y++) data.fill(100, (y * WIDTH + 60) * 3, (y * WIDTH + 68) * 3);
    assert.equal(of(data), undefined);
  });
});

describe("references and tokens without information", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let good: Buffer[];

  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    good = await Promise.all([1, 2, 3].map((seed) => partJpeg({ seed })));
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const texture = { model: "texture", resolution: 112 };
  const encoded = (data: Buffer): Image => ({ kind: "encoded", data });
  const path = (name: string, data: Buffer | Uint8Array) => {
    const file = join(folder.path, name);
    writeFileSync(file, data);
    return file;
  };
  const build = (images: readonly Image[], backbone: RequestInput<"build">["backbone"] = texture) =>
    engine.call("build", {
      bank: { file: join(folder.path, "bank.safetensors") },
      backbone,
      settings: {},
      references: [...images],
    });
  async function refused(call: Promise<unknown>, code: string, words: RegExp): Promise<void> {
    const thrown = await call.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError, `thrown: ${JSON.stringify(thrown)}`);
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.message, words);
    assert.match(thrown.message, /: .*\.$/);
  }

  for (const [what, level] of [
    ["black", 0],
    ["overexposed", 255],
    ["of one colour", 127],
  ] as const) {
    it(`refuses a bank with a reference that is ${what}, by its file's name`, async () => {
      const file = path("empty.jpg", await jpeg(pixels(level, 1)));
      await refused(
        build([encoded(good[0]!), { kind: "path", path: file }]),
        "BAD_IMAGE",
        new RegExp(`^Reference 2: empty\\.jpg is ${what}`),
      );
      const bank = { directory: join(folder.path, "banks"), name: "empty" };
      const image = encoded(await jpeg(pixels(level, 1)));
      await refused(engine.call("addReference", { bank, image }), "BAD_IMAGE", new RegExp(`^The picture is ${what}`));
    });
  }

  it("refuses one picture eight times", async () => {
    const file = path("again.jpg", good[0]!);
    const image: Image = { kind: "path", path: file };
    await refused(
      build(Array.from({ length: 8 }, () => image)),
      "BAD_REQUEST",
      /^All 8 references .* reference 1 \(again\.jpg\), byte for byte/,
    );
    const bank = { directory: join(folder.path, "banks"), name: "again" };
    await engine.call("addReference", { bank, image, distinct: true });
    await engine.call("addReference", { bank, image: encoded(good[1]!), distinct: true });
    await refused(
      engine.call("addReference", { bank, image: encoded(good[1]!), distinct: true }),
      "BAD_REQUEST",
      /same as reference 2 \(000002\.jpeg\)/,
    );
  });

  const spoiled = (name: string, options: TinyOptions) => ({
    model: path(`${name}.onnx`, tinyBackbone(options)),
    resolution: 112,
  });
  for (const [what, scale] of [
    ["NaN", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
    ["zero", 0],
  ] as const) {
    it(`refuses tokens that are ${what}, when building and in a batch`, async () => {
      const backbone = spoiled(what, { scale });
      const images = good.map(encoded);
      const words = what === "zero" ? /nothing but zeros/ : /numbers that are NaN, infinite/;
      await refused(build(images, backbone), "BAD_BACKBONE", new RegExp(`^Reference 1: .*${words.source}`));
      const batch = engine.call("batch", { backbone, images: images.map((image) => ({ image })) });
      await refused(batch, "BAD_BACKBONE", words);
    });
  }

  it("refuses a frame whose tokens are NaN, whatever the bank", async () => {
    // Half precision that overflows for bright pixels alone: the references are dark.
    const backbone = spoiled("overflow", { half: true, scale: 80_000 });
    const dark = await Promise.all(
      good.map(async (data) => encoded(await sharp(data).linear(0.02, 122).jpeg({ quality: 98 }).toBuffer())),
    );
    await build(dark, backbone);
    const bank = { file: join(folder.path, "bank.safetensors") };
    const { score } = await engine.call("score", { bank, backbone, image: dark[0]! });
    assert.ok(Number.isFinite(score));
    await refused(engine.call("score", { bank, backbone, image: encoded(good[0]!) }), "BAD_BACKBONE", /NaN, infinite/);
  });

  it("makes no score of distances that are NaN or infinite, unless they are masked", () => {
    const distances = Float32Array.of(0.1, Number.NaN);
    assert.throws(() => maskedDistances(distances, undefined), { code: "BAD_BANK" });
    const mask = { rows: 1, cols: 2, data: Uint8Array.of(1, 0) };
    assert.deepEqual([...maskedDistances(distances, mask)], [Math.fround(0.1), 0]);
    assert.throws(() => maskedDistances(Float32Array.of(Number.POSITIVE_INFINITY), undefined), { code: "BAD_BANK" });
  });
});
