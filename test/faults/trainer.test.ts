import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { RequestInput } from "../../lib/engine/api";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { childrenOf, isAlive } from "../../scripts/demo/processes";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { eventually } from "./eventually";
import { FrameStream } from "./frame-stream";

const BACKBONE = { model: "texture", resolution: 112 };

describe("the trainer under faults, with frames streaming", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  let stream: FrameStream;
  let directory: string;
  let references: RequestInput<"build">["references"];

  before(async function () {
    if (process.platform !== "linux") {
      console.log("      skipped: the trainer is found by /proc, which only Linux has");
      return this.skip();
    }
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    references = await Promise.all(
      seeds.map(async (seed) => ({ kind: "encoded" as const, data: await partJpeg({ seed }) })),
    );
  });
  beforeEach(async () => {
    folder = temporaryFolder();
    engine = new EngineClient();
    stream = await FrameStream.prepare(engine, folder.path, BACKBONE);
    directory = join(folder.path, "banks");
  });
  afterEach(() => {
    engine?.close();
    folder?.remove();
  });
  after(() => engine?.close());

  /** The trainer of the engine; none where nothing was learnt lately. */
  const trainer = () =>
    childrenOf(engine.pid!).find((pid) => {
      const command = `/proc/${pid}/cmdline`;
      return existsSync(command) && readFileSync(command, "utf8").includes(join("train", "server.js"));
    });
  /** A long build; `begun` once it is in the middle of it. */
  function building() {
    let tell: () => void = () => undefined;
    let steps = 0;
    const state = { begun: new Promise<void>((resolve) => (tell = resolve)), steps: () => steps };
    const bank = { directory, name: "part" };
    const request = { bank, backbone: BACKBONE, settings: { rotate: true }, references };
    const onProgress = ({ done }: { done: number }) => {
      steps++;
      if (done > 8) tell();
    };
    return { ...state, result: engine.call("build", request, { onProgress }) };
  }
  async function again(steps: () => number, killed: number): Promise<number> {
    const seen = steps();
    await eventually("another trainer is at it", () => steps() > seen + 3 && trainer() !== undefined);
    const pid = trainer()!;
    assert.notEqual(pid, killed);
    return pid;
  }

  it("goes on with the old bank and loses no frame while it is killed, and the build is made by another", async () => {
    stream.start();
    await stream.flows();
    const { begun, result, steps } = building();
    await begun;
    const [pid, host] = [trainer()!, engine.pid];
    process.kill(pid, "SIGKILL");
    const second = await again(steps, pid);
    // Scores are compared with those of the old bank: the new one is not to be in use yet.
    process.kill(second, "SIGSTOP");
    await stream.flows();
    await stream.stop();
    process.kill(second, "SIGCONT");
    assert.deepEqual(stream.codes, {});
    assert.equal((await result).version, 2);
    assert.equal(engine.pid, host);
  });

  it("ends a build that is killed twice in one clear error, leaves the old bank in use and no piece of a file", async () => {
    stream.start();
    await stream.flows();
    const files = () => readdirSync(folder.path, { recursive: true }).map(String).sort();
    const before = files();
    const { begun, result, steps } = building();
    const failed = result.then(
      () => assert.fail("it was built"),
      (thrown: unknown) => thrown,
    );
    await begun;
    const first = trainer()!;
    process.kill(first, "SIGKILL");
    process.kill(await again(steps, first), "SIGKILL");
    const thrown = await failed;
    assert.ok(thrown instanceof GoldenSampleError);
    assert.equal(thrown.code, "ENGINE_CRASHED");
    assert.match(thrown.message, /^The training process stopped while it worked on this \(ended by SIGKILL.*\.$/);
    await stream.flows();
    await stream.stop();
    assert.deepEqual(stream.codes, {});
    assert.deepEqual(files(), before);
    assert.equal((await engine.call("bankState", { bank: { directory, name: "part" } })).version, 1);
  });

  it("loses no frame while it is stopped, and goes on where it was", async () => {
    stream.start();
    await stream.flows();
    const { begun, result } = building();
    await begun;
    const pid = trainer()!;
    process.kill(pid, "SIGSTOP");
    await stream.flows(30);
    await stream.stop();
    process.kill(pid, "SIGCONT");
    assert.deepEqual(stream.codes, {});
    assert.equal((await result).version, 2);
    assert.equal(trainer(), pid);
  });

  it("ends with the engine, whether that is closed or killed in the middle of a build", async () => {
    for (const end of [() => engine.close(), () => process.kill(engine.pid!, "SIGKILL")]) {
      const { begun, result } = building();
      const ended = result.catch((thrown: GoldenSampleError) => thrown.code);
      await begun;
      const pid = trainer()!;
      end();
      await eventually("the trainer has ended", () => !isAlive(pid));
      if (engine.state !== "closed") engine.close();
      assert.equal(await ended, "ENGINE_CLOSED");
      engine = new EngineClient();
    }
  });

  it("is taken back by a cancelled build within an image, and the next build is the same process' work", async () => {
    const abort = new AbortController();
    const bank = { directory, name: "part" };
    const request = { bank, backbone: BACKBONE, settings: { rotate: true }, references };
    const onProgress = ({ done }: { done: number }) => {
      if (done === 5) abort.abort();
    };
    const pid = trainer();
    await assert.rejects(engine.call("build", request, { onProgress, signal: abort.signal }), { code: "CANCELLED" });
    assert.equal((await engine.call("build", { bank, backbone: BACKBONE, settings: {} })).version, 2);
    assert.equal(trainer(), pid);
  });
});

describe("a process that may rest", () => {
  it("ends when there was nothing to do for a while, and is started again by the next call", async () => {
    const engine = new EngineClient({ idle: 50 });
    try {
      const folder = temporaryFolder();
      const call = () => engine.call("models", { models: { directory: folder.path } });
      await call();
      const first = engine.pid!;
      await eventually("it has ended", () => engine.pid === undefined && !isAlive(first));
      await call();
      assert.notEqual(engine.pid, first);
      folder.remove();
    } finally {
      engine.close();
    }
  });

  it("is not started again when it is killed while there is nothing to do", async () => {
    const engine = new EngineClient({ idle: 60_000 });
    try {
      const folder = temporaryFolder();
      await engine.call("models", { models: { directory: folder.path } });
      process.kill(engine.pid!, "SIGKILL");
      await eventually("its end is noticed", () => engine.state === "restarting");
      // Longer than the pause after which it would be.
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(engine.pid, undefined);
      await engine.call("models", { models: { directory: folder.path } });
      folder.remove();
    } finally {
      engine.close();
    }
  });
});
