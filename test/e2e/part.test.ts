import assert from "node:assert/strict";
import sharp from "sharp";
import { DEFECTS, renderPart } from "../../scripts/demo/part";

describe("rendered parts", () => {
  it("are the same bytes for the same seed, and others for another", async () => {
    const [once, again, other] = [await renderPart(5), await renderPart(5), await renderPart(6)];
    assert.ok(once.equals(again));
    assert.ok(!once.equals(other));
  });

  it("are JPEG pictures of 640 x 480", async () => {
    const { format, width, height, channels } = await sharp(await renderPart(1)).metadata();
    assert.deepEqual({ format, width, height, channels }, { format: "jpeg", width: 640, height: 480, channels: 3 });
  });

  it("show each defect in one place of an otherwise equal part", async () => {
    const good = await pixels(await renderPart(40));
    for (const defect of DEFECTS) {
      const bad = await pixels(await renderPart(40, defect));
      const changed = good.reduce((count, value, i) => count + (Math.abs(value - bad[i]!) > 24 ? 1 : 0), 0);
      assert.ok(changed > 40, `${defect} shows: ${changed} values`);
      assert.ok(changed < good.length / 30, `${defect} is small: ${changed} values`);
    }
  });
});

async function pixels(jpeg: Buffer): Promise<Buffer> {
  return sharp(jpeg).raw().toBuffer();
}
