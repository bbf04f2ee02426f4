import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Method } from "../../lib/engine/requests";
import { Convictions, type OpenCall, OpenCalls } from "../../lib/engine/supervisor/open-calls";
import { GoldenSampleError } from "../../lib/errors";
import { plain } from "../../lib/sentence";

const CRASH = new GoldenSampleError("ENGINE_CRASHED", plain("It stopped."));

describe("calls that are open when the engine ends", () => {
  let calls: OpenCalls;
  let guilty: number[];
  let rejected: number[];
  const begin = () => {
    guilty = [];
    rejected = [];
    calls = new OpenCalls(({ id }) => guilty.push(id));
  };
  const add = (id: number, method: Method = "score", isSuspect = false) =>
    calls.add({
      message: { kind: "call", id, method, request: {} } as unknown as OpenCall["message"],
      isSuspect,
      onProgress: undefined,
      resolve: () => undefined,
      reject: () => rejected.push(id),
      start: 0,
    });
  const take = () => calls.take().map(({ id }) => id);

  it("are found out one at a time: those beside the one that ended it are answered", () => {
    begin();
    for (const id of [1, 2, 3]) add(id);
    assert.deepEqual(take(), [1, 2, 3]);
    calls.crashed(CRASH);
    assert.deepEqual(take(), [1]);
    assert.deepEqual(take(), []);
    calls.delete(1);
    assert.deepEqual(take(), [2]);
    calls.crashed(CRASH);
    assert.deepEqual(guilty, [2]);
    assert.deepEqual(take(), [3]);
    calls.delete(3);
    add(4);
    assert.deepEqual(take(), [4]);
    assert.deepEqual(rejected, [2]);
  });

  it("do not lose a build to the frame that ended the engine beside it, twice", () => {
    begin();
    add(1, "build");
    add(2);
    take();
    calls.crashed(CRASH);
    // The first frame was killed from outside: it is answered, and the build goes on beside new frames.
    assert.deepEqual(take(), [2]);
    calls.delete(2);
    assert.deepEqual(take(), [1]);
    add(3);
    assert.deepEqual(take(), [3]);
    calls.crashed(CRASH);
    assert.deepEqual(take(), [3]);
    calls.crashed(CRASH);
    assert.deepEqual([guilty, rejected], [[3], [3]]);
    assert.deepEqual(take(), [1]);
  });

  it("fail a build that ends the engine again, after the frames beside it are answered", () => {
    begin();
    add(1, "build");
    take();
    calls.crashed(CRASH);
    assert.deepEqual(take(), [1]);
    add(2);
    assert.deepEqual(take(), [2]);
    calls.crashed(CRASH);
    assert.deepEqual([take(), rejected], [[2], []]);
    calls.delete(2);
    assert.deepEqual([take(), rejected, guilty], [[], [1], [1]]);
  });

  it("retry one of several builds at a time, and no build is failed for another", () => {
    begin();
    for (const id of [1, 2]) add(id, "build");
    assert.deepEqual(take(), [1, 2]);
    calls.crashed(CRASH);
    add(3);
    add(4, "batch");
    assert.deepEqual(take(), [1, 3]);
    calls.delete(3);
    assert.deepEqual(take(), []);
    calls.delete(1);
    assert.deepEqual(take(), [2]);
    calls.crashed(CRASH);
    assert.deepEqual(rejected, [2]);
    assert.deepEqual(take(), [4]);
  });

  it("of a kind that ended the engine before are sent alone, and once", () => {
    begin();
    add(1);
    assert.deepEqual(take(), [1]);
    add(2, "score", true);
    add(3);
    assert.deepEqual(take(), []);
    calls.delete(1);
    assert.deepEqual(take(), [2]);
    calls.crashed(CRASH);
    assert.deepEqual([rejected, take()], [[2], [3]]);
  });
});

describe("the memory of calls that ended the engine", () => {
  const call = (bank: string, data: string) =>
    ({
      kind: "call",
      id: 1,
      method: "score",
      request: { bank: { file: bank }, image: { kind: "encoded", data: Buffer.from(data) } },
    }) as unknown as OpenCall["message"];

  it("remembers for ten minutes of its own, whatever the machine's clock is set to", () => {
    const { now } = Date;
    const convictions = new Convictions();
    convictions.add(1, call("a", "frame 1"));
    try {
      Date.now = () => now() + 24 * 3_600_000;
      assert.ok(convictions.isSuspect(1, call("a", "frame 2")));
    } finally {
      Date.now = now;
    }
  });

  it("refuses the same call at once, others of its kind after three, and nobody else's", () => {
    let now = 0;
    const convictions = new Convictions(() => now);
    convictions.mustNotEnd(1, call("a", "frame 1"));
    convictions.add(1, call("a", "frame 1"));
    assert.throws(() => convictions.mustNotEnd(1, call("a", "frame 1")), { code: "ENGINE_CRASHED" });
    convictions.mustNotEnd(1, call("a", "frame 2"));
    assert.ok(convictions.isSuspect(1, call("a", "frame 2")));
    assert.ok(!convictions.isSuspect(1, call("b", "frame 2")) && !convictions.isSuspect(2, call("a", "frame 2")));
    convictions.add(1, call("a", "frame 2"));
    convictions.add(1, call("a", "frame 3"));
    assert.throws(() => convictions.mustNotEnd(1, call("a", "frame 4")), /requests of this kind/);
    convictions.mustNotEnd(1, call("b", "frame 1"));
    convictions.mustNotEnd(2, call("a", "frame 1"));
    now = 11 * 60_000;
    convictions.mustNotEnd(1, call("a", "frame 1"));
    assert.ok(!convictions.isSuspect(1, call("a", "frame 4")));
  });
});
