import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { DeviceQueues } from "../../lib/engine/frames/device-queues";
import { type Batch, type Priority, RequestQueue } from "../../lib/engine/frames/request-queue";
import { requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { threadedRuntime } from "../../lib/runtime/threads/threaded-runtime";
import type { InferenceRuntime, Session } from "../../lib/runtime/types";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

/** A queue that counts what it begins, and knows what is running. */
class WatchedQueue extends RequestQueue {
  readonly begun = { finish: 0, frame: 0, build: 0 };
  atWork: Priority | undefined;
  onBegin: (priority: Priority) => void = () => undefined;

  override together<I, O>(priority: Priority, input: I, batch: Batch<I, O>, signal?: AbortSignal): Promise<O> {
    const run: Batch<I, O>["run"] = async (inputs) => {
      this.begun[priority]++;
      this.atWork = priority;
      this.onBegin(priority);
      try {
        return await batch.run(inputs);
      } finally {
        this.atWork = undefined;
      }
    };
    return super.together(priority, input, { ...batch, run }, signal);
  }
}

describe("a frame while a bank is built", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());
  const runtime = loadOnnxRuntime();
  const threaded = threadedRuntime(runtime, assert.fail);
  const sessions: Session[] = [];
  const backboneRuntime: InferenceRuntime = {
    ...threaded,
    async createSession(model, options) {
      sessions.push(await threaded.createSession(model, options));
      return sessions.at(-1)!;
    },
  };
  afterEach(() => Promise.all(sessions.splice(0).map((session) => session.release())));
  const handling = { onProgress: () => undefined, signal: new AbortController().signal };
  const backbone = { model: "texture", resolution: 160 };
  const pictures = (seeds: readonly number[]) =>
    Promise.all(seeds.map(async (seed) => ({ kind: "encoded" as const, data: await partJpeg({ seed }) })));

  for (const [what, count, settings] of [
    ["whitening, rotations and a coreset", 5, { rotate: true, reduction: { method: "coreset", keep: 0.2 } }],
    ["the copies of one reference", 1, {}],
    ["a subspace and masks", 4, { scorer: "subspace", mask: "on" }],
    ["clusters", 3, { search: "clustered" }],
  ] as const) {
    it(`waits for at most the piece that is running: ${what}`, async () => {
      const cpu = new WatchedQueue();
      const queues = new DeviceQueues(undefined, cpu);
      const { build, score } = createHandlers(runtime, { backboneRuntime, queues });
      const used = { file: join(folder.path, `${what}.safetensors`) };
      const inspect = async (seed: number) => {
        const [image] = await pictures([seed]);
        const before = { build: cpu.begun.build, atWork: cpu.atWork };
        let between = 0;
        cpu.onBegin = (priority) => {
          if (priority !== "build") between = cpu.begun.build - before.build;
        };
        await score(requests.score.schema.parse({ image, bank: used, backbone }), handling);
        return { between, behindPiece: before.atWork === "build" };
      };
      const small = { bank: used, backbone, settings: {}, references: await pictures([1, 2]) };
      await build(requests.build.schema.parse(small), handling);
      // From here on model and bank are in memory.
      await inspect(9);

      let isBuilding = true;
      const references = await pictures([1, 2, 3, 4, 5].slice(0, count));
      const bank = { directory: join(folder.path, what), name: "part" };
      const building = build(requests.build.schema.parse({ bank, backbone, settings, references }), handling).finally(
        () => {
          isBuilding = false;
        },
      );
      let behindPiece = 0;
      for (let seed = 10; isBuilding; seed++) {
        const seen = await inspect(seed);
        assert.equal(seen.between, 0, "a piece of the build began between a frame's arrival and its search");
        if (seen.behindPiece) behindPiece++;
      }
      await building;
      assert.ok(behindPiece > 0, "no frame came while the build was at work");
    });
  }
});
