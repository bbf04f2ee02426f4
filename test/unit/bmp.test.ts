import assert from "node:assert/strict";
import { describe, it } from "mocha";
import sharp from "sharp";
import { GoldenSampleError } from "../../lib/errors";
import { decodeImage } from "../../lib/image/decode";
import { seededRandom } from "../../lib/random";
import { type BmpParts, writeBmp } from "../support/bmp";

const decode = (data: Buffer) => decodeImage({ kind: "encoded", data });

/** The pixels of the picture, one triple each. */
async function pixels(parts: BmpParts) {
  const { data, width, height } = await decode(writeBmp(parts));
  assert.deepEqual([width, height], [parts.width, Math.abs(parts.height)]);
  return Array.from({ length: width * height }, (_, i) => [...data.subarray(i * 3, i * 3 + 3)]);
}

async function refusal(data: Buffer): Promise<string> {
  const thrown = await decode(data).then(
    () => assert.fail("it is decoded"),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof GoldenSampleError, String(thrown));
  assert.equal(thrown.code, "BAD_IMAGE");
  return thrown.message;
}

const [A, B, C] = [[10, 20, 30] as const, [40, 50, 60] as const, [70, 80, 90] as const];
const PALETTE = [A, B, C];
const palette = { width: 4, height: 1, bits: 8, palette: PALETTE, pixels: [0, 1, 2, 2] };
const grey = Array.from({ length: 256 }, (_, i) => [i, i, i] as const);

