import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { childMemory } from "../../lib/engine/supervisor/child";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { decodeImage } from "../../lib/image/decode";
import { GarbageCollector } from "../../lib/runtime/collect-garbage";
import { MEMORY_VARIABLE, memoryBudget, planMemory } from "../../lib/runtime/memory-plan";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("what frames leave behind", () => {
  it("is collected once nothing is under way, and not in the middle of the next one", async () => {
    let collected = 0;
    let tell: () => void = () => undefined;
    const collect = () => {
      collected++;
      tell();
    };
    const garbage = new GarbageCollector(1, collect);
    const once = () => new Promise<void>((resolve) => (tell = resolve));
    garbage.begin();
    garbage.end();
    garbage.begin();
    garbage.begin();
    garbage.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(collected, 0);
    const next = once();
    garbage.end();
    await next;
    assert.equal(collected, 1);
    const budgeted = new GarbageCollector(0, collect);
    budgeted.begin();
    budgeted.begin();
    const early = once();
    budgeted.end();
    await early;
  });
});

describe("the engine's memory", () => {
  const before = process.env[MEMORY_VARIABLE];
  afterEach(() => {
    if (before === undefined) delete process.env[MEMORY_VARIABLE];
    else process.env[MEMORY_VARIABLE] = before;
  });

  it("is shared out so that the parts fit in it together", () => {
    for (const megabytes of [200, 250, 600, 4000]) {
      const { banks, pixels, heap } = planMemory(megabytes);
      assert.ok((banks + 3 * pixels) / 2 ** 20 + heap < megabytes, String(megabytes));
    }
    assert.ok(planMemory(4000).arena && !planMemory(250).arena);
  });

  it("is unbounded where nothing is said, and refused in one sentence where it is no number of megabytes", () => {
    assert.equal(memoryBudget({}), undefined);
    assert.equal(memoryBudget({ [MEMORY_VARIABLE]: "" }), undefined);
    assert.equal(memoryBudget({ [MEMORY_VARIABLE]: "300" }), 300);
    for (const value of ["64", "much", "-1"])
      assert.throws(() => memoryBudget({ [MEMORY_VARIABLE]: value }), { code: "BAD_REQUEST" }, value);
  });

  it("bounds glibc's pools always, unless they are set already", () => {
    assert.equal(childMemory(undefined, {}).env.MALLOC_ARENA_MAX, "2");
    assert.equal(childMemory(undefined, { MALLOC_ARENA_MAX: "8" }).env.MALLOC_ARENA_MAX, "8");
  });

  it("is nothing that a process must have to free what each frame leaves behind", () => {
    for (const megabytes of [undefined, 400]) assert.ok(childMemory(megabytes, {}).execArgv.includes("--expose-gc"));
  });

  it("bounds nothing where there is no budget, but lets frames' garbage come together before everything is collected", () => {
    assert.deepEqual(childMemory(undefined, {}).execArgv, ["--expose-gc", "--initial-old-space-size=128"]);
    assert.ok(!childMemory(400, {}).execArgv.some((argument) => argument.startsWith("--initial-old-space-size")));
  });

  it("goes to the process by its environment, the setting before the environment's own", () => {
    const { env, execArgv } = childMemory(400, { [MEMORY_VARIABLE]: "300" });
    assert.equal(env[MEMORY_VARIABLE], "400");
    assert.ok(execArgv.includes("--max-old-space-size=100"));
  });

  it("reaches a running engine, which then still inspects", async function () {
    if (process.platform !== "linux") this.skip();
    process.env[MEMORY_VARIABLE] = "250";
    const folder = temporaryFolder();
    const engine = new EngineClient();
    try {
      await engine.call("models", { models: { directory: folder.path } });
      const environment = readFileSync(`/proc/${engine.pid}/environ`, "utf8").split("\0");
      assert.ok(environment.includes("MALLOC_ARENA_MAX=2"));
      const backbone = { model: "texture", resolution: 64 };
      const picture = { kind: "encoded" as const, data: await partJpeg({ width: 96, height: 72 }) };
      const mask = await engine.call("mask", { image: picture, backbone, foreground: "off" });
      assert.equal(mask.coverage, 1);
    } finally {
      engine.close();
      folder.remove();
    }
  });

  it("bounds the images that are decoded, and says so", async () => {
    process.env[MEMORY_VARIABLE] = "200";
    const data = await partJpeg({ width: 2400, height: 1700 });
    await assert.rejects(decodeImage({ kind: "encoded", data }), {
      code: "BAD_IMAGE",
      message: "The image has more than 4 million pixels: crop it or send it smaller, or give the engine more memory.",
    });
    delete process.env[MEMORY_VARIABLE];
    assert.equal((await decodeImage({ kind: "encoded", data })).width, 2400);
  });
});
