import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SharedWork } from "../../lib/engine/caches";
import { type Batch, type Priority, RequestQueue } from "../../lib/engine/frames/request-queue";
import { GoldenSampleError } from "../../lib/errors";

/** Keeps the queue busy until it is opened. */
function gate(): { work: () => Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { work: () => opened, open };
}

const codeOf = (thrown: unknown) => (thrown instanceof GoldenSampleError ? thrown.code : thrown);

describe("the queue of a device", () => {
  it("finishes frames before it begins others, and those before building", async () => {
    const queue = new RequestQueue();
    const { work, open } = gate();
    const done: string[] = [];
    const job = (priority: Priority, name: string) => queue.run(priority, async () => void done.push(name));
    const jobs = [queue.run("build", work)];
    for (const name of ["a", "b"]) {
      jobs.push(job("build", `build ${name}`), job("frame", `frame ${name}`), job("finish", `finish ${name}`));
    }
    open();
    await Promise.all(jobs);
    assert.deepEqual(done, ["finish a", "finish b", "frame a", "frame b", "build a", "build b"]);
  });

  it("lets a frame go on with its next step before a build that waits", async () => {
    const queue = new RequestQueue();
    const done: string[] = [];
    const frame = async () => {
      await queue.run("frame", async () => done.push("features"));
      await queue.run("finish", async () => done.push("search"));
    };
    const building = (step: string) => queue.run("build", async () => done.push(step));
    await Promise.all([frame(), building("build 1"), building("build 2")]);
    assert.deepEqual(done, ["features", "search", "build 1", "build 2"]);
  });

  it("begins nothing of a build while a frame is on its way", async () => {
    const queue = new RequestQueue();
    const done: string[] = [];
    const building = ["build 1", "build 2"].map((step) => queue.run("build", async () => done.push(step)));
    const ends = [queue.expect(), queue.expect()];
    await building[0];
    ends[0]!();
    ends[0]!();
    const frame = queue.run("frame", async () => done.push("frame"));
    await frame;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(done, ["build 1", "frame"]);
    ends[1]!();
    await Promise.all(building);
    assert.deepEqual(done, ["build 1", "frame", "build 2"]);
  });

  for (const [where, lines] of [
    ["frames never end", 2],
    ["one is always on its way", 1],
  ] as const) {
    it(`lets a build get on where ${where}`, async () => {
      const queue = new RequestQueue();
      const most = 300;
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
      let [frames, isBuilt] = [0, false];
      const line = async () => {
        let arrived = queue.expect();
        for (; !isBuilt && frames < most; frames++) {
          await pause();
          const frame = queue.run("frame", pause);
          const next = queue.expect();
          arrived();
          await frame;
          arrived = next;
        }
        arrived();
      };
      const all = Array.from({ length: lines }, line);
      for (let step = 0; step < 3; step++) await queue.run("build", async () => undefined);
      isBuilt = true;
      await Promise.all(all);
      assert.ok(frames > 1 && frames < most, `${frames} frames`);
    });
  }

  it("takes what waits for the same in one go, up to a limit, and nothing else with it", async () => {
    const queue = new RequestQueue();
    const { work, open } = gate();
    const runs: string[][] = [];
    const batch = (key: string): Batch<string, string> => ({
      key,
      most: () => 3,
      run: async (inputs) => {
        runs.push(inputs);
        return inputs.map((input) => input.toUpperCase());
      },
    });
    const lone = await queue.together("frame", "lone", batch("x"));
    assert.equal(lone, "LONE");
    const busy = queue.run("frame", work);
    const outputs = [..."abcde"].map((input) => queue.together("frame", input, batch(input === "b" ? "y" : "x")));
    outputs.push(queue.together("build", "f", batch("x")));
    open();
    await busy;
    assert.equal((await Promise.all(outputs)).join(""), "ABCDEF");
    const isBuild = ([input]: string[]) => input === "f";
    assert.deepEqual(
      runs.filter((run) => !isBuild(run)),
      [["lone"], ["a", "c", "d"], ["b"], ["e"]],
    );
    assert.deepEqual(runs.filter(isBuild), [["f"]]);
  });

  it("fails those that went together, and goes on with the next", async () => {
    const queue = new RequestQueue();
    const { work, open } = gate();
    const broken: Batch<number, number> = { key: "broken", most: () => 8, run: () => Promise.reject(new Error("no")) };
    const busy = queue.run("frame", work);
    const failing = [queue.together("frame", 1, broken), queue.together("frame", 2, broken)];
    const next = queue.run("frame", async () => "next");
    open();
    await busy;
    const outcomes = await Promise.allSettled(failing);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await next, "next");
  });

  it("drops what was cancelled before its turn", async () => {
    const queue = new RequestQueue();
    const { work, open } = gate();
    const busy = queue.run("frame", work);
    const abort = new AbortController();
    const begun: string[] = [];
    const dropped = queue.run("frame", async () => begun.push("dropped"), abort.signal);
    const kept = queue.run("frame", async () => "kept");
    abort.abort();
    assert.equal(await dropped.catch(codeOf), "CANCELLED");
    open();
    await busy;
    assert.equal(await kept, "kept");
    assert.deepEqual(begun, []);
    assert.equal(await queue.run("frame", async () => 1, abort.signal).catch(codeOf), "CANCELLED");
  });

  it("lets as many through at a time as it is wide", async () => {
    const queue = new RequestQueue(2);
    const gates = [gate(), gate(), gate()];
    let running = 0;
    const jobs = gates.map(({ work }) =>
      queue.run("frame", async () => {
        running++;
        await work();
        running--;
      }),
    );
    assert.equal(running, 2);
    for (const { open } of gates) open();
    await Promise.all(jobs);
    assert.equal(running, 0);
  });
});

describe("work that several wait for", () => {
  it("goes on while one of them is left, and is called off after the last", async () => {
    let signal: AbortSignal | undefined;
    const work = new SharedWork<string>((given) => {
      signal = given;
      return new Promise((_, reject) => given.addEventListener("abort", () => reject(new Error("called off"))));
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [work.share(first.signal), work.share(second.signal)].map((share) => share.catch(codeOf));
    first.abort();
    assert.equal(await waiting[0], "CANCELLED");
    assert.equal(signal?.aborted, false);
    second.abort();
    assert.equal(await waiting[1], "CANCELLED");
    assert.deepEqual([signal?.aborted, work.abandoned], [true, true]);
    await work.failed;
  });

  it("is done for all that are left", async () => {
    const { work: opened, open } = gate();
    const work = new SharedWork(async () => {
      await opened();
      return 7;
    });
    const abort = new AbortController();
    const [gone, left] = [work.share(abort.signal).catch(codeOf), work.share(new AbortController().signal)];
    abort.abort();
    open();
    assert.deepEqual([await gone, await left, await work.share(), work.abandoned], ["CANCELLED", 7, 7, false]);
  });
});
