import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import sharp from "sharp";
import { GoldenSampleError } from "../../lib/errors";
import { decodeImage } from "../../lib/image/decode";
import { readJpegStructure } from "../../lib/image/jpeg/structure";
import { seededRandom } from "../../lib/random";
import { partPixels } from "../support/pictures";
import { sharedPath } from "../support/shared-data";

const EOI = Buffer.from([0xff, 0xd9]);
const decode = (data: Buffer) => decodeImage({ kind: "encoded", data });
const pixels = async (data: Buffer) => Buffer.from((await decode(data)).data);
const picture = () => sharp(partPixels({ width: 61, height: 45 }), { raw: { width: 61, height: 45, channels: 3 } });
const kinds: Record<string, () => Promise<Buffer>> = {
  "4:2:0": () => picture().jpeg({ quality: 80 }).toBuffer(),
  "4:4:4": () => picture().jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer(),
  grey: () => picture().toColourspace("b-w").jpeg({ quality: 85 }).toBuffer(),
  progressive: () => picture().jpeg({ quality: 80, progressive: true }).toBuffer(),
};

async function refusal(data: Buffer): Promise<string> {
  const thrown = await decode(data).then(
    () => assert.fail("it is decoded"),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof GoldenSampleError, String(thrown));
  assert.equal(thrown.code, "BAD_IMAGE");
  return thrown.message;
}

/** The file with bytes put in before the first segment of a kind. */
function insert(data: Buffer, marker: number, bytes: Buffer): Buffer {
  const { start } = readJpegStructure(data).segments.find((segment) => segment.marker === marker)!;
  return Buffer.concat([data.subarray(0, start), bytes, data.subarray(start)]);
}

