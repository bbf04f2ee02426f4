import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "mocha";
import { infer, onInfer, refusal, remoteSessions, TOKEN } from "../support/remote-sessions";
import { tinyBackbone } from "../support/tiny-backbone";

describe("a backbone on an inference server (Open Inference Protocol v2)", () => {
  const { servers, serve, open } = remoteSessions();

  /** A port on which nobody listens. */
  async function deadAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
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
});
