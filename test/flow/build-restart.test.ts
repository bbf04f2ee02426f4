import assert from "node:assert/strict";
import { partJpeg } from "../support/pictures";
import { flow, learning } from "./build-flow";
import { type FlowTest, until } from "./harness";

describe("anomaly-build over a restart or a deploy", () => {
  let test: FlowTest;
  const { pictures, send, act, done } = learning((made) => {
    test = made;
  });

  it("goes on learning after a restart, and after a deploy", async () => {
    await test.start(flow());
    send(0);
    await done(1);
    await test.stop();
    await test.start(flow());
    send(1);
    assert.deepEqual(await done(1), ["add:2"]);
    await test.deploy(flow());
    send(2, 3);
    assert.deepEqual(await done(1), ["build:v1 of 3"]);
    await test.inbox("frames").take(1);
  });

  it("builds after a restart what was learned before it", async () => {
    await test.start(flow({ mode: "control" }));
    for (const payload of pictures.slice(0, 3)) act("add", { payload });
    await done(3);
    await test.stop();
    await test.start(flow());
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 3 references");
    send(4);
    assert.equal((await test.inbox("frames").first()).number, 4);
  });

  it("goes on learning anew after a clear, whenever a deploy comes between", async () => {
    await test.start(flow({ frames: 2 }));
    send(0, 1);
    await done(2);
    act("clear");
    await done(3);
    await test.deploy(flow({ frames: 2 }));
    send(2);
    assert.deepEqual(await done(1), ["add:1"]);
    await test.deploy(flow({ frames: 2 }));
    send(3, 4);
    assert.deepEqual(await done(1), ["build:v2 of 2"]);
    assert.equal((await test.inbox("frames").first()).number, 4);
  });

  it("says that a deploy ended a build which does not begin again by itself", async () => {
    await test.start(flow({ mode: "control" }));
    const payloads = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => partJpeg({ seed, width: 640, height: 480 })));
    for (const payload of payloads) act("add", { payload });
    await done(6);
    const warnings = test.warnings();
    act("build");
    // The message is handled at once; the build takes longer.
    await new Promise((resolve) => setImmediate(resolve));
    await test.deploy(flow({ mode: "control" }));
    assert.match(warnings()[0]!, /deploy ended the build/);
    act("status");
    assert.deepEqual(await done(1), ["status:6"]);
  });
});
