import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { readBundle, writeBundle } from "../../lib/bank/file/bundle";
import { createIndexer } from "../../lib/bank/search";
import { Banks } from "../../lib/engine/loaded/banks";
import { requests } from "../../lib/engine/requests";
import type { Handling } from "../../lib/engine/requests/request";
import { createHandlers } from "../../lib/engine/server";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { partJpeg } from "../support/pictures";
import { smallBank } from "../support/small-bank";
import { temporaryFolder } from "../support/temporary";

const DIMENSION = 32;
const PATCHES = 2000;
/** What the features of such a bank take; the rest of it, a tenth of that. */
const BYTES = PATCHES * DIMENSION * 4;
/** Patches of a bank whose index takes a while. */
const MANY = 30_000;
const UNATTENDED: Handling = { onProgress: () => undefined, signal: new AbortController().signal };

describe("banks in memory", () => {
  const runtime = loadOnnxRuntime();
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());
  const location = (name: string) => ({ file: join(folder.path, `${name}.safetensors`) });

  it("are not waited for without end where another process holds them", async () => {
    const bank = { directory: folder.path, name: "held" };
    mkdirSync(join(folder.path, "held"));
    const holder = JSON.stringify({ pid: process.pid, host: hostname(), token: "another" });
    writeFileSync(join(folder.path, "held", "lock"), holder);
    const banks = new Banks(createIndexer(runtime), { patience: 100 });
    await assert.rejects(
      banks.change(bank, async () => undefined),
      { code: "BUSY" },
    );
    rmSync(join(folder.path, "held", "lock"));
    assert.equal(await banks.change(bank, async ({ name }) => name), "held");
  });

  it("are let go when others need the room, and come back with the same scores while another line runs", async () => {
    for (const [seed, name] of ["line", "idle", "other"].entries()) {
      const features = noise(PATCHES * DIMENSION, seed);
      await writeBundle(location(name).file, { ...smallBank(2, DIMENSION, PATCHES), features });
    }
    const indexer = createIndexer(runtime);
    // Room for two, one of them being read, which takes twice as much.
    const memory = 3.5 * BYTES;
    const banks = new Banks(indexer, { memory });
    const open = (name: string) => banks.open(location(name));
    const tokens = { rows: 5, cols: 8, dimension: DIMENSION, data: noise(40 * DIMENSION, 9) };
    const score = async (name: string) => [...(await (await open(name)).match(tokens)).distances];
    const scores: number[][] = [];
    let running = true;
    const line = (async () => {
      while (running) scores.push(await score("line"));
    })();
    // The first of the two may have been begun before.
    const frame = async () => {
      const until = scores.length + 2;
      while (scores.length < until) await new Promise((resolve) => setImmediate(resolve));
    };

    const used = await open("line");
    const idle = await open("idle");
    const before = await score("idle");
    await frame();
    assert.ok((await open("idle")) === idle);
    await frame();
    await score("other");
    await frame();
    const back = await open("idle");
    assert.ok(back !== idle);
    assert.deepEqual(await score("idle"), before);
    assert.ok((await open("line")) === used);
    assert.ok(banks.bytes <= memory, `${banks.bytes} of ${memory}`);
    running = false;
    await line;
    for (const seen of scores) assert.deepEqual(seen, scores[0]);
    await indexer.release();
  });

  it("are made ready without holding up the frames of another", async () => {
    const inspector = createHandlers(runtime);
    const backbone = { model: "texture", resolution: 112 };
    const pictures = await Promise.all([1, 2, 3].map((seed) => partJpeg({ seed })));
    const [image, ...references] = pictures.map((data) => ({ kind: "encoded" as const, data }));
    const bank = location("small");
    await inspector.build(requests.build.schema.parse({ bank, backbone, settings: {}, references }), UNATTENDED);
    await writeMany(bank.file, location("many").file);
    const score = (name: string) =>
      inspector.score(requests.score.schema.parse({ bank: location(name), backbone, image }), UNATTENDED);
    await score("small");
    let ready = false;
    const many = score("many").finally(() => {
      ready = true;
    });
    let meanwhile = 0;
    for (; !ready; meanwhile++) await score("small");
    assert.equal((await many).bank.search, "clustered");
    assert.ok(meanwhile > 10, `${meanwhile} frames`);
  });
});

/** A bank with the patches of another again and again, no two of them quite the same. */
async function writeMany(from: string, to: string): Promise<void> {
  const bank = await readBundle(from);
  const { features, metadata } = bank;
  const { dimension } = metadata.backbone;
  metadata.settings.search = "clustered";
  const jitter = noise(MANY * dimension, 1).map((value, i) => features[i % features.length]! * (1 + value / 100));
  const reference = new Int32Array(MANY).fill(1, MANY / 2);
  await writeBundle(to, { ...bank, features: jitter, reference, positions: new Float32Array(2 * MANY) });
}

function noise(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}
