import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, type Context, describe, it } from "mocha";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { isAlive } from "../../scripts/demo/processes";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { eventually } from "./eventually";
import { FrameStream } from "./frame-stream";
import { ABORT, BUSY, MEMORY } from "./poison";

const POISON = `--require ${join(__dirname, "poison.js")}`;
/** Short enough for a test, long enough for a machine that does much else. */
const LIMITS = { silence: 4000, start: 60_000 };

describe("the engine under faults, with frames streaming", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let prepared: FrameStream;
  const engines: EngineClient[] = [];
  const { NODE_OPTIONS } = process.env;

  /** An engine of this test's own. `options` is for the engine process alone. */
  function startEngine(options = ""): EngineClient {
    process.env.NODE_OPTIONS = options;
    const engine = new EngineClient(LIMITS);
    engine.start();
    engines.push(engine);
    return engine;
  }
  function resetOptions(): void {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
  async function poisoned(engine: EngineClient, word: string, seed: number) {
    const image = { kind: "encoded" as const, data: Buffer.concat([await partJpeg({ seed }), Buffer.from(word)]) };
    return engine.call("mask", { image, backbone: { model: "texture", resolution: 112 }, foreground: "off" });
  }
  const failure = async (call: Promise<unknown>): Promise<GoldenSampleError> => {
    const thrown = await call.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof GoldenSampleError, `it ended with ${String(thrown)}`);
    return thrown;
  };

  before(async () => {
    folder = temporaryFolder();
    const engine = startEngine();
    prepared = await FrameStream.prepare(engine, folder.path);
    engine.close();
  });
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.close();
    resetOptions();
  });
  after(() => folder.remove());

  it("answers every frame though the process is killed three times", async () => {
    const engine = startEngine();
    const stream = prepared.through(engine);
    stream.start();
    for (let i = 0; i < 3; i++) {
      await stream.flows();
      const { pid } = engine;
      process.kill(pid!, "SIGKILL");
      await eventually("another process", () => engine.pid !== undefined && engine.pid !== pid);
    }
    await stream.flows();
    await stream.stop();
    assert.deepEqual(stream.codes, {});
  });

  for (const [what, word, options, signal] of [
    ["whose native code aborts", ABORT, "", /SIGABRT/],
    ["that takes all memory", MEMORY, "--max-old-space-size=64", /memory/i],
  ] as const) {
    it(`fails a frame ${what}, with the cause, and answers all others`, async () => {
      const engine = startEngine(`${POISON} ${options}`);
      const stream = prepared.through(engine);
      stream.start();
      await stream.flows();
      const error = await failure(poisoned(engine, word, 70));
      assert.equal(error.code, "ENGINE_CRASHED");
      assert.match(error.message, signal);
      await stream.flows();
      await stream.stop();
      assert.deepEqual(stream.codes, {});
      assert.equal(engine.state, "ready");
    });
  }

  it("stops sending the frames of a flow whose every frame ends it, and answers all others", async () => {
    const engine = startEngine(POISON);
    const stream = prepared.through(engine);
    stream.start();
    await stream.flows();
    const pids = new Set<number>();
    engine.onState(() => engine.pid && pids.add(engine.pid));
    const messages: string[] = [];
    for (let seed = 80; seed < 86; seed++) {
      const data = Buffer.concat([await partJpeg({ seed }), Buffer.from(ABORT)]);
      const request = { image: { kind: "encoded" as const, data }, backbone: { model: "texture", resolution: 112 } };
      const error = await failure(engine.call("mask", { ...request, foreground: "off" }, {}, 7));
      assert.equal(error.code, "ENGINE_CRASHED");
      messages.push(error.message);
    }
    for (const message of messages.slice(3)) assert.match(message, /none is sent for ten minutes/);
    await stream.flows();
    await stream.stop();
    assert.deepEqual(stream.codes, {});
    // The first was tried twice, the next two once, the others never.
    assert.ok(pids.size <= 5, `${pids.size} processes`);
  });

  it("answers or refuses every frame where the system gives it no more memory", async function () {
    const engine = startEngine();
    const stream = prepared.through(engine);
    stream.start();
    await stream.flows();
    limit(this, engine.pid!, "--as=1");
    // Larger than anything before, so that memory is asked for.
    const large = { kind: "encoded" as const, data: await partJpeg({ width: 6000, height: 4500, seed: 5 }) };
    const backbone = { model: "texture", resolution: 448 };
    const outcome = await engine.call("mask", { image: large, backbone, foreground: "off" }).then(
      () => "answered",
      (thrown: GoldenSampleError) => thrown.code,
    );
    assert.ok(["answered", "BAD_IMAGE", "INTERNAL", "ENGINE_CRASHED"].includes(outcome), outcome);
    await stream.flows();
    await stream.stop();
  });

  it("ends a process that does nothing any more, and answers every frame", async function () {
    skipOnWindows(this);
    const engine = startEngine();
    const stream = prepared.through(engine);
    stream.start();
    await stream.flows();
    const pid = engine.pid!;
    process.kill(pid, "SIGSTOP");
    await eventually("the stopped process is gone", () => !isAlive(pid));
    await stream.flows();
    await stream.stop();
    assert.deepEqual(stream.codes, {});
  });

  it("does not take a process for hung that is only busy", async () => {
    const engine = startEngine(POISON);
    const stream = prepared.through(engine);
    stream.start();
    await stream.flows();
    const { pid } = engine;
    await poisoned(engine, BUSY, 71);
    await stream.flows();
    await stream.stop();
    assert.equal(engine.pid, pid);
    assert.deepEqual(stream.codes, {});
  });

  it("ends frames at their deadline though the process hangs, and goes on with it", async function () {
    skipOnWindows(this);
    const engine = startEngine();
    const stream = prepared.through(engine);
    stream.start();
    await stream.flows();
    await stream.stop();
    const { pid } = engine;
    process.kill(pid!, "SIGSTOP");
    const image = { kind: "encoded" as const, data: await partJpeg({ seed: 72 }) };
    const request = { image, backbone: { model: "texture", resolution: 112 }, foreground: "off" as const };
    const { code } = await failure(engine.call("mask", request, { deadline: 300 }));
    assert.equal(code, "TIMEOUT");
    process.kill(pid!, "SIGCONT");
    await engine.call("mask", request);
    assert.equal(engine.pid, pid);
  });

  it("gives up for a while where no process stays alive, and comes back when it is asked to", async () => {
    process.env.POISONED_START = "1";
    const engine = startEngine(POISON);
    const states: string[] = [];
    const pids = new Set<number>();
    engine.onState((state) => {
      states.push(state);
      if (engine.pid) pids.add(engine.pid);
    });
    const image = { kind: "encoded" as const, data: await partJpeg({ seed: 73 }) };
    const request = { image, backbone: { model: "texture", resolution: 112 }, foreground: "off" as const };
    try {
      const { code, message } = await failure(engine.call("mask", request));
      assert.equal(code, "ENGINE_CRASHED");
      assert.match(message, /SIGABRT/);
      assert.equal(engine.state, "failed");
      // At once, not after a pause.
      assert.equal((await failure(engine.call("mask", request))).code, "ENGINE_CRASHED");
      assert.equal(states.filter((state) => state === "failed").length, 1);
    } finally {
      delete process.env.POISONED_START;
    }
    engine.retry();
    assert.equal((await engine.call("mask", request)).coverage, 1);
    assert.equal(engine.state, "ready");
  });
});

function skipOnWindows(context: Context): void {
  if (process.platform !== "win32") return;
  console.log("      skipped: Windows has no signal that stops a process");
  context.skip();
}

/** Sets a limit of the system on a running process; skips where there is no prlimit (util-linux). */
function limit(context: Context, pid: number, option: string): void {
  const result: SpawnSyncReturns<string> = spawnSync("prlimit", ["--pid", String(pid), option], { encoding: "utf8" });
  if (result.status === 0) return;
  console.log("      skipped: prlimit is not on this machine, or may not be used");
  context.skip();
}
