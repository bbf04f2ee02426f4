import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, it } from "mocha";
import { GoldenSampleError } from "../../lib/errors";
import { decodeImage } from "../../lib/image/decode";
import { seededRandom } from "../../lib/random";
import { sharedPath } from "../support/shared-data";
import { type TiffParts, type TiffTag, writeTiff } from "../support/tiff";

const decode = (data: Buffer) => decodeImage({ kind: "encoded", data });
const [BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANES, FORMAT, EXTRA] = [258, 259, 262, 277, 284, 339, 338] as const;
type Pair = readonly [tag: number, value: number | readonly number[]];
const tags = (...pairs: readonly Pair[]) =>
  pairs.map(([tag, value]): TiffTag => [tag, 3, typeof value === "number" ? [value] : value]);

async function refusal(parts: TiffParts | Buffer): Promise<string> {
  const thrown = await decode(parts instanceof Buffer ? parts : writeTiff(parts as TiffParts)).then(
    () => assert.fail("it is decoded"),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof GoldenSampleError, String(thrown));
  assert.equal(thrown.code, "BAD_IMAGE");
  return thrown.message;
}

const levels = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
const grey: TiffParts = { width: 4, height: 3, strips: [levels], tags: tags([BITS, 8], [PHOTOMETRIC, 1]) };
const spread = (values: Iterable<number>) => [...values].flatMap((value) => [value, value, value]);
const pixels = async (parts: TiffParts) => [...(await decode(writeTiff(parts))).data];
const altered = (...more: readonly Pair[]): TiffParts => {
  const added = tags(...more);
  return { ...grey, tags: [...grey.tags.filter(([tag]) => !added.some(([other]) => other === tag)), ...added] };
};

