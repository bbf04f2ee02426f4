import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GoldenSampleError } from "../../lib/errors";
import { Inbox, type Policy } from "../../nodes/shared/inbox";

interface Work {
  run: () => Promise<string>;
  finish: (value: string) => void;
  fail: (error: Error) => void;
  begun: boolean;
}

function work(): Work {
  let [finish, fail]: [Work["finish"], Work["fail"]] = [() => undefined, () => undefined];
  const result = new Promise<string>((resolve, reject) => {
    [finish, fail] = [resolve, reject];
  });
  const item: Work = {
    run: () => {
      item.begun = true;
      return result;
    },
    finish,
    fail,
    begun: false,
  };
  return item;
}

/** Sends frames to an inbox of two places at work and writes down what comes out, in that order. */
class Line {
  readonly out: string[] = [];
  readonly works: Work[] = [];
  private readonly ended: Promise<unknown>[] = [];

  constructor(private readonly inbox: Inbox) {}

  send(count = 1, deadline?: number): void {
    for (let i = 0; i < count; i++) {
      const [name, item] = [this.works.length, work()];
      this.works.push(item);
      const result = this.inbox.run(item.run, deadline);
      this.ended.push(
        result.then(
          ({ value }) => this.out.push(`${name} ${value}`),
          (thrown) => this.out.push(`${name} ${thrown instanceof GoldenSampleError ? thrown.code : thrown.message}`),
        ),
      );
    }
  }

  async finish(): Promise<string[]> {
    for (const item of this.works) item.finish("done");
    await Promise.all(this.ended);
    return this.out;
  }
}

const line = (policy: Policy, size = 2) => new Line(new Inbox({ policy, size, parallel: 2 }));
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("a node's inbox", () => {
  it("drops the frames that waited longest, at once, and counts them", async () => {
    const inbox = new Inbox({ policy: "newest", size: 2, parallel: 2 });
    const frames = new Line(inbox);
    frames.send(7);
    await soon();
    assert.deepEqual(frames.out, ["2 BUSY", "3 BUSY", "4 BUSY"]);
    assert.deepEqual(await frames.finish(), ["2 BUSY", "3 BUSY", "4 BUSY", "0 done", "1 done", "5 done", "6 done"]);
    assert.equal(inbox.dropped, 3);
    assert.deepEqual(
      frames.works.map(({ begun }) => begun),
      [true, true, false, false, false, true, true],
    );
  });

  it("refuses the newest frames, where it is to", async () => {
    const frames = line("oldest");
    frames.send(7);
    assert.deepEqual(await frames.finish(), [
      ...["4 BUSY", "5 BUSY", "6 BUSY"],
      ...["0 done", "1 done", "2 done", "3 done"],
    ]);
  });

  it("drops none, where it is to", async () => {
    const frames = line("block");
    frames.send(100);
    assert.deepEqual(
      await frames.finish(),
      Array.from({ length: 100 }, (_, i) => `${i} done`),
    );
  });

  it("gives results and failures in the order of arrival", async () => {
    const frames = line("block");
    frames.send(3);
    frames.works[1]!.fail(new Error("broken"));
    await soon();
    assert.deepEqual(frames.out, []);
    assert.ok(frames.works[2]!.begun);
    assert.deepEqual(await frames.finish(), ["0 done", "1 broken", "2 done"]);
  });

  it("ends a frame at its deadline, at work, waiting or waiting to leave", async () => {
    const frames = line("block");
    frames.send(1, 20);
    frames.send(2);
    frames.send(1, 10);
    frames.works[1]!.finish("done");
    frames.send(1, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    // The first held up the second, which was done; the fourth never began.
    assert.deepEqual(frames.out, ["3 TIMEOUT", "0 TIMEOUT", "1 done"]);
    assert.equal(frames.works[3]!.begun, false);
    assert.deepEqual(await frames.finish(), ["3 TIMEOUT", "0 TIMEOUT", "1 done", "2 done", "4 done"]);
  });

  it("takes no result that comes after its deadline, though the timer is later still", async () => {
    const inbox = new Inbox({ policy: "oldest", size: 4, parallel: 2 });
    const slow = async () => {
      const end = performance.now() + 5;
      while (performance.now() < end);
      return "late";
    };
    await assert.rejects(inbox.run(slow, 1), { code: "TIMEOUT" });
  });

  it("tells the work how long it has, and how long a frame waited", async () => {
    const inbox = new Inbox({ policy: "block", size: 1, parallel: 1 });
    const first = work();
    const held = inbox.run(first.run);
    const lefts: (number | undefined)[] = [];
    const second = inbox.run(async (left) => void lefts.push(left), 60_000);
    const third = inbox.run(async (left) => void lefts.push(left));
    await new Promise((resolve) => setTimeout(resolve, 30));
    first.finish("done");
    const { waited } = await second;
    await Promise.all([held, third]);
    assert.ok(waited >= 25, `waited ${waited}`);
    assert.ok(lefts[0]! <= 60_000 - 25 && lefts[0]! > 0);
    assert.equal(lefts[1], undefined);
  });
});
