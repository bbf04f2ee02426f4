import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import type { Engine } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { refusal } from "../support/refusal";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const [WIDTH, HEIGHT] = [160, 120];

describe("the mask of a stored reference", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  const patchSizes = [14, 8];
  const modelOf = (patchSize: number) => join(folder.path, `tiny-${patchSize}.onnx`);

  before(() => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    for (const patchSize of patchSizes) writeFileSync(modelOf(patchSize), tinyBackbone({ patchSize }));
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  /** On the left the same in every picture, on the right another colour. */
  function picture(seed: number) {
    const colour = [seed & 1, (seed >> 1) & 1, (seed >> 2) & 1].map((bit) => 255 * bit);
    const pixels = Buffer.from(
      Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
        const x = i % WIDTH;
        const level = 120 + 60 * Math.sin(x / 6) * Math.cos(i / WIDTH / 9);
        return x < 90 ? [level, level, level] : colour;
      }).flat(),
    );
    const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    return sharp(pixels, { raw }).png().toBuffer();
  }

  async function taught(name: string, mask?: { rows: number; cols: number; kept: number }) {
    const bank = { directory: join(folder.path, "banks"), name };
    for (let seed = 1; seed <= 4; seed++) {
      const image = { kind: "encoded" as const, data: await picture(seed) };
      const data =
        mask && Buffer.from(Array.from({ length: mask.rows * mask.cols }, (_, i) => +(i % mask.cols < mask.kept)));
      const given = mask && data && { rows: mask.rows, cols: mask.cols, dtype: "uint8" as const, data };
      await engine.call("addReference", { bank, image, ...(given && { mask: given }) });
    }
    return bank;
  }
  const worst = async (bank: { directory: string; name: string }, backbone: { model: string; resolution: number }) => {
    const { calibration } = await engine.call("build", { bank, backbone, settings: { mask: "off" } });
    return Math.max(...calibration);
  };

  it("holds where the backbone, its patches or its resolution are others than when it was drawn", async () => {
    const [masked, whole] = [await taught("masked", { rows: 8, cols: 10, kept: 5 }), await taught("whole")];
    for (const patchSize of patchSizes) {
      for (const resolution of [112, 168, 224]) {
        const backbone = { model: modelOf(patchSize), resolution };
        const [left, all] = [await worst(masked, backbone), await worst(whole, backbone)];
        assert.ok(left < all / 2, `${patchSize} ${resolution}: ${left} of ${all}`);
      }
    }
  });

  it("is refused where it is none of a picture of this shape, with the reference's number", async () => {
    const bank = await taught("upright", { rows: 10, cols: 8, kept: 4 });
    const said = await refusal(worst(bank, { model: modelOf(14), resolution: 112 }), "BAD_REQUEST");
    assert.match(said, /^Reference 1: The mask has 10 x 8 patches and the image 8 x 11: /);
  });
});
