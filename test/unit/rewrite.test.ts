import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { BackboneSpec } from "../../lib/backbone/backbone";
import { loadBackbone } from "../../lib/backbone/load";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";
import { rewriteModel } from "../../lib/runtime/rewrite/rewrite";
import type { InferenceRuntime } from "../../lib/runtime/types";
import { temporaryFolder } from "../support/temporary";
import { FORMS, type Form, tinyVit } from "../support/tiny-vit";

const KNOWN = FORMS.filter((form) => form !== "biased");
const TOLERANCE = 1e-4;

describe("a model whose attention is put into one operation", () => {
  const native = loadOnnxRuntime();
  let folder: ReturnType<typeof temporaryFolder>;
  let model: string;
  beforeEach(() => {
    folder = temporaryFolder();
    model = join(folder.path, "vit.onnx");
  });
  afterEach(() => folder.remove());

  const spec = (more: Partial<BackboneSpec> = {}): BackboneSpec => ({
    ...{ model, resolution: 56, device: "cpu", threads: 1, notes: folder.path },
    ...more,
  });
  const operations = () => rewriteModel(model);

  /** The largest difference of what the two graphs give for frames of several shapes, as a share of the largest value. */
  async function difference(runtime: InferenceRuntime): Promise<number> {
    const { model: written } = operations();
    const plain = await runtime.createSession(model, { threads: 1 });
    const fast = await runtime.createSession(written!, { threads: 1, weights: model });
    let worst = 0;
    for (const [height, width] of [
      [56, 84],
      [98, 42],
    ] as const) {
      const data = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(0.37 * i));
      const feeds = { pixel_values: { type: "float32", data, dims: [1, 3, height, width] } } as const;
      const expected = (await plain.run(feeds)).last_hidden_state!.data as Float32Array;
      const found = (await fast.run(feeds)).last_hidden_state!.data as Float32Array;
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [i, value] of expected.entries()) worst = Math.max(worst, Math.abs(value - found[i]!) / largest);
      assert.equal(found.length, expected.length);
    }
    await Promise.all([plain.release(), fast.release()]);
    return worst;
  }

  for (const form of KNOWN)
    it(`computes the same: ${form}`, async () => {
      for (const options of [{ form }, { form, registers: 4 }, { form, scaleBy: 0.5 }]) {
        writeFileSync(model, tinyVit(options));
        assert.deepEqual({ ...operations(), model: undefined }, { model: undefined, attentions: 1, whole: 1 });
        assert.ok((await difference(native)) < TOLERANCE, JSON.stringify(options));
      }
    });

  it("computes the same on the portable runtime", async () => {
    const portable = loadPortableRuntime(1);
    for (const form of KNOWN) {
      writeFileSync(model, tinyVit({ form }));
      assert.ok((await difference(portable)) < TOLERANCE, form);
    }
  });

  it("leaves its weights where they are, and is known by its file's own hash", async () => {
    writeFileSync(model, tinyVit({ form: "joined" }));
    const { info, release } = await loadBackbone(native, spec());
    const { createHash } = await import("node:crypto");
    assert.equal(info.sha256, createHash("sha256").update(readFileSync(model)).digest("hex"));
    assert.deepEqual(info.attention, { blocks: 1, whole: 1 });
    await release();
  });

  it("runs as it is where the form is not known, and the backbone says so", async () => {
    writeFileSync(model, tinyVit({ form: "biased" }));
    const { info, features, release } = await loadBackbone(native, spec());
    assert.equal(info.attention?.whole, 0);
    assert.match(info.attention?.reason ?? "", /form.*not known/);
    const tokens = await features({ height: 56, width: 56, data: new Float32Array(3 * 56 * 56).fill(0.5) });
    assert.equal(tokens.rows * tokens.cols, 16);
    await release();
  });

  it("is compared with the plain one once, and the note is kept by hash", async () => {
    writeFileSync(model, tinyVit({ form: "separate" }));
    const opened: string[] = [];
    const counting: InferenceRuntime = {
      ...native,
      createSession: (file, options) => {
        opened.push(typeof file === "string" ? "plain" : "rewritten");
        return native.createSession(file, options);
      },
    };
    const load = async () => {
      opened.length = 0;
      const { info, release } = await loadBackbone(counting, spec());
      await release();
      return info.attention?.whole;
    };
    assert.equal(await load(), 1);
    assert.deepEqual(opened, ["plain", "rewritten"]);
    assert.equal(await load(), 1);
    assert.deepEqual(opened, ["rewritten"]);
    rmSync(join(folder.path, "rewrites.json"));
    writeFileSync(model, tinyVit({ form: "dynamo" as Form }));
    assert.equal(await load(), 1);
    assert.deepEqual(opened, ["plain", "rewritten"]);
  });

  it("is given up for good where it does not give the same", async () => {
    writeFileSync(model, tinyVit({ form: "separate" }));
    const opened: string[] = [];
    const wrong: InferenceRuntime = {
      ...native,
      async createSession(file, options) {
        opened.push(typeof file === "string" ? "plain" : "rewritten");
        const session = await native.createSession(file, options);
        if (typeof file === "string") return session;
        return {
          ...session,
          run: async (feeds, fetches) => {
            const outputs = await session.run(feeds, fetches);
            for (const { data } of Object.values(outputs)) (data as Float32Array)[7]! += 1;
            return outputs;
          },
        };
      },
    };
    const first = await loadBackbone(wrong, spec());
    assert.equal(first.info.attention?.whole, 0);
    assert.match(first.info.attention?.reason ?? "", /not give the same/);
    assert.deepEqual(opened, ["plain", "rewritten", "plain"]);
    opened.length = 0;
    const second = await loadBackbone(wrong, spec());
    assert.deepEqual(opened, ["plain"]);
    await Promise.all([first.release(), second.release()]);
  });
});