describe("JPEG", () => {
  it("with oddities that harm no pixel has the pixels it would have without them", async () => {
    const plain = await kinds["4:2:0"]!();
    const expected = await pixels(plain);
    const spectral = Buffer.from(plain);
    const [scan] = readJpegStructure(plain).scans;
    // As Samsung's phones write it: the last coefficient of the scan is 0.
    spectral[scan!.coded - 2] = 0;
    const version = insert(plain, 0xdb, Buffer.from("ffe000104a46494600020100000100010000", "hex"));
    const thumbnail = insert(plain, 0xdb, Buffer.concat([Buffer.from("ffe1000c457869660000", "hex"), EOI, EOI]));
    const odd: Record<string, Buffer> = {
      "bytes before the frame header": insert(plain, 0xc0, Buffer.from([1, 2, 3])),
      "fill bytes before the frame header": insert(plain, 0xc0, Buffer.alloc(5, 0xff)),
      "Se = 0": spectral,
      "JFIF 2.01": version,
      "end markers within Exif": thumbnail,
      "an empty segment of Adobe's": insert(plain, 0xdb, Buffer.from("fffe0002", "hex")),
      "something behind the end": Buffer.concat([plain, Buffer.from("trailing ffd8ffe0", "latin1"), plain]),
      "zeros before the end": Buffer.concat([plain.subarray(0, -2), Buffer.alloc(9), EOI]),
    };
    for (const [name, data] of Object.entries(odd)) assert.ok(expected.equals(await pixels(data)), name);
    const progressive = await kinds.progressive!();
    const padded = Buffer.concat([progressive.subarray(0, -2), Buffer.alloc(9), EOI]);
    assert.ok((await pixels(progressive)).equals(await pixels(padded)), "zeros before a progressive one's end");
  });

  it("of real phones and cameras with odd headers has the pixels that Pillow and OpenCV read", async function () {
    const folder = (name: string) => readFileSync(sharedPath(this, "cases", "jpeg-warnings", name));
    const png = await pixels(folder("truth.jpg"));
    for (const name of ["extraneous_header.jpg", "sos_se0.jpg"])
      assert.ok(png.equals(await pixels(folder(name))), name);
  });

  for (const [name, make] of Object.entries(kinds)) {
    it(`(${name}) is refused wherever it is cut off, with and without an end marker`, async () => {
      const whole = await make();
      const expected = await pixels(whole);
      for (let length = 2; length < whole.length; length += length < whole.length - 40 ? 13 : 1) {
        const cut = whole.subarray(0, length);
        assert.match(await refusal(cut), /cut off|no image/, `${length}`);
        // With an end marker a last byte that was padding is not missed.
        const closed = await pixels(Buffer.concat([cut, EOI])).catch((error: unknown) => error as Error);
        if (closed instanceof Error) assert.ok(closed instanceof GoldenSampleError, String(closed));
        else assert.ok(expected.equals(closed), `${length} bytes and an end marker`);
      }
    });
  }

  it("without rows that its header claims is refused, in the last of them, too", async () => {
    const whole = await kinds["4:2:0"]!();
    for (const more of [4, 16, 64]) {
      const tall = Buffer.from(whole);
      const { start } = readJpegStructure(whole).segments.find(({ marker }) => marker === 0xc0)!;
      tall.writeUInt16BE(45 + more, start + 5);
      if (more === 4) assert.match(await refusal(tall), /rows are missing/);
      else assert.match(await refusal(tall), /cut off/);
    }
  });

  it("that is progressive and was cut between two scans is refused, though decoders take it for whole", async () => {
    const whole = await kinds.progressive!();
    const { segments } = readJpegStructure(whole);
    const scans = segments.filter(({ marker }) => marker === 0xda);
    assert.ok(scans.length > 3);
    for (const { end } of scans.slice(0, -1))
      assert.match(await refusal(Buffer.concat([whole.subarray(0, end), EOI])), /scans are missing/);
    assert.match(await refusal(whole.subarray(0, -2)), /no end-of-image marker/);
  });

  it("of a kind that is not read is refused by its name", async () => {
    const whole = await kinds["4:2:0"]!();
    const { start } = readJpegStructure(whole).segments.find(({ marker }) => marker === 0xc0)!;
    const altered = (at: number, value: number) => {
      const data = Buffer.from(whole);
      data[start + at] = value;
      return data;
    };
    assert.match(await refusal(altered(1, 0xc9)), /is JPEG with arithmetic coding, which is not read/);
    assert.match(await refusal(altered(1, 0xc3)), /lossless JPEG/);
    assert.match(await refusal(altered(4, 12)), /12 bits a channel/);
    const flat = Buffer.from(whole);
    flat.writeUInt16BE(0, start + 5);
    assert.match(await refusal(flat), /\(DNL\)/);
  });

  it("keeps its grey levels and colours whatever profile is embedded, and converts CMYK by its profile", async () => {
    for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
      const plain = await picture().toFormat(format, { quality: 90 }).toBuffer();
      const tagged = await picture()
        .toFormat(format, { quality: 90 })
        .withIccProfile("p3", { attach: true })
        .toBuffer();
      const bare = await sharp(tagged, { ignoreIcc: true }).removeAlpha().raw().toBuffer();
      assert.ok((await sharp(tagged).metadata()).icc !== undefined, format);
      assert.ok(bare.equals(await pixels(tagged)), format);
      assert.equal((await pixels(plain)).length, bare.length);
    }
    const white = { create: { width: 8, height: 8, channels: 3 as const, background: "white" } };
    const cmyk = await sharp(white).toColourspace("cmyk").withIccProfile("cmyk").jpeg().toBuffer();
    assert.ok((await pixels(cmyk)).every((level) => level > 240));
  });

  it("altered at random is decoded or refused in one sentence, however long its claims", async () => {
    const random = seededRandom(11);
    const wholes = await Promise.all(Object.values(kinds).map((make) => make()));
    for (let i = 0; i < 400; i++) {
      const data = Buffer.from(wholes[i % wholes.length]!);
      // Mostly the headers, which decide what is allocated and how far is read.
      const reach = i % 4 === 0 ? data.length : 640;
      for (let change = 0; change <= i % 3; change++) data[2 + Math.floor(random() * (reach - 2))] = random() * 256;
      const image = await decode(data).catch((error: unknown) => error);
      if (image instanceof Error) assert.ok(image instanceof GoldenSampleError, image.stack);
    }
  });
});
