import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { decodeMask } from "../../lib/image/decode-mask";
import { temporaryFolder } from "../support/temporary";

describe("masks", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  /** Grey pixels of 16 bits, the first of them marked. */
  const deep = (value: number) =>
    sharp(
      Uint16Array.from({ length: 12 }, (_, i) => (i === 0 ? value : 0)),
      {
        raw: { width: 4, height: 3, channels: 1 },
      },
    ).toColourspace("grey16");

  async function read(name: string, file: Buffer): Promise<number[]> {
    const path = join(folder.path, name);
    writeFileSync(path, file);
    const { width, height, data } = await decodeMask(path);
    assert.deepEqual([width, height, data.length], [4, 3, 12]);
    return [...data];
  }

  it("mark every pixel above 0, of 8 and of 16 bits, grey and colour", async () => {
    const marked = Array.from({ length: 12 }, (_, i) => (i === 0 ? 1 : 0));
    for (const value of [1, 255, 256, 65535]) {
      assert.deepEqual(await read("16.png", await deep(value).png().toBuffer()), marked, `${value} in PNG`);
      assert.deepEqual(
        await read("16.tif", await deep(value).tiff({ compression: "lzw" }).toBuffer()),
        marked,
        `${value} in TIFF`,
      );
    }
    const blue = Buffer.alloc(36);
    blue[2] = 1;
    const colour = sharp(blue, { raw: { width: 4, height: 3, channels: 3 } });
    assert.deepEqual(await read("8.png", await colour.png().toBuffer()), marked);
  });

  it("are refused in one sentence where they are none", async () => {
    await assert.rejects(read("no.png", Buffer.from("rubbish")), { code: "BAD_IMAGE" });
  });
});
