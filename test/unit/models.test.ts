import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ModelStore } from "../../lib/backbone/models/store";
import { precisionOf } from "../../lib/backbone/precision";
import { writeOnnxModel } from "../../lib/runtime/onnx-graph";
import type { Tensor } from "../../lib/runtime/types";
import type * as serving from "../support/model-server";
import { refusal } from "../support/refusal";
import { failure, MODEL, servedModel } from "../support/served-model";

describe("models by name", () => {
  let server: serving.ModelServer;
  const { folder, store, stored, isThere } = servedModel((made) => {
    server = made;
  });

  describe("registry", () => {
    it("pins the published models by revision and hash", async () => {
      const list = await new ModelStore({ directory: folder.path }).list();
      assert.deepEqual(
        list.map(({ name, bytes, dimension }) => [name, bytes, dimension]),
        [
          ["dinov2-small", 88532934, 384],
          ["dinov2-small-fp16", 44420939, 384],
          ["dinov2-small-int8", 24446700, 384],
          ["dinov2-base", 346627111, 768],
        ],
      );
      assert.ok(list.every((model) => model.licence === "Apache-2.0" && model.patchSize === 14 && !model.onDisk));
      assert.deepEqual(
        list.filter((model) => model.default).map((model) => model.name),
        ["dinov2-small"],
      );
    });

    it("takes the user's own models from models.json, and says what is wrong there", async () => {
      const own = { name: "mine", file: "mine.onnx", bytes: MODEL.length, sha256: server.entry().sha256 };
      writeFileSync(join(folder.path, "models.json"), JSON.stringify([own]));
      writeFileSync(join(folder.path, "mine.onnx"), MODEL);
      const { path } = await store().ensure("mine");
      assert.equal(path, join(folder.path, "mine.onnx"));
      writeFileSync(join(folder.path, "models.json"), JSON.stringify([{ ...own, sha256: "x" }]));
      assert.match(await refusal(store().list(), "BAD_REQUEST"), /models\.json cannot be used \(0\.sha256: /);
      writeFileSync(join(folder.path, "models.json"), "{");
      await refusal(store().list(), "BAD_REQUEST");
    });

    it("names what there is when a name is not known", async () => {
      const message = await refusal(store().ensure("nothing"), "BAD_REQUEST");
      assert.match(message, /There is no model "nothing": choose dinov2-small, .*tiny/);
    });
  });

  describe("precision", () => {
    it("takes the variant of a model, from whichever name, or says which there are", async () => {
      assert.equal((await store().entry("dinov2-small", "fp16")).name, "dinov2-small-fp16");
      assert.equal((await store().entry("dinov2-small-int8", "fp32")).name, "dinov2-small");
      assert.equal((await store().entry("dinov2-small-int8", "fp16")).name, "dinov2-small-fp16");
      const message = await refusal(store().entry("dinov2-base", "int8"), "BAD_REQUEST");
      assert.match(message, /"dinov2-base" is not there in int8: choose fp32/);
    });

    it("is read from a file's weights", () => {
      const path = join(folder.path, "weights.onnx");
      for (const [type, data, precision] of [
        ["float32", new Float32Array(64), "fp32"],
        ["float16", new Uint16Array(64), "fp16"],
        ["uint8", new Uint8Array(64), "int8"],
      ] as const) {
        const weights = { type, data, dims: [64] } as Tensor;
        const few = { type: "float32" as const, data: new Float32Array(2), dims: [2] };
        writeFileSync(
          path,
          writeOnnxModel({ name: "w", inputs: [], outputs: [], constants: { weights, few }, nodes: [] }),
        );
        assert.equal(precisionOf(path), precision);
      }
    });
  });

  describe("import and verify", () => {
    it("takes a file of the right hash and no other", async () => {
      const file = join(folder.path, "brought.onnx");
      writeFileSync(file, MODEL);
      await store().import("tiny", file);
      isThere();
      writeFileSync(file, Buffer.alloc(MODEL.length));
      assert.match(await refusal(store().import("tiny", file), "BAD_BACKBONE"), /its SHA-256 is another one/);
      await refusal(store().import("tiny", join(folder.path, "missing")), "BAD_REQUEST");
      assert.equal(server.requests.length, 0);
    });

    it("notices a file that was changed", async () => {
      assert.match(await failure(store().verify("tiny")), /download or import it/);
      await store().ensure("tiny");
      await store().verify("tiny");
      writeFileSync(stored(), Buffer.alloc(MODEL.length));
      utimesSync(stored(), 5, 5);
      await refusal(store().find("tiny"), "BAD_BACKBONE");
      await refusal(store().verify("tiny"), "BAD_BACKBONE");
      assert.notEqual(createHash("sha256").update(readFileSync(stored())).digest("hex"), server.entry().sha256);
    });
  });
});
