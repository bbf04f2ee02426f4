import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GoldenSampleError, sentence } from "../../lib";

/** Bytes of an upload: a bank's features and a gigabyte of photos. The temporary folder has to hold it. */
const MOST = 2 ** 31;

/**
 * Writes a request's body to a new file as it comes in, for this user alone.
 * @throws {GoldenSampleError} BAD_REQUEST where it is larger than an upload may be, at once where it says so itself
 */
export async function saveUpload(
  request: Pick<IncomingMessage, "headers"> & NodeJS.ReadableStream,
  path: string,
  most = MOST,
): Promise<void> {
  if (Number(request.headers["content-length"] ?? 0) > most) throw tooLarge(most);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > most) done(tooLarge(most));
      else done(null, chunk);
    },
  });
  await pipeline(request, counted, createWriteStream(path, { flags: "wx", mode: 0o600 }));
}

const tooLarge = (most: number) =>
  new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[uploadTooLarge] The file has more than ${{ mebibytes: Math.floor(most / 2 ** 20) }} MiB, which an upload may have at most: copy it to the exchange folder and import it by a message, or with golden-sample banks import.`,
  );
