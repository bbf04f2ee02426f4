import { createHash } from "node:crypto";
import { type FileHandle, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { realPathWithin } from "../confined-path";
import { firstSentence, GoldenSampleError } from "../errors";
import { openRegular } from "./open-regular";
import type { FileAnswer, FileQuestion, FileRequest, FromReader, Ping } from "./wire";

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

  async function answer({ id, ...question }: FileRequest): Promise<void> {
    const goesOn = () => send({ id });
    // Patience with the read begins now: the process may have taken as long as that to start.
    goesOn();
    try {
      send({ id, answer: await answerTo(question, goesOn) });
    } catch (thrown) {
      const code = thrown instanceof GoldenSampleError ? thrown.code : undefined;
      send({ id, failure: firstSentence(thrown), ...(code && { code }) });
    }
  }
}

async function answerTo(question: FileQuestion, goesOn: () => void): Promise<FileAnswer> {
  if (question.want === "entries") return entriesOf(question.path);
  const isConfined = question.want === "bytes" && question.within !== undefined;
  const real = isConfined ? await realPathWithin(question.within!, question.path, "read", "BAD_IMAGE") : question.path;
  const { file, facts } = await openRegular(real);
  const { size, mtimeMs } = facts;
  try {
    switch (question.want) {
      case "facts":
        return { facts: { size, mtimeMs } };
      case "sha256":
        return { sha256: await hashOf(file, goesOn) };
      case "bytes":
        if (size > question.most) throw new Error(`it has ${size} bytes, more than the ${question.most} allowed`);
        return { data: await bytesOf(file, size, goesOn) };
    }
  } finally {
    await file.close();
  }
}

async function entriesOf(folder: string): Promise<FileAnswer> {
  const found = await readdir(folder, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT" || thrown.code === "ENOTDIR") return undefined;
    throw thrown;
  });
  if (!found) return {};
  const leadsToFolder = (name: string) =>
    stat(join(folder, name)).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
  const entries = found.map(async (entry) => {
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(entry.name)));
    return { name: entry.name, isFolder };
  });
  return { entries: await Promise.all(entries) };
}

async function hashOf(file: FileHandle, goesOn: () => void): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(PIECE);
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, PIECE, null);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(piece.subarray(0, bytesRead));
    goesOn();
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