/** What tifffile and Pillow give, where nothing else is said. */
describe("TIFF", () => {
  it("of 8 bits is read little- and big-endian, as BigTIFF, in strips and compressed", async () => {
    for (const big of [false, true])
      for (const bigEndian of [false, true])
        assert.deepEqual(await pixels({ ...grey, big, bigEndian }), spread(levels));
    const rows = { ...altered([278, 1]), strips: [0, 4, 8].map((at) => levels.subarray(at, at + 4)) };
    assert.deepEqual(await pixels(rows), spread(levels));
    assert.deepEqual(await pixels({ ...altered([COMPRESSION, 8]), strips: [deflateSync(levels)] }), spread(levels));
  });

  it("of several pages gives the first and says how many there are, reductions and circles not counted", async () => {
    const first = writeTiff(grey);
    const directory = first.subarray(first.readUInt32LE(4));
    const second = Buffer.concat([first, directory]);
    second.writeUInt32LE(first.length, first.length - 4);
    const image = await decode(second);
    assert.deepEqual([image.pages, [...image.data]], [2, spread(levels)]);
    const circle = Buffer.from(second);
    circle.writeUInt32LE(first.readUInt32LE(4), circle.length - 4);
    assert.equal((await decode(circle)).pages, 2);
    assert.equal((await decode(first)).pages, undefined);
    const small = writeTiff({ ...grey, tags: [...grey.tags, [254, 4, [1]]] });
    const reduced = Buffer.concat([small, small.subarray(small.readUInt32LE(4))]);
    reduced.writeUInt32LE(small.length, small.length - 4);
    assert.equal((await decode(reduced)).pages, undefined);
  });

  it("of 16 bits has the upper eight, in either order of bytes", async () => {
    const strip = (bigEndian: boolean) => {
      const out = Buffer.alloc(24);
      levels.forEach((level, i) => {
        if (bigEndian) out.writeUInt16BE(level * 256 + 255, i * 2);
        else out.writeUInt16LE(level * 256 + 255, i * 2);
      });
      return out;
    };
    for (const bigEndian of [false, true])
      assert.deepEqual(await pixels({ ...altered([BITS, 16]), strips: [strip(bigEndian)], bigEndian }), spread(levels));
  });

  it("is read bilevel, with white as zero, with planes apart and in tiles", async () => {
    const bits = { width: 4, height: 3, strips: [Uint8Array.of(0xa0, 0x50, 0xf0)], tags: tags([PHOTOMETRIC, 1]) };
    const on = [255, 0, 255, 0, 0, 255, 0, 255, 255, 255, 255, 255];
    assert.deepEqual(await pixels(bits), spread(on));
    const inverted = { ...bits, tags: tags([PHOTOMETRIC, 0]) };
    assert.deepEqual(await pixels(inverted), spread(on.map((value) => 255 - value)));
    assert.deepEqual(await pixels(altered([PHOTOMETRIC, 0])), spread(levels.map((level) => 255 - level)));
    const colour = tags([BITS, [8, 8, 8]], [PHOTOMETRIC, 2], [SAMPLES, 3], [PLANES, 2]);
    const planes = [levels, levels.map((level) => level + 1), levels.map((level) => level + 2)];
    assert.deepEqual(
      await pixels({ ...grey, strips: planes, tags: colour }),
      [...levels].flatMap((level) => [level, level + 1, level + 2]),
    );
    const tile = Buffer.alloc(16 * 16);
    for (let row = 0; row < 3; row++) tile.set(levels.subarray(row * 4, row * 4 + 4), row * 16);
    assert.deepEqual(await pixels({ ...altered([322, 16], [323, 16]), strips: [tile], tiled: true }), spread(levels));
  });

  it("with tags that are not sorted, a text without its NUL or tags of others' is read", async () => {
    const odd: TiffTag[] = [
      [305, 2, [65, 66, 67, 68, 69, 70]],
      [65000, 3, [7]],
    ];
    for (const order of [(a: TiffTag, b: TiffTag) => b[0] - a[0], undefined])
      for (const big of [false, true])
        for (const bigEndian of [false, true]) {
          const parts = { ...grey, tags: [...grey.tags, ...odd], big, bigEndian, ...(order && { order }) };
          assert.deepEqual(await pixels(parts), spread(levels));
        }
  });

  it("of numbers that have no black and white of their own is refused, saying what to send", async () => {
    for (const [format, bits, words] of [
      [3, 32, /floating-point values of 32 bits.*scale them to 8 or 16 bits/],
      [3, 16, /floating-point values of 16 bits/],
      [3, 64, /floating-point values of 64 bits/],
      [2, 8, /signed values of 8 bits/],
      [2, 32, /signed values of 32 bits/],
      [6, 64, /complex values/],
      [1, 32, /32 bits a channel/],
      [1, 12, /12 bits a channel/],
    ] as const)
      assert.match(await refusal({ ...altered([BITS, bits], [FORMAT, format]), strips: [Buffer.alloc(96)] }), words);
  });

  it("of float32, as in the case that was read as black, is refused", async function () {
    const data = readFileSync(sharedPath(this, "cases", "float-tiff-black", "t", "defect.tif"));
    assert.match(await refusal(data), /floating-point/);
  });

  it("of a kind that is read wrongly or not at all is refused by its name", async () => {
    const three = { strips: [Buffer.alloc(36)] };
    assert.match(await refusal({ ...altered([BITS, [8, 8, 8]], [PHOTOMETRIC, 6], [SAMPLES, 3]), ...three }), /YCbCr/);
    assert.match(
      await refusal({ ...altered([BITS, [8, 8, 8]], [PHOTOMETRIC, 8], [SAMPLES, 3]), ...three }),
      /L\*a\*b\*/,
    );
    assert.match(
      await refusal({ ...altered([BITS, [8, 8, 8]], [SAMPLES, 3]), ...three }),
      /3 channels|3 grey channels/,
    );
    assert.match(await refusal({ ...altered([BITS, [8, 8]], [SAMPLES, 2], [EXTRA, 0]), ...three }), /2 grey channels/);
    assert.match(await refusal(altered([COMPRESSION, 50000])), /compressed by Zstandard/);
    assert.match(await refusal({ ...grey, width: 0 }), /0 x 3 pixels/);
  });

  it("is refused wherever it is cut off, and without one of its strips", async () => {
    for (const big of [false, true]) {
      const whole = writeTiff({
        ...altered([278, 1]),
        strips: [0, 4, 8].map((at) => levels.subarray(at, at + 4)),
        big,
      });
      for (let length = 4; length < whole.length - 12; length++) await refusal(whole.subarray(0, length));
    }
    const strips = [levels.subarray(0, 4), levels.subarray(4, 8)];
    assert.match(await refusal({ ...altered([278, 1]), strips }), /strips are missing/);
    const beyond: TiffParts = { ...grey, tags: [...grey.tags, [273, 4, [60_000]]] };
    assert.match(await refusal(beyond), /strips are missing/);
  });

  it("altered at random is decoded or refused in one sentence, however long its claims", async () => {
    const random = seededRandom(5);
    const kinds = [
      grey,
      { ...grey, big: true },
      { ...altered([278, 1], [COMPRESSION, 8]), strips: [deflateSync(levels)] },
    ];
    for (let i = 0; i < 900; i++) {
      const data = writeTiff(kinds[i % kinds.length]!);
      for (let change = 0; change <= i % 3; change++)
        data[4 + Math.floor(random() * (data.length - 4))] = Math.floor(random() * 256);
      const image = await decode(data).catch((error: unknown) => error);
      if (image instanceof Error) assert.ok(image instanceof GoldenSampleError, image.stack);
    }
  });
});
