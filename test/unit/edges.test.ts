import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { readBundle, writeBundle } from "../../lib/bank/file/bundle";
import type { Engine } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { evaluate } from "../../lib/evaluate/evaluate";
import { anomalyMap } from "../../lib/score/anomaly-map";
import { plain } from "../../lib/sentence";
import { partPixels } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

type Image = { kind: "encoded"; data: Buffer };
interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** At 112 px 14 of 179 px are over a multiple of the patch, more than the defects here are wide. */
const LONG = 179;
const SHORT = 120;

/** A part, with a bright stripe pattern where the defect is. */
async function part(width: number, height: number, seed: number, defect?: Place): Promise<Image> {
  const data = partPixels({ width, height, seed });
  if (defect) {
    for (let y = defect.top; y < defect.top + defect.height; y++) {
      for (let x = defect.left; x < defect.left + defect.width; x++)
        data.fill(y % 4 < 2 ? 255 : 0, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
  return {
    kind: "encoded",
    data: await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  };
}

describe("the edges of a frame", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  const bank = (name: string) => ({ file: join(folder.path, `${name}.safetensors`) });

  let backbone: { model: string; resolution: number };

  before(() => {
    folder = temporaryFolder();
    // Its patches know nothing of one another.
    backbone = { model: join(folder.path, "tiny.onnx"), resolution: 112 };
    writeFileSync(backbone.model, tinyBackbone());
    engine = acquireEngine({ device: "auto" });
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  async function built(name: string, [width, height]: readonly [number, number], fit?: "all" | "crop") {
    const references = await Promise.all([1, 2, 3, 4].map((seed) => part(width, height, seed)));
    const spec = { ...backbone, ...(fit && { fit }) };
    return engine.call("build", {
      bank: bank(name),
      backbone: spec,
      references,
      settings: { mask: "off", metric: "l2" },
    });
  }

  for (const [edge, size, defect, place] of [
    ["last columns", [LONG, SHORT], { left: LONG - 9, top: 45, width: 9, height: 30 }, [164, 45, 15, 30]],
    ["last rows", [SHORT, LONG], { left: 45, top: LONG - 9, width: 30, height: 9 }, [45, 164, 30, 15]],
  ] as const) {
    it(`shows a defect in the ${edge} in its place, to the last pixel`, async () => {
      const [width, height] = size;
      await built(edge, size);
      const request = { bank: bank(edge), backbone, map: true };
      const good = await engine.call("score", { ...request, image: await part(width, height, 9) });
      const options = { ...request, regions: true, regionLevel: 2 * good.score };
      const bad = await engine.call("score", { ...options, image: await part(width, height, 9, defect) });
      assert.ok(bad.score > 2 * good.score, `${bad.score} against ${good.score} of a good part`);
      const { x, y, width: across, height: down } = bad.regions![0]!;
      assert.deepEqual([bad.regions!.length, [x, y, across, down]], [1, place]);
      const { rows, cols, data } = bad.map!;
      const map = anomalyMap(new Float32Array(new Uint8Array(data).buffer), rows, cols, height, width);
      const highest = map.indexOf(map.reduce((a, b) => Math.max(a, b)));
      const [left, top] = [highest % width, Math.floor(highest / width)];
      assert.ok(left >= x && top >= y && left < x + across && top < y + down, `the map is highest at ${left}, ${top}`);
    });

    it(`does not see the ${edge} where frames are cropped as the authors do`, async () => {
      const [width, height] = size;
      await built(`cropped ${edge}`, size, "crop");
      const request = { bank: bank(`cropped ${edge}`), backbone: { ...backbone, fit: "crop" as const } };
      const good = await engine.call("score", { ...request, image: await part(width, height, 9) });
      const bad = await engine.call("score", { ...request, image: await part(width, height, 9, defect) });
      assert.ok(bad.score < 1.1 * good.score, `${bad.score} against ${good.score} of a good part`);
    });
  }

  it("masks with polygons up to the last column", async () => {
    const image = await part(LONG, SHORT, 1);
    const include = [
      [
        [0.92, 0],
        [1, 0],
        [1, 1],
        [0.92, 1],
      ],
    ] as [number, number][][];
    const mask = await engine.call("mask", { image, backbone: backbone, foreground: "off", include });
    const kept = Array.from({ length: mask.cols }, (_, col) => mask.data[col]);
    assert.deepEqual(kept, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("goes on with a bank from before there was a choice as it was built, and refuses it whole", async () => {
    await built("old", [LONG, SHORT], "crop");
    const old = await readBundle(bank("old").file);
    delete old.metadata.backbone.fit;
    await writeBundle(bank("old").file, old);
    const image = await part(LONG, SHORT, 9);
    const request = { bank: bank("old"), image };
    const open = await engine.call("score", { ...request, backbone: backbone });
    const cropped = await engine.call("score", { ...request, backbone: { ...backbone, fit: "crop" } });
    assert.deepEqual([open.grid, open.score], [{ rows: 8, cols: 11 }, cropped.score]);
    const mask = await engine.call("mask", { ...request, backbone: backbone, foreground: "off" });
    assert.equal(mask.cols, 11, "and a mask for it is of its grid");
    const whole = await engine
      .call("score", { ...request, backbone: { ...backbone, fit: "all" } })
      .catch((e: unknown) => e);
    assert.ok(whole instanceof GoldenSampleError && whole.code === "BANK_MISMATCH");
    assert.match(whole.message, /built with fit: crop and the backbone is set to fit: all: set the backbone back/);
  });

  it("builds a bank again with whole frames, its kept masks brought to the other grid", async () => {
    const stored = { directory: join(folder.path, "banks"), name: "part" };
    const cropped = { ...backbone, fit: "crop" as const };
    const include = [
      [
        [0, 0],
        [0.9, 0],
        [0.9, 1],
        [0, 1],
      ],
    ] as [number, number][][];
    for (const seed of [1, 2, 3]) {
      const image = await part(LONG, SHORT, seed);
      const mask = await engine.call("mask", { image, backbone: cropped, foreground: "off", include });
      await engine.call("addReference", { bank: stored, image, mask });
    }
    const scored = async (asked: { model: string; resolution: number; fit?: "all" | "crop" }) => {
      await engine.call("build", { bank: stored, backbone: asked, settings: {} });
      return (await engine.call("score", { bank: stored, backbone: asked, image: await part(LONG, SHORT, 9) })).grid
        .cols;
    };
    assert.deepEqual(
      [await scored(cropped), await scored(backbone), await scored({ ...backbone, fit: "all" })],
      [11, 11, 12],
    );
  });

  it("crops in an evaluation with the paper's preprocessing, unless told otherwise", async () => {
    const asked: unknown[] = [];
    const spy = {
      call: async (_: string, request: { backbone: { fit?: string } }) => {
        asked.push(request.backbone.fit);
        throw new GoldenSampleError("BAD_REQUEST", plain("enough"));
      },
    } as unknown as Pick<Engine, "call">;
    const dataset = { name: "part", references: ["1.png"], test: [], notes: [] };
    for (const [preprocess, fit] of [["agnostic"], ["agnostic", "all"], [undefined]] as const) {
      const spec = { ...backbone, ...(fit && { fit }) };
      const options = {
        backbones: [{ name: "texture", spec }],
        settings: {},
        preprocess,
        shots: [1],
        seeds: 1,
        pixels: false,
      };
      await evaluate(spy, [dataset], options)
        .next()
        .catch(() => undefined);
    }
    assert.deepEqual(asked, ["crop", "all", undefined]);
  });
});
