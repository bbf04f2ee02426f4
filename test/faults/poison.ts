/**
 * Loaded into an engine process before anything else (NODE_OPTIONS --require): a frame that carries one of these words
 * does there what a broken model or driver would. Nothing of this is part of the package.
 */
import { Buffer } from "node:buffer";
import { isMainThread } from "node:worker_threads";

export const ABORT = "poison: abort";
export const MEMORY = "poison: memory";
export const BUSY = "poison: busy";

interface Call {
  kind: string;
  request?: { image?: { data?: Uint8Array } };
}

function obey(message: unknown): void {
  const { kind, request } = message as Call;
  const data = request?.image?.data;
  if (kind !== "call" || !data) return;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  // In the middle of the frame, as native code would: once it has been begun, and before anything can have come of it.
  if (bytes.includes(ABORT)) setImmediate(() => process.abort());
  if (bytes.includes(MEMORY)) setImmediate(fillMemory);
  if (bytes.includes(BUSY)) setImmediate(() => beBusy(2500));
}

function fillMemory(): void {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
}

function beBusy(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

if (isMainThread && process.send) {
  if (process.env.POISONED_START) process.abort();
  process.on("message", obey);
}
