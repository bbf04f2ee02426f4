import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type ByteSource, readSafetensors, type StoredTensor, writeSafetensors } from "../../lib/bank/file/safetensors";
import { GoldenSampleError } from "../../lib/errors";

const file = (header: unknown, body = Buffer.alloc(0)) => {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, body]);
};
const one = (entry: object, size = 8) => file({ a: entry }, Buffer.alloc(size));

const source = (bytes: Buffer): ByteSource => ({
  size: bytes.length,
  read: async (target, position) => {
    bytes.copy(target, 0, position, position + target.length);
  },
});

describe("safetensors", () => {
  it("gives back what was written, whatever the order and the alignment", async () => {
    const tensors = new Map<string, StoredTensor>([
      ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ["floats", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1.5, -2, 3, 4) }],
      ["__proto__", { dtype: "I32", shape: [1], data: Int32Array.of(-7) }],
      ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
    ]);
    const written = Buffer.concat(writeSafetensors({ metadata: { hello: "world" }, tensors }));
    // Shifted by one byte, so that nothing is aligned by luck.
    const read = await readSafetensors(source(Buffer.concat([Buffer.alloc(1), written]).subarray(1)));
    assert.deepEqual(read.metadata, { hello: "world" });
    assert.deepEqual(new Map([...read.tensors].sort()), new Map([...tensors].sort()));
    assert.equal((written.readBigUInt64LE(0) + 8n) % 8n, 0n);
  });

  const refusals: [string, Buffer][] = [
    ["a file shorter than its first field", Buffer.alloc(5)],
    ["a header longer than the file", Buffer.concat([Buffer.from("ffffff0000000000", "hex"), Buffer.alloc(20)])],
    ["a header length beyond any file", Buffer.from("ffffffffffffffff00", "hex")],
    ["a header that is no JSON", file("{not json")],
    ["a header that is no object", file("[1]")],
    ["metadata that is no text", file({ __metadata__: { a: 1 } })],
    ["an unknown element type", one({ dtype: "F8", shape: [8], data_offsets: [0, 8] })],
    ["a type name of Object's", one({ dtype: "constructor", shape: [8], data_offsets: [0, 8] })],
    ["a shape that does not fit the size", one({ dtype: "F32", shape: [3], data_offsets: [0, 8] })],
    ["a negative size", one({ dtype: "F32", shape: [-1, -2], data_offsets: [0, 8] })],
    ["a fraction", one({ dtype: "F32", shape: [1.5], data_offsets: [0, 6] })],
    ["an unsafe number", one({ dtype: "U8", shape: [2 ** 60], data_offsets: [0, 2 ** 60] })],
    ["offsets that do not start at 0", one({ dtype: "F32", shape: [1], data_offsets: [4, 8] })],
    ["offsets beyond the end", one({ dtype: "F32", shape: [4], data_offsets: [0, 16] })],
    ["a body longer than its tensors", one({ dtype: "F32", shape: [1], data_offsets: [0, 4] })],
    [
      "overlapping tensors",
      file(
        {
          a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
          b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
        },
        Buffer.alloc(12),
      ),
    ],
  ];
  for (const [what, bytes] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        readSafetensors(source(bytes)),
        (thrown) => thrown instanceof GoldenSampleError && thrown.code === "BAD_BANK",
      );
    });
  }
});
