import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import * as serving from "../support/model-server";
import { HALF, servedModel } from "../support/served-model";
import { ROOT } from "../support/shared-data";

describe("the lock of a model's download", () => {
  let server: serving.ModelServer;
  const { folder, store, stored, isThere } = servedModel((made) => {
    server = made;
  });

  it("lets one download while the others wait", async () => {
    server.next.push(serving.slow(5, 40));
    const paths = await Promise.all([1, 2, 3].map(() => store().ensure("tiny")));
    assert.equal(new Set(paths.map(({ path }) => path)).size, 1);
    assert.equal(server.requests.length, 1);
  });

  it("holds between processes, and survives the crash of one", async () => {
    const script = `
        const { ModelStore } = require(${JSON.stringify(join(ROOT, "dist/lib/backbone/models/store.js"))});
        const place = ${JSON.stringify({ directory: folder.path, mirror: server.address, entries: [server.entry()] })};
        new ModelStore(place, { env: {} }).ensure("tiny").then(() => process.exit(0));`;
    server.next.push(serving.stall(HALF));
    const first = spawn(process.execPath, ["-e", script], { stdio: "inherit" });
    while (!existsSync(`${stored()}.part`)) await new Promise((done) => setTimeout(done, 20));
    const second = spawn(process.execPath, ["-e", script], { stdio: "inherit" });
    const here = store().ensure("tiny");
    await new Promise((done) => setTimeout(done, 200));
    assert.equal(server.requests.length, 1);
    first.kill("SIGKILL");
    const [code] = (await once(second, "exit")) as [number];
    await here;
    assert.equal(code, 0);
    isThere();
    assert.deepEqual(
      server.requests.map(({ range }) => range),
      [undefined, `bytes=${HALF}-`],
    );
  });

  it("is taken over from another machine once its time stands still", async () => {
    mkdirSync(dirname(stored()), { recursive: true });
    writeFileSync(`${stored()}.lock`, JSON.stringify({ pid: 1, host: `not-${hostname()}`, token: "x" }));
    await store().ensure("tiny");
    isThere();
  });
});
