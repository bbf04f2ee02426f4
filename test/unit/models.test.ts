import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { proxyFor } from "../../lib/backbone/models/proxy";
import { ModelStore, type StoreTools } from "../../lib/backbone/models/store";
import { precisionOf } from "../../lib/backbone/precision";
import { GoldenSampleError } from "../../lib/errors";
import { writeOnnxModel } from "../../lib/runtime/onnx-graph";
import type { Tensor } from "../../lib/runtime/types";
import * as serving from "../support/model-server";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const MODEL = tinyBackbone();
const HALF = MODEL.length >> 1;
const TOOLS: Partial<StoreTools> = {
  env: {},
  timeout: 2000,
  pauses: [1, 1, 1],
  lock: { heartbeat: 30, stale: 300 },
};

describe("models by name", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: serving.ModelServer;
  beforeEach(async () => {
    folder = temporaryFolder();
    server = await serving.serveModel(MODEL);
  });
  afterEach(async () => {
    await server.close();
    folder.remove();
  });

  const store = (tools: Partial<StoreTools> = {}, mirror = server.address) =>
    new ModelStore({ directory: folder.path, mirror, entries: [server.entry()] }, { ...TOOLS, ...tools });
  const stored = () => store().pathOf(server.entry());
  const isThere = () => assert.deepEqual(readFileSync(stored()), MODEL);
  async function refusal(call: Promise<unknown>, code: string): Promise<string> {
    const thrown = await call.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    return thrown.message;
  }
  const failure = (call: Promise<unknown>) => refusal(call, "MODEL_UNAVAILABLE");
  /** Nothing is kept of a failed download but what a later one may go on with. */
  const left = () => (existsSync(dirname(stored())) ? readdirSync(dirname(stored())) : []);

  describe("registry", () => {
    it("pins the published models by revision and hash", async () => {
      const list = await new ModelStore({ directory: folder.path }).list();
      assert.deepEqual(
        list.map(({ name, bytes, dimension }) => [name, bytes, dimension]),
        [
          ["dinov2-small", 88532934, 384],
          ["dinov2-small-fp16", 44420939, 384],
          ["dinov2-small-int8", 24446700, 384],
          ["dinov2-base", 346627111, 768],
        ],
      );
      assert.ok(list.every((model) => model.licence === "Apache-2.0" && model.patchSize === 14 && !model.onDisk));
      assert.deepEqual(
        list.filter((model) => model.default).map((model) => model.name),
        ["dinov2-small"],
      );
    });

    it("takes the user's own models from models.json, and says what is wrong there", async () => {
      const own = { name: "mine", file: "mine.onnx", bytes: MODEL.length, sha256: server.entry().sha256 };
      writeFileSync(join(folder.path, "models.json"), JSON.stringify([own]));
      writeFileSync(join(folder.path, "mine.onnx"), MODEL);
      const { path } = await store().ensure("mine");
      assert.equal(path, join(folder.path, "mine.onnx"));
      writeFileSync(join(folder.path, "models.json"), JSON.stringify([{ ...own, sha256: "x" }]));
      assert.match(await refusal(store().list(), "BAD_REQUEST"), /models\.json cannot be used \(0\.sha256: /);
      writeFileSync(join(folder.path, "models.json"), "{");
      await refusal(store().list(), "BAD_REQUEST");
    });

    it("names what there is when a name is not known", async () => {
      const message = await refusal(store().ensure("nothing"), "BAD_REQUEST");
      assert.match(message, /There is no model "nothing": choose dinov2-small, .*tiny/);
    });
  });

  describe("precision", () => {
    it("takes the variant of a model, from whichever name, or says which there are", async () => {
      assert.equal((await store().entry("dinov2-small", "fp16")).name, "dinov2-small-fp16");
      assert.equal((await store().entry("dinov2-small-int8", "fp32")).name, "dinov2-small");
      assert.equal((await store().entry("dinov2-small-int8", "fp16")).name, "dinov2-small-fp16");
      const message = await refusal(store().entry("dinov2-base", "int8"), "BAD_REQUEST");
      assert.match(message, /"dinov2-base" is not there in int8: choose fp32/);
    });

    it("is read from a file's weights", () => {
      const path = join(folder.path, "weights.onnx");
      for (const [type, data, precision] of [
        ["float32", new Float32Array(64), "fp32"],
        ["float16", new Uint16Array(64), "fp16"],
        ["uint8", new Uint8Array(64), "int8"],
      ] as const) {
        const weights = { type, data, dims: [64] } as Tensor;
        const few = { type: "float32" as const, data: new Float32Array(2), dims: [2] };
        writeFileSync(
          path,
          writeOnnxModel({ name: "w", inputs: [], outputs: [], constants: { weights, few }, nodes: [] }),
        );
        assert.equal(precisionOf(path), precision);
      }
    });
  });

  describe("download", () => {
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

  describe("lock", () => {
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

  describe("proxy", () => {
    it("is taken from the environment", () => {
      const via = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.host;
      assert.equal(via("https://a.b/x", { HTTPS_PROXY: "http://p:8", HTTP_PROXY: "http://q:9" }), "p:8");
      assert.equal(via("http://a.b/x", { http_proxy: "q:9" }), "q:9");
      assert.equal(via("http://a.b/x", { http_proxy: "q:9", NO_PROXY: "c.d, .b" }), undefined);
      assert.equal(via("http://a.b/x", { http_proxy: "q:9", NO_PROXY: "a.b:81" }), "q:9");
      assert.equal(via("http://xa.b/x", { http_proxy: "q:9", NO_PROXY: "a.b" }), "q:9");
      assert.equal(via("http://a.b/x", { all_proxy: "q:9", no_proxy: "*" }), undefined);
      assert.throws(() => via("http://a.b/x", { http_proxy: "socks5://q" }), /no http:\/\/ address/);
    });

    it("carries plain downloads", async () => {
      const asked: string[] = [];
      const proxy = createServer((request, response) => {
        asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
        const { address } = server;
        const onward = httpRequest(address + new URL(request.url!).pathname, { headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        });
        onward.end();
      });
      const address = (await serving.listen(proxy)).replace("//", "//user:secret@");
      await store({ env: { HTTP_PROXY: address } }, "http://models.example").ensure("tiny");
      await serving.close(proxy);
      isThere();
      const login = Buffer.from("user:secret").toString("base64");
      assert.deepEqual(asked, [`http://models.example/test/tiny/resolve/abc123/onnx/model.onnx Basic ${login}`]);
    });

    it("is asked for a tunnel to an https server", async () => {
      const asked: string[] = [];
      const proxy = createServer().on("connect", (request, socket) => {
        asked.push(request.url!);
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      });
      const env = { HTTPS_PROXY: await serving.listen(proxy) };
      const message = await failure(store({ env, pauses: [] }, "https://models.example").ensure("tiny"));
      await serving.close(proxy);
      assert.match(message, /the proxy localhost:\d+ answered 407/);
      assert.deepEqual(asked, ["models.example:443"]);
    });
  });

  describe("import and verify", () => {
    it("takes a file of the right hash and no other", async () => {
      const file = join(folder.path, "brought.onnx");
      writeFileSync(file, MODEL);
      await store().import("tiny", file);
      isThere();
      writeFileSync(file, Buffer.alloc(MODEL.length));
      assert.match(await refusal(store().import("tiny", file), "BAD_BACKBONE"), /its SHA-256 is another one/);
      await refusal(store().import("tiny", join(folder.path, "missing")), "BAD_REQUEST");
      assert.equal(server.requests.length, 0);
    });

    it("notices a file that was changed", async () => {
      assert.match(await failure(store().verify("tiny")), /download or import it/);
      await store().ensure("tiny");
      await store().verify("tiny");
      writeFileSync(stored(), Buffer.alloc(MODEL.length));
      utimesSync(stored(), 5, 5);
      await refusal(store().find("tiny"), "BAD_BACKBONE");
      await refusal(store().verify("tiny"), "BAD_BACKBONE");
      assert.notEqual(createHash("sha256").update(readFileSync(stored())).digest("hex"), server.entry().sha256);
    });
  });
});
