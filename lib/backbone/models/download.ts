import { type FileHandle, mkdir, open, rm, stat, statfs } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { firstSentence, GoldenSampleError } from "../../errors";
import { files } from "../../files/read-file";
import { type Sentence, sentence } from "../../sentence";
import { replaceFile } from "../../write-whole";
import { fetchRange } from "./fetch-range";
import { type Environment, timedOut } from "./proxy";
import type { ModelEntry } from "./registry";

/** What a download needs of the world; tests put in their own. */
export interface DownloadTools {
  env: Environment;
  /** Milliseconds of silence after which a connection is given up. */
  timeout: number;
  /** Milliseconds to wait before each further try; a try that brought the file on starts the list anew. */
  pauses: readonly number[];
  /** Bytes that may be written to a folder's disk. */
  freeBytes: (folder: string) => Promise<number>;
}

export const DOWNLOAD_TOOLS: DownloadTools = {
  env: process.env,
  timeout: 30_000,
  pauses: [1000, 3000, 9000],
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

export interface DownloadOptions {
  /** Bytes there so far, of all. */
  onProgress: (progress: { done: number; total: number }) => void;
  signal: AbortSignal;
}

/** What counts as progress of a try, so that a poor line gets through and a useless one is given up. */
const STEP = 1 << 20;
/** Left free on the disk. */
const RESERVE = 16 << 20;
/** Milliseconds between two reports. */
const REPORT = 200;
const ANEW = Symbol("start anew");

/**
 * Downloads a model to `target`: into `target.part`, going on where an earlier try (also of another process, days ago)
 * ended; then the size and SHA-256 are checked, the file is synced and renamed. The caller holds the model's lock.
 * @throws {GoldenSampleError} MODEL_UNAVAILABLE with what to do, CANCELLED
 */
export async function download(
  entry: ModelEntry,
  url: URL,
  target: string,
  { onProgress, signal }: DownloadOptions,
  tools: DownloadTools = DOWNLOAD_TOOLS,
): Promise<void> {
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const there = Math.min(await sizeOf(part), entry.bytes);
  await mustFit(entry, dirname(target), entry.bytes - there, tools);
  let failures = 0;
  let best = there;
  let isAnew = there === 0;
  for (;;) {
    try {
      await fetchRest(entry, url, part, { onProgress, signal }, tools);
      if ((await files.sha256(part)) === entry.sha256) break;
      await rm(part, { force: true });
      // What was there from an earlier try may be to blame, once.
      if (isAnew)
        throw fault(
          entry,
          sentence`[otherSha256] ${{ host: url.host }} gave a file with another SHA-256; ask who runs the mirror`,
        );
      throw ANEW;
    } catch (thrown) {
      if (signal.aborted)
        throw new GoldenSampleError(
          "CANCELLED",
          sentence`[downloadCancelled] The download of ${{ model: entry.name }} was cancelled.`,
        );
      if (thrown instanceof GoldenSampleError || isDiskFault(thrown)) throw thrown;
      if (thrown === ANEW) isAnew = true;
      const size = await sizeOf(part);
      if (size >= best + STEP) [failures, best] = [0, size];
      const wait = tools.pauses[failures++];
      if (wait === undefined) throw offline(entry, url, thrown);
      await pause(wait, undefined, { signal }).catch(() => undefined);
    }
  }
  await replaceFile(part, target);
}

/** One try: asks for what is missing and appends it. */
async function fetchRest(
  entry: ModelEntry,
  url: URL,
  part: string,
  { onProgress, signal }: DownloadOptions,
  tools: DownloadTools,
): Promise<void> {
  let from = await sizeOf(part);
  if (from === entry.bytes) return;
  if (from > entry.bytes) {
    await rm(part);
    from = 0;
  }
  const answer = await fetchRange(url, from, { env: tools.env, timeout: tools.timeout, signal });
  try {
    const at = await startOf(entry, url, answer, from, part);
    const file = await open(part, at === 0 ? "w" : "a");
    try {
      await append(answer, file, at, { entry, url, onProgress, timeout: tools.timeout, signal });
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof TooLong) {
      await rm(part, { force: true });
      throw fault(
        entry,
        sentence`[sendsMore] ${{ host: url.host }} sends more than the file's ${{ bytes: entry.bytes }} bytes; check the mirror's address`,
      );
    }
    throw thrown;
  } finally {
    answer.destroy();
  }
}

/** @returns the byte that the answer's body starts at */
async function startOf(
  entry: ModelEntry,
  url: URL,
  { statusCode = 0, headers }: IncomingMessage,
  from: number,
  part: string,
): Promise<number> {
  if (statusCode === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
    if (Number(start) === from && (total === "*" || Number(total) === entry.bytes)) return from;
    await rm(part, { force: true });
    throw ANEW;
  }
  if (statusCode === 416) {
    await rm(part, { force: true });
    throw ANEW;
  }
  if (statusCode === 200) {
    const length = headers["content-length"];
    if (length === undefined || Number(length) === entry.bytes) return 0;
    throw fault(
      entry,
      sentence`[otherLength] ${{ host: url.host }} has a file of ${{ length }} bytes, not ${{ bytes: entry.bytes }}; check the mirror's address`,
    );
  }
  if (statusCode === 401 || statusCode === 403) {
    throw fault(
      entry,
      sentence`[refusesFile] ${{ host: url.host }} refuses the file (${{ status: statusCode }}); check the mirror's address and password, or the firewall`,
    );
  }
  if (statusCode === 404 || statusCode === 410) {
    throw fault(
      entry,
      sentence`[lacksFile] ${{ host: url.host }} does not have ${{ path: url.pathname }} (${{ status: statusCode }}); check the mirror's address`,
    );
  }
  if (statusCode === 408 || statusCode === 425 || statusCode === 429 || statusCode >= 500) {
    throw new Error(`it answered ${statusCode}`);
  }
  throw fault(
    entry,
    sentence`[answeredStatus] ${{ host: url.host }} answered ${{ status: statusCode }}; check the mirror's address`,
  );
}

class TooLong extends Error {}

async function append(
  answer: IncomingMessage,
  file: FileHandle,
  at: number,
  options: DownloadOptions & { entry: ModelEntry; url: URL; timeout: number },
): Promise<void> {
  const { entry, onProgress, timeout } = options;
  const total = entry.bytes;
  let done = at;
  let reported = Number.NEGATIVE_INFINITY;
  const silence = setTimeout(() => answer.destroy(timedOut(timeout)), timeout);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      silence.refresh();
      if (done + chunk.length > total) throw new TooLong();
      await file.write(chunk);
      done += chunk.length;
      if (done < total && performance.now() - reported < REPORT) continue;
      reported = performance.now();
      onProgress({ done, total });
    }
  } finally {
    clearTimeout(silence);
  }
  if (done < total) throw new Error("the connection ended early");
}

