import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { ModelStore } from "../../lib/backbone/models/store";
import * as serving from "../support/model-server";
import { refusal } from "../support/refusal";
import { failure, HALF, MODEL, servedModel, TOOLS } from "../support/served-model";

describe("the download of a model", () => {
  let server: serving.ModelServer;
  const { folder, store, stored, isThere, left } = servedModel((made) => {
    server = made;
  });

  it("fetches, checks and keeps a model, and asks no server again", async () => {
    const progress: number[] = [];
    const { path } = await store().ensure("tiny", { onProgress: ({ done }) => progress.push(done) });
    isThere();
    assert.equal(path, stored());
    assert.equal(progress.at(-1), MODEL.length);
    await store().ensure("tiny");
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ["/test/tiny/resolve/abc123/onnx/model.onnx"],
    );
    assert.deepEqual(left().sort(), ["checked.json", "model.onnx"]);
    const tiny = (await store().list()).find((model) => model.name === "tiny");
    assert.equal(tiny?.onDisk, true);
  });

  it("goes on where a cut connection ended", async () => {
    server.next.push(serving.cut(HALF));
    await store().ensure("tiny");
    isThere();
    assert.deepEqual(
      server.requests.map(({ range }) => range),
      [undefined, `bytes=${HALF}-`],
    );
  });

  it("starts anew where the server does not know ranges, or gives the wrong one", async () => {
    server.next.push(serving.cut(HALF), serving.ignoreRange);
    await store().ensure("tiny");
    isThere();
  });

  it("starts anew after 416, and when what was there was wrong", async () => {
    server.next.push(serving.cut(HALF), serving.answer(416));
    await store().ensure("tiny");
    isThere();
    mkdirSync(dirname(stored()), { recursive: true });
    writeFileSync(`${stored()}.part`, Buffer.alloc(HALF, 9));
    rmSync(stored());
    await store().ensure("tiny");
    isThere();
  });

  it("tries again after a time-out and 503, and lets a slow server be slow", async () => {
    server.next.push(serving.stall(10), serving.answer(503), serving.slow(8, 60));
    await store({ timeout: 300 }).ensure("tiny");
    isThere();
  });

  for (const [what, behaviour, words] of [
    ["403", serving.answer(403), /refuses the file \(403\)/],
    ["404", serving.answer(404), /does not have .*model\.onnx \(404\)/],
    ["wrong bytes", serving.wrongBytes, /another SHA-256/],
    ["another size", serving.wrongSize, /has a file of 9 bytes, not/],
    ["an endless body", serving.endless, /sends more than the file's/],
    ["a redirect to another host", serving.redirect("http://127.0.0.1:1/x"), /redirects to 127\.0\.0\.1:1, which/],
    ["a redirect to nowhere", serving.redirect("http://"), /redirects to an unreadable address/],
  ] as const) {
    it(`refuses ${what} at once, in one sentence, and keeps nothing`, async () => {
      server.next.push(behaviour);
      assert.match(await failure(store().ensure("tiny")), words);
      assert.equal(server.requests.length, 1);
      assert.deepEqual(left(), []);
    });
  }

  it("follows a redirect within the host, and no loop", async () => {
    server.next.push(serving.redirect("/test/tiny/resolve/abc123/onnx/model.onnx"));
    await store().ensure("tiny");
    isThere();
    const loop = new ModelStore(
      { directory: join(folder.path, "b"), mirror: server.address, entries: [server.entry()] },
      TOOLS,
    );
    server.next.push(...Array.from({ length: 20 }, () => serving.redirect("/again")));
    assert.match(await failure(loop.ensure("tiny")), /redirects more than 5 times/);
  });

  it("names the two ways out when there is no network, and keeps what it has", async () => {
    server.next.push(...Array.from({ length: 4 }, () => serving.cut(HALF)));
    const message = await failure(store().ensure("tiny"));
    assert.match(message, /set a mirror, or run "golden-sample models download tiny --out DIR"/);
    assert.deepEqual(left(), ["model.onnx.part"]);
    const offline = store({}, "http://127.0.0.1:1");
    assert.match(await failure(offline.ensure("tiny")), /127\.0\.0\.1:1 cannot be reached \(connect ECONNREFUSED/);
  });

  it("looks at the disk first", async () => {
    const full = store({ freeBytes: async () => 20e6 });
    const message = await failure(
      new ModelStore(
        { directory: folder.path, mirror: server.address },
        { ...TOOLS, freeBytes: async () => 20e6 },
      ).ensure("dinov2-small"),
    );
    assert.match(message, /has 20 MB free and dinov2-small needs 105 MB/);
    assert.equal(server.requests.length, 0);
    await full.ensure("tiny");
  });

  it("can be cancelled", async () => {
    server.next.push(serving.stall(10));
    const abort = new AbortController();
    const call = store({ timeout: 60_000 }).ensure("tiny", { signal: abort.signal, onProgress: () => abort.abort() });
    await refusal(call, "CANCELLED");
  });

  it("takes abandoned parts away, and nothing that is not its own", async () => {
    const own = join(folder.path, "tiny", server.entry().sha256.slice(0, 12), "old.part");
    const foreign = join(folder.path, "mine.part");
    mkdirSync(dirname(own), { recursive: true });
    for (const file of [own, foreign]) {
      writeFileSync(file, "x");
      utimesSync(file, 1, 1);
    }
    await store().ensure("tiny");
    assert.deepEqual([existsSync(own), existsSync(foreign)], [false, true]);
  });
});
