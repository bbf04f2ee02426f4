import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { type RequestInput, requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { partJpeg } from "../support/pictures";
import { MODEL, onInfer, refusal, remoteSessions } from "../support/remote-sessions";

describe("scores by a backbone on an inference server", () => {
  const { folder, serve } = remoteSessions();

  const encoded = (data: Buffer) => ({ kind: "encoded" as const, data });

  for (const jsonOnly of [false, true]) {
    it(`builds and scores as the local model does, ${jsonOnly ? "with JSON where binary is refused" : "with binary tensors over one kept connection"}`, async () => {
      const server = await serve({ jsonOnly });
      const path = join(folder.path, "tiny.onnx");
      writeFileSync(path, MODEL);
      const local: RequestInput<"build">["backbone"] = { model: path, resolution: 56, device: "cpu", threads: 1 };
      const remote: RequestInput<"build">["backbone"] = {
        model: "tiny",
        resolution: 56,
        device: "remote",
        remote: { endpoints: [server.url], model: "tiny" },
      };
      const references = await Promise.all([1, 2, 3].map(async (seed) => encoded(await partJpeg({ seed }))));
      const inspected = encoded(await partJpeg({ seed: 9, scratch: true }));
      const results = [];
      for (const [name, backbone] of Object.entries({ local, remote })) {
        const inspector = createHandlers(loadOnnxRuntime());
        const bank = { directory: folder.path, name };
        const handling = { onProgress: () => undefined, signal: new AbortController().signal };
        await inspector.build(requests.build.schema.parse({ bank, backbone, settings: {}, references }), handling);
        const result = await inspector.score(
          requests.score.schema.parse({ image: inspected, backbone, bank, map: true }),
          handling,
        );
        results.push(result);
        const facts = await inspector.describe(requests.describe.schema.parse({ backbone }), handling);
        assert.deepEqual([facts.patchSize, facts.dimension], [14, 16]);
        assert.deepEqual(
          facts.outputs.map((output) => "leadingTokens" in output && output.leadingTokens),
          [1],
        );
        assert.match(facts.sha256, /^[0-9a-f]{64}$/);
      }
      const [here, there] = results;
      assert.ok(Math.abs(here!.score - there!.score) < 1e-6, `${here!.score} and ${there!.score}`);
      assert.deepEqual(there!.map!.data, here!.map!.data);
      assert.equal(there!.backbone, "tiny");
      if (!jsonOnly) assert.equal(server.connections, 1);
    });
  }

  for (const jsonOnly of [false, true]) {
    it(`makes no score of a server's NaN, ${jsonOnly ? "in JSON" : "in binary"}, and scores the next frame`, async () => {
      const server = await serve({ jsonOnly });
      const inspector = createHandlers(loadOnnxRuntime());
      const backbone = {
        ...{ model: "tiny", resolution: 56, device: "remote" as const },
        remote: { endpoints: [server.url], model: "tiny", retries: 0 },
      };
      const bank = { directory: folder.path, name: "part" };
      const handling = { onProgress: () => undefined, signal: new AbortController().signal };
      const references = await Promise.all([1, 2, 3].map(async (seed) => encoded(await partJpeg({ seed }))));
      await inspector.build(requests.build.schema.parse({ bank, backbone, settings: {}, references }), handling);
      const frame = async (seed: number) => {
        const image = encoded(await partJpeg({ seed }));
        return inspector.score(requests.score.schema.parse({ image, backbone, bank }), handling);
      };
      server.fault = onInfer(() => "no-numbers");
      const words = await refusal(frame(8), "BAD_BACKBONE");
      // JSON has no NaN: the server writes null.
      assert.match(words, jsonOnly ? /0 numbers for the 336/ : /NaN, infinite/);
      server.fault = () => undefined;
      assert.ok((await frame(9)).score > 0);
    });
  }
});