async function mustFit(entry: ModelEntry, folder: string, missing: number, tools: DownloadTools): Promise<void> {
  const free = await tools.freeBytes(folder);
  if (free >= missing + RESERVE) return;
  throw new GoldenSampleError(
    "MODEL_UNAVAILABLE",
    sentence`[diskFull] The disk of ${{ folder }} has ${{ free: megabytes(free) }} MB free and ${{ model: entry.name }} needs ${{ needed: megabytes(missing + RESERVE) }} MB: free some, or choose another models directory.`,
  );
}

/** No second try mends these. */
function isDiskFault(thrown: unknown): boolean {
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  return ["ENOSPC", "EDQUOT", "EROFS", "EIO"].includes(code ?? "") || (code === "EACCES" && syscall === "open");
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

function fault(entry: ModelEntry, why: Sentence): GoldenSampleError {
  return new GoldenSampleError(
    "MODEL_UNAVAILABLE",
    sentence`[modelNotHad] The model ${{ model: entry.name }} could not be had: ${{ why }}.`,
  );
}

/** With the two ways out. */
function offline(entry: ModelEntry, url: URL, cause: unknown): GoldenSampleError {
  const why = cause === ANEW ? sentence`[notResumed] it does not go on where it ended` : firstSentence(cause);
  return new GoldenSampleError(
    "MODEL_UNAVAILABLE",
    sentence`[modelUnreachable] The model ${{ model: entry.name }} is not on this machine and ${{ host: url.host }} cannot be reached (${{ why }}): set a mirror, or run "golden-sample models download ${{ name: entry.name }} --out DIR" on a connected machine, copy DIR and import the file.`,
    { cause },
  );
}

export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
