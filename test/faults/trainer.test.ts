import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { RequestInput } from "../../lib/engine/requests";
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
    let steps = 0;
    const waiting = new Set<() => void>();
    /** Waits for so many more steps: on a machine with much else to do another process may take a minute to get ready. */
    const goesOn = async (more: number) => {
      for (const goal = steps + more; steps < goal; ) await new Promise<void>((next) => waiting.add(next));
    };
    const bank = { directory, name: "part" };
    const request = { bank, backbone: BACKBONE, settings: { rotate: true }, references };
    const onProgress = () => {
      steps++;
      for (const next of waiting) next();
      waiting.clear();
    };
    return { goesOn, begun: goesOn(8), result: engine.call("build", request, { onProgress }) };
  }
  /** Ends the trainer of a build; returns when another one is at it. */
  async function killTrainer({ goesOn }: Pick<ReturnType<typeof building>, "goesOn">): Promise<number> {
    const pid = trainer()!;
    process.kill(pid, "SIGKILL");
    // Some of its progress may still be on the way.
    await eventually("it is gone", () => trainer() !== pid);
    await goesOn(8);
    const other = trainer()!;
    assert.notEqual(other, pid);
    return other;
  }

  it("goes on with the old bank and loses no frame while it is killed, and the build is made by another", async () => {
    stream.start();
    await stream.flows();
    const { begun, result, goesOn } = building();
    await begun;
    const host = engine.pid;
    const second = await killTrainer({ goesOn });
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
    const { begun, result, goesOn } = building();
    const failed = result.then(
      () => assert.fail("it was built"),
      (thrown: unknown) => thrown,
    );
    await begun;
    process.kill(await killTrainer({ goesOn }), "SIGKILL");
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
    let pid: number | undefined;
    const onProgress = ({ done }: { done: number }) => {
      pid ??= trainer();
      if (done === 5) abort.abort();
    };
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
