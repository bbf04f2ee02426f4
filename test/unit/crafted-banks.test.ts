import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { readBundle, readBundleMetadata, writeBundle } from "../../lib/bank/file/bundle";
import type { MemoryBank } from "../../lib/bank/memory-bank";
import { makeReady } from "../../lib/bank/ready-bank";
import { createIndexer } from "../../lib/bank/search";
import { GoldenSampleError } from "../../lib/errors";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { smallBank } from "../support/small-bank";
import { temporaryFolder } from "../support/temporary";

type Header = Record<string, unknown> & { __metadata__: Record<string, string> };

/** What somebody may write for a number in a file. */
const NUMBERS = [0, -1, 1, 0.5, 1e9, 2 ** 31, 2 ** 53, 1e300, -1e300, Number.NaN, null, "1", [], {}];
const ROUNDS = 400;

describe("banks that were made to do harm", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let whole: Buffer;
  const path = () => join(folder.path, "bank.safetensors");

  before(async () => {
    folder = temporaryFolder();
    await writeBundle(path(), crafted());
    whole = readFileSync(path());
  });
  after(() => folder.remove());

  it("are refused where they count more references than they hold, before anything is made for these", async () => {
    for (const references of [1e9, 2 ** 40]) {
      const bytes = alter(whole, ({ metadata }) => (metadata.references = references));
      await refused(bytes, /counts \d+ references and holds/);
    }
    const accepted = Array.from({ length: 5000 }, () => ({ sha256: "", patches: 1 }));
    await refused(
      alter(whole, ({ metadata }) => (metadata.accepted = accepted)),
      /counts|damaged/,
    );
  });

  it("are refused where numbers that scores are made of are none", async () => {
    for (const [tensor, value] of [
      ["positions", Number.NaN],
      ["features", Number.POSITIVE_INFINITY],
    ] as const) {
      const bank = crafted();
      bank[tensor][1] = value;
      await writeBundle(path(), bank);
      await refused(readFileSync(path()), /damaged/);
    }
  });

  it("are read or refused in one sentence whatever is flipped, cut or put into their header, and score to numbers", async () => {
    const random = seededRandom(20261128);
    const one = (limit: number) => Math.floor(random() * limit);
    const indexer = createIndexer(loadOnnxRuntime());
    for (let round = 0; round < ROUNDS; round++) {
      const kind = round % 4;
      const bytes =
        kind === 0
          ? flipped(whole, 1 + one(4), one)
          : kind === 1
            ? whole.subarray(0, one(whole.length))
            : alter(whole, ({ header, metadata }) => spoil(kind === 2 ? metadata : header, one));
      writeFileSync(path(), bytes);
      const [bank, facts] = await Promise.all([outcome(readBundle(path())), outcome(readBundleMetadata(path()))]);
      for (const result of [bank, facts]) if (result instanceof Error) sentence(result, `round ${round}`);
      if (bank instanceof Error) continue;
      const { dimension } = bank.metadata.backbone;
      const tokens = { rows: 2, cols: 3, dimension, data: new Float32Array(6 * dimension).fill(0.5) };
      const { distances } = await (await makeReady(bank, indexer)).match(tokens);
      assert.ok(distances.every(Number.isFinite), `round ${round}: ${[...distances]}`);
    }
  });

  async function refused(bytes: Buffer, why: RegExp): Promise<void> {
    writeFileSync(path(), bytes);
    for (const read of [readBundle, readBundleMetadata]) {
      const result = await outcome<unknown>(read(path()));
      // The header alone does not show what the numbers are.
      if (read === readBundleMetadata && !(result instanceof Error)) continue;
      assert.ok(result instanceof GoldenSampleError, "it was read");
      sentence(result, "it");
      assert.match(result.message, why);
    }
    await assert.rejects(readBundle(path()), { code: "BAD_BANK" });
  }
});

function crafted(): MemoryBank {
  const bank = smallBank(3, 4, 9);
  bank.thumbnails = [0, 1, 2].map((value) => ({ width: 2, height: 1, data: new Uint8Array(6).fill(value) }));
  return bank;
}

async function outcome<T>(work: Promise<T>): Promise<T | Error> {
  return work.catch((thrown: Error) => thrown);
}

function sentence(error: Error, what: string): void {
  assert.ok(error instanceof GoldenSampleError, `${what}: ${error.stack}`);
  assert.equal(error.code, "BAD_BANK");
  assert.doesNotMatch(error.message, /\n|\bat .*:\d+:\d+|NaN/);
}

/** The file with another header and metadata, and without the hash that would tell. */
function alter(file: Buffer, change: (parts: { header: Header; metadata: Record<string, unknown> }) => void): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString("utf8")) as Header;
  const metadata = JSON.parse(header.__metadata__["golden-sample"]!) as Record<string, unknown>;
  change({ header, metadata });
  header.__metadata__ = { ...header.__metadata__, "golden-sample": JSON.stringify(metadata) };
  delete header.__metadata__["golden-sample-content"];
  const json = Buffer.from(JSON.stringify(header));
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([first, json, file.subarray(8 + length)]);
}

function flipped(file: Buffer, count: number, one: (limit: number) => number): Buffer {
  const out = alter(file, () => undefined);
  for (let i = 0; i < count; i++) out[one(out.length)]! ^= 1 << one(8);
  return out;
}

/** Replaces a value somewhere in it. */
function spoil(value: object, one: (limit: number) => number): void {
  const entries = Object.entries(value);
  const [key, inner] = entries[one(entries.length)] ?? [];
  if (key === undefined) return;
  if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0 && one(4) > 0) spoil(inner, one);
  else (value as Record<string, unknown>)[key] = NUMBERS[one(NUMBERS.length)];
}
