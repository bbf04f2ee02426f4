import { createHash } from "node:crypto";
import type { StoredTensor } from "./safetensors";

/** Bytes hashed in one go: other work gets through between two. */
const PIECE = 1 << 22;

/**
 * Tells a file that somebody, or a dying disk, has altered: one wrong bit in a feature is just another number, and
 * would make just another score.
 * @param text the file's metadata
 * @returns SHA-256, in hexadecimal digits
 */
export async function contentHash(text: string, tensors: ReadonlyMap<string, StoredTensor>): Promise<string> {
  const hash = createHash("sha256").update(text);
  for (const [name, { dtype, shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([name, dtype, shape]));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let from = 0; from < bytes.length; from += PIECE) {
      hash.update(bytes.subarray(from, from + PIECE));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return hash.digest("hex");
}
