import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "mocha";
import { Captures } from "../../nodes/inspection/captures";
import { LIMITS } from "../../nodes/inspection/limits";
import { type ComingFrame, tellFrame } from "../../nodes/shared/frame-news";
import type { Runtime } from "../../nodes/shared/node-red";

describe("frames captured from the line", () => {
  const runtime = () => ({ events: new EventEmitter() });
  const tell = (RED: object, message: string, more: Partial<ComingFrame> = {}, bytes = 10) =>
    tellFrame(RED as Runtime, {
      ...{ message, at: "score", bank: "bank", mask: undefined },
      image: { kind: "encoded", data: Buffer.alloc(bytes) },
      ...more,
    });
  const heard = ({ events }: { events: EventEmitter }) =>
    events.eventNames().reduce((sum, name) => sum + events.listenerCount(name), 0);

  it("are as many as were asked for, each once, of this bank alone", () => {
    const RED = runtime();
    const captures = new Captures(RED as unknown as Runtime);
    tell(RED, "before");
    captures.begin("bank", 2);
    tell(RED, "a", { at: "mask" });
    tell(RED, "a", { at: "build" });
    tell(RED, "a");
    tell(RED, "b", { bank: "other" });
    tell(RED, "c");
    tell(RED, "d");
    assert.deepEqual(
      captures.look("bank")!.frames.map(({ message, at }) => [message, at]),
      [
        ["a", "build"],
        ["c", "score"],
      ],
    );
    assert.equal(heard(RED), 0);
    captures.begin("bank", 0);
    assert.equal(captures.look("bank"), undefined);
  });

  it("have a number that none of a capture begun anew has, so that what is seen is what is accepted", () => {
    const RED = runtime();
    const captures = new Captures(RED as unknown as Runtime);
    captures.begin("bank", 1);
    tell(RED, "a");
    const { number } = captures.look("bank")!.frames[0]!;
    captures.begin("bank", 1);
    tell(RED, "b");
    assert.throws(() => captures.frame("bank", String(number)), /not kept any more/);
    assert.equal(captures.frame("bank", String(number + 1)).message, "b");
    captures.begin("bank", 0);
  });

  it("are no more bytes than may be kept", () => {
    const RED = runtime();
    const captures = new Captures(RED as unknown as Runtime);
    captures.begin("bank", 20);
    for (let i = 0; i < 20; i++) tell(RED, String(i), {}, LIMITS.captureBytes / 4);
    const { frames, isComplete } = captures.look("bank")!;
    assert.deepEqual([frames.length, isComplete, heard(RED)], [5, true, 0]);
    captures.begin("bank", 0);
  });

  it("are forgotten where nobody looks", async () => {
    const RED = runtime();
    const captures = new Captures(RED as unknown as Runtime, 20);
    captures.begin("bank", 3);
    tell(RED, "a");
    while (heard(RED) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(captures.look("bank"), undefined);
  });
});
