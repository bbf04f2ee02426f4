import type { FileHandle } from "node:fs/promises";
import { realPathWithin } from "../confined-path";
import { firstSentence, GoldenSampleError } from "../errors";
import { openRegular } from "./open-regular";
import type { FileRequest, FromReader, Ping } from "./wire";

/** Bytes between two signs of life. */
const PIECE = 4 * 1024 * 1024;

/** The process that reads files for another, which can end it where a disk or the network does not answer. */
function main(): void {
  const send = (message: FromReader) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  // An orderly end would wait for the reads that hang.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.on("SIGINT", () => undefined);
  process.on("message", (message: FileRequest | Ping) => {
    if ("ping" in message) send({ id: message.ping, pong: true });
    else void answer(message);
  });

  async function answer(request: FileRequest): Promise<void> {
    const { id } = request;
    try {
      send({ id, ...(await read(request, () => send({ id }))) });
    } catch (thrown) {
      const code = thrown instanceof GoldenSampleError ? thrown.code : undefined;
      send({ id, failure: firstSentence(thrown), ...(code && { code }) });
    }
  }
}

async function read({ path, within, most }: FileRequest, goesOn: () => void) {
  const real = within === undefined ? path : await realPathWithin(within, path, "read", "BAD_IMAGE");
  const { file, facts } = await openRegular(real);
  try {
    const { size, mtimeMs } = facts;
    if (most === undefined) return { facts: { size, mtimeMs } };
    if (size > most) throw new Error(`it has ${size} bytes, more than the ${most} allowed`);
    return { facts: { size, mtimeMs }, data: await bytesOf(file, size, goesOn) };
  } finally {
    await file.close();
  }
}

/** No more than its size: a file that grows, or one of the system's that has none, is not followed. */
async function bytesOf(file: FileHandle, size: number, goesOn: () => void): Promise<Buffer> {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(data, at, Math.min(PIECE, size - at), at);
    if (bytesRead === 0) throw new Error("it became shorter while it was read");
    at += bytesRead;
    goesOn();
  }
  return data;
}

main();
