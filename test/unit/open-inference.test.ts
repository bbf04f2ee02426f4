import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type RequestInput, requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { GoldenSampleError } from "../../lib/errors";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { openInferenceSession } from "../../lib/runtime/open-inference/session";
import type { RemoteSettings } from "../../lib/runtime/open-inference/settings";
import type { Session } from "../../lib/runtime/types";
import { OpenInferenceServer, type ServerOptions } from "../support/open-inference-server";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

describe("a backbone on an inference server (Open Inference Protocol v2)", () => {
  const model = tinyBackbone();
  const TOKEN = "s3cret-token";
  let folder: ReturnType<typeof temporaryFolder>;
  const servers: OpenInferenceServer[] = [];
  const sessions: Session[] = [];

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.release();
    for (const server of servers.splice(0)) await server.stop();
    folder.remove();
  });

  async function serve(options: Partial<ServerOptions> = {}): Promise<OpenInferenceServer> {
    const server = await OpenInferenceServer.start({ model, ...options });
    servers.push(server);
    return server;
  }
  async function open(endpoints: string[], settings: Partial<RemoteSettings> = {}) {
    const session = await openInferenceSession({ endpoints, model: "tiny", timeout: 2000, ...settings });
    sessions.push(session);
    return session;
  }
  async function refusal(work: Promise<unknown>, code: string): Promise<string> {
    const thrown = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof GoldenSampleError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    assert.ok(!JSON.stringify([thrown.message, thrown.stack]).includes(TOKEN), "the token must not be told");
    assert.doesNotMatch(thrown.message, /\n/);
    return thrown.message;
  }
  const image = { type: "float32", data: new Float32Array(3 * 28 * 42).fill(0.5), dims: [1, 3, 28, 42] } as const;
  const infer = (session: Session) => session.run({ pixel_values: image }, ["last_hidden_state"]);
  const onInfer = (fault: OpenInferenceServer["fault"]): OpenInferenceServer["fault"] => {
    return (request) => (request.path.endsWith("/infer") ? fault(request) : undefined);
  };
  /** A port on which nobody listens. */
  async function deadAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  for (const jsonOnly of [false, true]) {
    it(`builds and scores as the local model does, ${jsonOnly ? "with JSON where binary is refused" : "with binary tensors over one kept connection"}`, async () => {
      const server = await serve({ jsonOnly });
      const path = join(folder.path, "tiny.onnx");
      writeFileSync(path, model);
      const local: RequestInput<"build">["backbone"] = { model: path, resolution: 56, device: "cpu", threads: 1 };
      const remote: RequestInput<"build">["backbone"] = {
        model: "tiny",
        resolution: 56,
        device: "remote",
        remote: { endpoints: [server.url], model: "tiny" },
      };
      const references = await Promise.all([1, 2, 3].map(async (seed) => encoded(await partJpeg({ seed }))));
      const inspected = encoded(await partJpeg({ seed: 9, scratch: true }));
      const results = [];
      for (const [name, backbone] of Object.entries({ local, remote })) {
        const inspector = createHandlers(loadOnnxRuntime());
        const bank = { directory: folder.path, name };
        const handling = { onProgress: () => undefined, signal: new AbortController().signal };
        await inspector.build(requests.build.schema.parse({ bank, backbone, settings: {}, references }), handling);
        const result = await inspector.score(
          requests.score.schema.parse({ image: inspected, backbone, bank, map: true }),
          handling,
        );
        results.push(result);
        const facts = await inspector.describe(requests.describe.schema.parse({ backbone }), handling);
        assert.deepEqual([facts.patchSize, facts.dimension], [14, 16]);
        assert.deepEqual(
          facts.outputs.map((output) => "leadingTokens" in output && output.leadingTokens),
          [1],
        );
        assert.match(facts.sha256, /^[0-9a-f]{64}$/);
      }
      const [here, there] = results;
      assert.ok(Math.abs(here!.score - there!.score) < 1e-6, `${here!.score} and ${there!.score}`);
      assert.deepEqual(there!.map!.data, here!.map!.data);
      assert.equal(there!.backbone, "tiny");
      if (!jsonOnly) assert.equal(server.connections, 1);
    });
  }

  const encoded = (data: Buffer) => ({ kind: "encoded" as const, data });

  for (const jsonOnly of [false, true]) {
    it(`makes no score of a server's NaN, ${jsonOnly ? "in JSON" : "in binary"}, and scores the next frame`, async () => {
      const server = await serve({ jsonOnly });
      const inspector = createHandlers(loadOnnxRuntime());
      const backbone = {
        ...{ model: "tiny", resolution: 56, device: "remote" as const },
        remote: { endpoints: [server.url], model: "tiny", retries: 0 },
      };
      const bank = { directory: folder.path, name: "part" };
      const handling = { onProgress: () => undefined, signal: new AbortController().signal };
      const references = await Promise.all([1, 2, 3].map(async (seed) => encoded(await partJpeg({ seed }))));
      await inspector.build(requests.build.schema.parse({ bank, backbone, settings: {}, references }), handling);
      const frame = async (seed: number) => {
        const image = encoded(await partJpeg({ seed }));
        return inspector.score(requests.score.schema.parse({ image, backbone, bank }), handling);
      };
      server.fault = onInfer(() => "no-numbers");
      const words = await refusal(frame(8), "BAD_BACKBONE");
      // JSON has no NaN: the server writes null.
      assert.match(words, jsonOnly ? /0 numbers for the 336/ : /NaN, infinite/);
      server.fault = () => undefined;
      assert.ok((await frame(9)).score > 0);
    });
  }

  it("tries again on 503 and cut connections, and does not on 4xx", async () => {
    const server = await serve();
    const session = await open([server.url]);
    const faults = [{ status: 503 }, "cut-answer", undefined, "cut", undefined, { status: 422 }] as const;
    await infer(session);
    let next = 0;
    server.fault = onInfer(() => faults[next++]);
    assert.deepEqual((await infer(session)).last_hidden_state!.dims, [1, 7, 16]);
    await infer(session);
    assert.equal(next, 5);
    assert.match(await refusal(infer(session), "BAD_BACKBONE"), /refused the image \(422: injected by the test\)/);
    assert.equal(next, 6);
  });

  it("gives up after the tries it was allowed", async () => {
    const server = await serve();
    const session = await open([server.url], { retries: 1 });
    server.fault = onInfer(() => ({ status: 503 }));
    assert.match(await refusal(infer(session), "DEVICE_UNAVAILABLE"), /is not ready \(503/);
    assert.equal(server.inferences(), 2);
  });

  it("goes round several servers, does without one that dies mid-stream, and takes it back", async () => {
    const [first, second] = [await serve(), await serve()];
    const session = await open([first.url, second.url]);
    for (let i = 0; i < 6; i++) await infer(session);
    assert.deepEqual([first.inferences(), second.inferences()], [3, 3]);
    const { port } = second;
    const stream = Array.from({ length: 12 }, () => infer(session));
    servers.splice(servers.indexOf(second), 1);
    await second.stop();
    const tokens = await Promise.all(stream);
    assert.ok(tokens.every((result) => result.last_hidden_state!.data.length === 7 * 16));
    for (let i = 0; i < 4; i++) await infer(session);
    const back = await serve({ port });
    while (back.inferences() === 0) {
      await infer(session);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it("starts with one of two servers, and never mixes in one with another model", async () => {
    const [right, wrong] = [await serve(), await serve({ model: tinyBackbone({ dimension: 8 }) })];
    const session = await open([await deadAddress(), right.url, wrong.url]);
    for (let i = 0; i < 5; i++) await infer(session);
    assert.deepEqual([right.inferences(), wrong.inferences()], [5, 0]);
  });

  it("names the server that cannot be reached, is not ready, or is too slow", async () => {
    const dead = await deadAddress();
    const unreachable = await refusal(open([dead], { retries: 0 }), "DEVICE_UNAVAILABLE");
    assert.ok(unreachable.includes(dead) && /cannot be reached \(ECONNREFUSED\)/.test(unreachable), unreachable);
    const server = await serve();
    server.serverReady = false;
    assert.match(await refusal(open([server.url], { retries: 0 }), "DEVICE_UNAVAILABLE"), /is not ready/);
    server.serverReady = true;
    server.modelReady = false;
    assert.match(await refusal(open([server.url], { retries: 0 }), "DEVICE_UNAVAILABLE"), /tiny is not loaded/);
    server.modelReady = true;
    const session = await open([server.url], { timeout: 100 });
    server.fault = onInfer(() => ({ delay: 400 }));
    assert.match(await refusal(infer(session), "TIMEOUT"), /did not answer within 100 ms/);
    assert.equal(server.inferences(), 1);
  });

  it("sends the token, and tells a refused one without repeating it", async () => {
    const server = await serve({ token: TOKEN });
    await infer(await open([server.url], { token: TOKEN }));
    assert.match(await refusal(open([server.url]), "DEVICE_UNAVAILABLE"), /refused the token \(401\)/);
    const session = await open([server.url], { token: TOKEN });
    server.fault = onInfer(() => ({ status: 422 }));
    assert.match(await refusal(infer(session), "BAD_BACKBONE"), /injected by the test Bearer \*\*\*/);
    const other = await serve({ token: "another" });
    assert.match(await refusal(open([other.url], { token: TOKEN }), "DEVICE_UNAVAILABLE"), /refused the token/);
  });

  it("tells an unknown model or version, and keeps to a pinned version", async () => {
    const server = await serve({ versions: ["1", "2"] });
    assert.match(
      await refusal(open([server.url], { model: "other" }), "BAD_BACKBONE"),
      /has no model other .*not found/,
    );
    assert.match(await refusal(open([server.url], { version: "7" }), "BAD_BACKBONE"), /no model tiny, version 7/);
    const pinned = await open([server.url], { version: "2" });
    await infer(pinned);
    assert.ok(server.received.at(-1)!.path === "/v2/models/tiny/versions/2/infer");
    const unpinned = await open([server.url]);
    assert.notEqual(pinned.identity, unpinned.identity);
    assert.equal((await open([(await serve({ versions: ["2"] })).url], { version: "2" })).identity, pinned.identity);
  });

  it("refuses answers whose shape and bytes do not fit, and addresses that are none", async () => {
    const server = await serve();
    const session = await open([server.url]);
    server.fault = onInfer(() => "wrong-shape");
    assert.match(
      await refusal(infer(session), "BAD_BACKBONE"),
      /448 bytes for the output last_hidden_state of shape 1 x 7 x 16 x 2/,
    );
    for (const address of ["localhost:8000", "ftp://x", `http://user:${TOKEN}@host`]) {
      assert.match(await refusal(open([address]), "BAD_REQUEST"), /is no usable address/);
    }
    const fixed = await serve({ model: tinyBackbone({ fixed: 224 }) });
    const wrongSize = await open([fixed.url]);
    assert.match(await refusal(infer(wrongSize), "BAD_BACKBONE"), /unexpected shape \[1,3,28,42\]/);
  });

  it("trusts a company's own authority where its file is given, and nobody else's", async function () {
    const tls = certificate(folder.path);
    if (!tls) {
      console.log("      skipped: the openssl command is not there");
      return this.skip();
    }
    const server = await serve({ tls });
    await infer(await open([server.url], { ca: tls.ca }));
    assert.match(await refusal(open([server.url], { retries: 0 }), "DEVICE_UNAVAILABLE"), /is not trusted/);
    await infer(await open([server.url], { insecure: true }));
    const missing = join(folder.path, "none.pem");
    assert.match(await refusal(open([server.url], { ca: missing }), "BAD_REQUEST"), /none\.pem cannot be read/);
  });
});

/** A certificate for 127.0.0.1, signed by an authority made on the spot. */
function certificate(folder: string): { key: string; cert: string; ca: string } | undefined {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => spawnSync("openssl", args, { cwd: folder, encoding: "utf8" }).status === 0;
  writeFileSync(file("san.cnf"), "subjectAltName=IP:127.0.0.1\n");
  const newKey = ["-newkey", "rsa:2048", "-nodes"];
  const made =
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=test authority",
    ) &&
    openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=inference") &&
    openssl(
      "x509",
      "-req",
      "-in",
      "server.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "san.cnf",
      "-out",
      "server.pem",
    );
  if (!made) return undefined;
  const text = (name: string) => readFileSync(file(name), "utf8");
  return { key: text("server.key"), cert: text("server.pem"), ca: file("ca.pem") };
}
