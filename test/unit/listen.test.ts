import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "mocha";
import { GoldenSampleError } from "../../lib/errors";
import { Lifetime } from "../../nodes/shared/lifetime";
import { listen } from "../../nodes/shared/listen";
import type { RunningNode } from "../../nodes/shared/node-red";
import type { StatusLight } from "../../nodes/shared/status-light";

describe("a node that is stopped", () => {
  it("is done with every message, also one that comes after it", async () => {
    const node = new EventEmitter();
    const life = new Lifetime();
    const handled: string[] = [];
    const RED = { _: (key: string) => key };
    listen(RED, node as unknown as RunningNode, life, {} as StatusLight, async ({ payload }) => {
      handled.push(String(payload));
      if (payload !== "quick") await new Promise(() => undefined);
    });
    const ends: [string, string | undefined][] = [];
    const send = (payload: string) =>
      node.emit(
        "input",
        { payload },
        () => assert.fail("nothing is sent"),
        (error?: unknown) => ends.push([payload, error instanceof GoldenSampleError ? error.code : undefined]),
      );
    send("quick");
    send("under way");
    await new Promise((resolve) => setImmediate(resolve));
    node.emit("close");
    send("late");
    assert.deepEqual(ends, [
      ["quick", undefined],
      ["under way", "CANCELLED"],
      ["late", "CANCELLED"],
    ]);
    assert.deepEqual(handled, ["quick", "under way"]);
  });
});