/** What Pillow 13 and ImageMagick 6.9 give, where nothing else is said. */
describe("BMP", () => {
  it("of a grey camera (8 bits, grey palette) has the pixels of the PNG", async () => {
    const levels = Uint8Array.from({ length: 8 * 6 }, (_, i) => (i * 37) & 255);
    const png = await sharp(levels, { raw: { width: 8, height: 6, channels: 1 } })
      .png()
      .toBuffer();
    const rows = Array.from({ length: 6 }, (_, y) => [...levels.subarray((5 - y) * 8, (6 - y) * 8)]);
    const bmp = writeBmp({ width: 8, height: 6, bits: 8, palette: grey, pixels: rows.flat() });
    assert.deepEqual((await decode(bmp)).data, new Uint8Array((await decode(png)).data));
  });

  it("has palettes of 1, 4 and 8 bits, rows padded to four bytes", async () => {
    const two = await pixels({ width: 5, height: 2, bits: 1, palette: [A, B], pixels: [0xa8, 0, 0, 0, 0x50, 0, 0, 0] });
    assert.deepEqual(two, [A, B, A, B, A, B, A, B, A, B]);
    const four = { width: 3, height: 2, bits: 4, palette: PALETTE, pixels: [0x01, 0x20, 9, 9, 0x22, 0x10, 9, 9] };
    assert.deepEqual(await pixels(four), [C, C, B, A, B, C]);
    assert.deepEqual(await pixels(palette), [A, B, C, C]);
  });

  it("has every header of Windows and OS/2 that is in use", async () => {
    for (const header of [12, 40, 52, 56, 64, 108, 124])
      assert.deepEqual(await pixels({ ...palette, header }), [A, B, C, C], `${header}`);
  });

  it("has its rows top-down where its height is negative", async () => {
    const rows = { width: 2, bits: 8, palette: PALETTE, pixels: [0, 0, 9, 9, 1, 2, 9, 9] };
    assert.deepEqual(await pixels({ ...rows, height: 2 }), [B, C, A, A]);
    assert.deepEqual(await pixels({ ...rows, height: -2 }), [A, A, B, C]);
  });

  it("has a gap before its pixels, or no place named, or a palette as long as the room before them", async () => {
    assert.deepEqual(await pixels({ ...palette, gap: 13 }), [A, B, C, C]);
    assert.deepEqual(await pixels({ ...palette, offset: 0 }), [A, B, C, C]);
    assert.deepEqual(await pixels({ ...palette, used: 0 }), [A, B, C, C]);
  });

  it("has 16 bits as 5-5-5 or by its masks, scaled and rounded down as in Pillow", async () => {
    const sixteen = { width: 2, height: 1, bits: 16, pixels: [0xff, 0x7f, 0x34, 0x12] };
    assert.deepEqual(await pixels(sixteen), [
      [255, 255, 255],
      [32, 139, 164],
    ]);
    const masks = [0xf800, 0x07e0, 0x001f];
    const expected = [
      [123, 255, 255],
      [16, 68, 164],
    ];
    assert.deepEqual(await pixels({ ...sixteen, compression: 3, masks }), expected);
    assert.deepEqual(await pixels({ ...sixteen, compression: 3, masks, header: 124 }), expected);
  });

  it("has 24 and 32 bits, and 32 by masks of any width", async () => {
    const one = { width: 1, height: 1 };
    assert.deepEqual(await pixels({ ...one, bits: 24, pixels: [3, 2, 1] }), [[1, 2, 3]]);
    assert.deepEqual(await pixels({ ...one, bits: 32, pixels: [3, 2, 1, 0] }), [[1, 2, 3]]);
    const fields = { ...one, bits: 32, compression: 3 };
    for (const header of [40, 56, 108]) {
      const masks = [0xff000000, 0xff0000, 0xff00];
      assert.deepEqual(await pixels({ ...fields, header, masks, pixels: [9, 3, 2, 1] }), [[1, 2, 3]], `${header}`);
    }
    // Ten bits a channel, as some cameras have it.
    const ten = Buffer.alloc(4);
    ten.writeUInt32LE(1023 * 2 ** 20 + 512 * 2 ** 10 + 3);
    assert.deepEqual(await pixels({ ...fields, masks: [0x3ff00000, 0xffc00, 0x3ff], pixels: ten }), [[255, 127, 0]]);
    assert.deepEqual(await pixels({ ...fields, masks: [0, 0, 0], pixels: [3, 2, 1, 0] }), [[1, 2, 3]]);
  });

  it("has run lengths: copied runs, jumps, ends of lines; a run is cut at the end of its row", async () => {
    const eight = { width: 4, height: 2, bits: 8, compression: 1, palette: PALETTE };
    assert.deepEqual(await pixels({ ...eight, pixels: [6, 1, 0, 0, 0, 3, 2, 1, 2, 0, 1, 0, 0, 1] }), [
      ...[C, B, C, A],
      ...[B, B, B, B],
    ]);
    const jump = [4, 1, 0, 0, 1, 2, 0, 2, 1, 1, 1, 2, 0, 0, 0, 1];
    assert.deepEqual(await pixels({ ...eight, height: 3, pixels: jump }), [
      ...[A, A, C, A],
      ...[C, A, A, A],
      ...[B, B, B, B],
    ]);
    // The end of the bitmap may be missing where all pixels are there.
    assert.deepEqual(await pixels({ ...eight, height: -2, pixels: [4, 1, 0, 0, 4, 2] }), [B, B, B, B, C, C, C, C]);
    const four = { width: 5, height: 2, bits: 4, compression: 2, palette: PALETTE };
    assert.deepEqual(await pixels({ ...four, pixels: [0, 5, 0x12, 0x01, 0x20, 0, 0, 0, 5, 0x12, 0, 0, 0, 1] }), [
      ...[B, C, B, C, B],
      ...[B, C, A, B, C],
    ]);
  });

  it("without all of its pixels is refused, wherever it is cut off", async () => {
    const kinds: BmpParts[] = [
      palette,
      { width: 5, height: 3, bits: 1, palette: [A, B], pixels: Buffer.alloc(12) },
      { width: 3, height: 3, bits: 24, pixels: Buffer.alloc(36) },
      { width: 4, height: 2, bits: 8, compression: 1, palette: PALETTE, pixels: [4, 1, 0, 0, 0, 4, 1, 2, 1, 2] },
    ];
    for (const parts of kinds) {
      const whole = writeBmp(parts);
      // Padding behind the last row is no pixel.
      const needed = whole.length - (parts.bits === 24 || parts.bits === 1 ? 3 : 0);
      for (let length = 2; length < needed; length++)
        assert.match(await refusal(whole.subarray(0, length)), /cut off/, `${parts.bits} bits, ${length} bytes`);
      assert.equal((await decode(whole.subarray(0, needed))).width, parts.width);
    }
    const eight = { width: 4, height: 2, bits: 8, compression: 1, palette: PALETTE };
    assert.match(await refusal(writeBmp({ ...eight, pixels: [4, 1, 0, 0, 0, 1] })), /end before its pixels do/);
    assert.match(await refusal(writeBmp({ ...eight, pixels: [0, 6, 1, 1, 1, 1, 1, 1] })), /leaves its row/);
    assert.match(await refusal(writeBmp({ ...eight, pixels: [2, 1, 0, 2, 200, 0, 4, 1] })), /leaves its row/);
  });

  it("of a colour that its palette lacks is refused, for readers do not agree on one", async () => {
    assert.match(await refusal(writeBmp({ ...palette, pixels: [0, 1, 2, 200] })), /colour 200 of a palette of 3/);
    assert.match(await refusal(writeBmp({ ...palette, used: 300 })), /300 colours for 8 bits/);
  });

  it("of a kind that is not read is refused by its name", async () => {
    const one = { width: 1, height: 1, pixels: [0, 0, 0, 0] };
    const named: [Partial<BmpParts> & { bits: number }, RegExp][] = [
      [{ bits: 2 }, /2 bits a pixel/],
      [{ bits: 64 }, /64 bits a pixel/],
      [{ bits: 24, compression: 4 }, /has JPEG compression, which is not read/],
      [{ bits: 24, compression: 5 }, /has PNG/],
      [{ bits: 32, compression: 6 }, /bit fields with alpha/],
      [{ bits: 4, compression: 1 }, /run lengths of 4 bits/],
      [{ bits: 24, header: 64, compression: 4 }, /OS\/2's compression 4/],
      [{ bits: 32, compression: 3, masks: [0xf0f0, 0xf, 0xff0000] }, /bit masks f0f0, f, ff0000/],
      [{ bits: 16, compression: 3, masks: [0xff0000, 0xff00, 0xff] }, /bit masks/],
    ];
    for (const [parts, words] of named) assert.match(await refusal(writeBmp({ ...one, ...parts })), words);
    const short = writeBmp({ ...one, bits: 24 });
    short.writeUInt32LE(16, 14);
    assert.match(await refusal(short), /a header of 16 bytes/);
  });

  it("without a pixel, or with more than any camera has, is refused before anything is allocated", async () => {
    for (const [width, height] of [
      [0, 0],
      [0, 5],
      [5, 0],
      [-4, 4],
    ] as const)
      assert.match(await refusal(writeBmp({ ...palette, width, height })), /nothing to see/);
    for (const header of [40, 124])
      assert.match(
        await refusal(writeBmp({ ...palette, header, width: 2 ** 31 - 1, height: -(2 ** 31) })),
        /more than 100 million pixels/,
      );
    assert.match(await refusal(writeBmp({ ...palette, offset: 20 })), /within its header/);
    assert.match(await refusal(writeBmp({ ...palette, offset: 0xffffffff })), /cut off/);
  });

  it("altered at random is decoded or refused in one sentence", async () => {
    const random = seededRandom(7);
    const kinds: BmpParts[] = [
      palette,
      { ...palette, bits: 4, header: 12 },
      { width: 6, height: 3, bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f], pixels: Buffer.alloc(36, 77) },
      {
        width: 8,
        height: 3,
        bits: 8,
        compression: 1,
        palette: PALETTE,
        pixels: [8, 1, 0, 0, 0, 5, 1, 2, 1, 2, 1, 0, 0, 2, 1, 1, 7, 2],
      },
      {
        width: 8,
        height: 2,
        bits: 4,
        compression: 2,
        palette: PALETTE,
        pixels: [8, 0x12, 0, 0, 0, 5, 1, 2, 1, 0, 0, 2, 1, 0, 2, 0x11],
      },
    ];
    for (let i = 0; i < 4000; i++) {
      const data = writeBmp(kinds[i % kinds.length]!);
      for (let change = 0; change <= i % 3; change++)
        data[2 + Math.floor(random() * (data.length - 2))] = Math.floor(random() * 256);
      const image = await decode(data).catch((error: unknown) => error);
      if (image instanceof Error)
        assert.ok(image instanceof GoldenSampleError, `${data.toString("hex")}: ${image.stack}`);
    }
  });
});
