import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { describe, it } from "mocha";
import sharp from "sharp";
import { GoldenSampleError } from "../../lib/errors";
import { decodeImage } from "../../lib/image/decode";
import { partJpeg, partPixels } from "../support/pictures";

const decode = (data: Buffer) => decodeImage({ kind: "encoded", data });
const colour = (width: number, height: number, background: { r: number; g: number; b: number }) =>
  sharp({ create: { width, height, channels: 3, background } });

async function refusal(data: Buffer): Promise<string> {
  const thrown = await decode(data).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof GoldenSampleError, "a GoldenSampleError is thrown");
  assert.equal(thrown.code, "BAD_IMAGE");
  assert.ok(!thrown.message.includes("\n"), "one line");
  return thrown.message;
}

describe("decoding images", () => {
  it("turns a picture upright by its EXIF orientation", async () => {
    const tagged = await colour(40, 20, { r: 200, g: 10, b: 10 }).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const { width, height } = await decode(tagged);
    assert.deepEqual([width, height], [20, 40]);
  });

  for (const format of ["jpeg", "png", "webp", "tiff", "gif", "avif"] as const) {
    it(`reads ${format.toUpperCase()}`, async () => {
      const { data, width, height } = await decode(
        await colour(32, 24, { r: 200, g: 100, b: 50 }).toFormat(format).toBuffer(),
      );
      assert.deepEqual([width, height], [32, 24]);
      for (const [i, value] of [200, 100, 50].entries()) assert.ok(Math.abs(data[i]! - value) <= 4, `${data[i]}`);
    });
  }

  for (const format of ["gif", "webp"] as const) {
    it(`says how many frames a ${format.toUpperCase()} film has, and gives the first`, async () => {
      const frames = [200, 20, 90].map((red) =>
        Buffer.from(new Uint8Array(8 * 6 * 3).map((_, i) => (i % 3 ? 50 : red))),
      );
      const raw = { width: 8, height: 18, channels: 3 as const, pageHeight: 6 };
      const film = await sharp(Buffer.concat(frames), { raw }).toFormat(format).toBuffer();
      const { data, width, height, pages } = await decode(film);
      assert.deepEqual([width, height, pages], [8, 6, 3]);
      assert.ok(Math.abs(data[0]! - 200) < 8, `${data[0]}`);
    });
  }

  it("spreads grey to three channels", async () => {
    const { data, width } = await decode(
      await colour(8, 6, { r: 90, g: 90, b: 90 }).toColourspace("b-w").png().toBuffer(),
    );
    assert.equal(data.length, width * 6 * 3);
    assert.deepEqual([...data.subarray(0, 3)], [90, 90, 90]);
  });

  it("drops an alpha channel without blending", async () => {
    const background = { r: 10, g: 200, b: 30, alpha: 0.5 };
    const png = await sharp({ create: { width: 5, height: 5, channels: 4, background } })
      .png()
      .toBuffer();
    const { data } = await decode(png);
    assert.deepEqual([...data.subarray(0, 3)], [10, 200, 30]);
  });

  it("scales 16 bits to 8", async () => {
    const samples = Buffer.from(new Uint16Array(4 * 4 * 3).fill(0x8080).buffer);
    const raw = { width: 4, height: 4, channels: 3 as const };
    const png = await sharp(new Uint16Array(samples.buffer, samples.byteOffset, 48), { raw })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    assert.equal((await sharp(png).metadata()).depth, "ushort");
    const { data } = await decode(png);
    assert.equal(data.length, 48);
    assert.ok(Math.abs(data[0]! - 128) <= 1, `${data[0]}`);
  });

  it("converts CMYK", async () => {
    const jpeg = await colour(16, 16, { r: 255, g: 255, b: 255 }).toColourspace("cmyk").jpeg().toBuffer();
    assert.equal((await sharp(jpeg).metadata()).space, "cmyk");
    const { data } = await decode(jpeg);
    assert.equal(data.length, 16 * 16 * 3);
    assert.ok(data[0]! > 240 && data[1]! > 240 && data[2]! > 240, `${data.subarray(0, 3)}`);
  });

  it("reads raw pixels of one, three and four channels", async () => {
    for (const channels of [1, 3, 4]) {
      const raw = { kind: "raw" as const, data: Buffer.alloc(6 * channels, 77), width: 3, height: 2, channels };
      assert.deepEqual([...(await decodeImage(raw)).data], Array(18).fill(77));
    }
  });

  it("leaves the buffer it was given alone", async () => {
    const jpeg = await partJpeg();
    const before = Buffer.from(jpeg);
    await decode(jpeg);
    assert.deepEqual(jpeg, before);
  });

  it("refuses an empty buffer", async () => {
    assert.match(await refusal(Buffer.alloc(0)), /empty/);
  });

  it("refuses HEIC, video and other files by name", async () => {
    const box = (brands: string) => Buffer.from(`\0\0\0\x18ftyp${brands}\0\0\0\0`, "latin1");
    assert.match(await refusal(box("heic\0\0\0\0mif1")), /it is HEIC, which is not read\): send JPEG/);
    assert.match(await refusal(Buffer.concat([box("mif1\0\0\0\0mif1"), Buffer.from("infehvc1")])), /it is HEIC/);
    assert.match(await refusal(box("isom\0\0\0\0mp42")), /it is a video/);
    assert.match(await refusal(Buffer.from("P5 4 4 255\n0123456789abcdef")), /PGM/);
    assert.match(await refusal(Buffer.from("%PDF-1.7")), /it is PDF/);
  });

  it("refuses text and SVG by name", async () => {
    assert.match(await refusal(Buffer.from("this is no picture")), /it is text/);
    assert.match(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), /SVG/);
  });

  it("refuses truncated JPEG and PNG files", async () => {
    const jpeg = await partJpeg();
    assert.match(await refusal(jpeg.subarray(0, jpeg.length >> 1)), /JPEG image is damaged or cut off/);
    const png = await sharp(partPixels(), { raw: { width: 160, height: 120, channels: 3 } })
      .png()
      .toBuffer();
    assert.match(await refusal(png.subarray(0, png.length >> 1)), /PNG image is damaged or cut off/);
  });

  for (const format of ["png", "gif", "webp", "avif"] as const) {
    it(`gives no other pixels of ${format.toUpperCase()} files that are cut off`, async () => {
      const raw = { width: 40, height: 30, channels: 3 as const };
      const whole = await sharp(partPixels(raw), { raw }).toFormat(format).toBuffer();
      const expected = Buffer.from((await decode(whole)).data);
      for (let length = 12; length < whole.length; length += length < whole.length - 24 ? 17 : 1) {
        const image = await decode(whole.subarray(0, length)).catch((error: unknown) => error as Error);
        // A file may lack what follows its last pixel.
        if (image instanceof Error) assert.ok(image instanceof GoldenSampleError, image.stack);
        else assert.ok(expected.equals(image.data), `${length} of ${whole.length} bytes`);
        if (length < whole.length / 2) assert.ok(image instanceof Error, `${length} bytes`);
      }
    });
  }

  it("refuses a decompression bomb before it decodes it", async () => {
    assert.match(await refusal(bombPng(60_000, 60_000)), /more than 100 million pixels/);
  });
});

/** A PNG of a few kilobytes that claims gigapixels. */
function bombPng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const content = Buffer.concat([Buffer.from(type, "latin1"), body]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const rows = deflateSync(Buffer.alloc(1 << 20));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
