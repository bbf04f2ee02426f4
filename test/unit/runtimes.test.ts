import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import type { RuntimeSetting } from "../../lib/runtime/types";
import { type Broken, brokenNative, withNative } from "../support/fake-native";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

describe("the choice of a runtime", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let backbone: RequestInput<"score">["backbone"];
  before(() => {
    folder = temporaryFolder();
    const model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
    backbone = { model, resolution: 112 };
  });
  after(() => folder.remove());

  /** Within so little memory WebAssembly is not compiled for speed, which would be most of what these tests take. */
  const engineOf = (runtime: RuntimeSetting) => new EngineClient({ runtime, memory: 300 });

  async function described(setting: RuntimeSetting, native?: string) {
    const run = async () => {
      const engine = engineOf(setting);
      let crashes = 0;
      engine.onState((state) => {
        if (state === "restarting" && engine.pid === undefined) crashes++;
      });
      try {
        const { runtime } = await engine.call("describe", { backbone });
        return { runtime, facts: engine.runtime, crashes };
      } finally {
        engine.close();
      }
    };
    return native === undefined ? run() : withNative(native, run);
  }
  const broken = (what: Broken) => brokenNative(folder.path, what);

  it("is native where native works, and portable where that is wanted, without a reason to give", async () => {
    const [auto, portable] = await Promise.all([described("auto"), described("portable")]);
    assert.deepEqual(auto.runtime, { name: "native", device: "cpu" });
    assert.deepEqual(portable.runtime, { name: "portable", device: "cpu" });
    assert.match(auto.facts?.version ?? "", /^\d+\.\d+\.\d+/);
    assert.equal(portable.facts?.reason, undefined);
  });

  const faults: [Broken, RegExp][] = [
    ["missing", /not installed: run npm install --ignore-scripts onnxruntime-node/],
    ["no binary", /binary is missing: run npm install/],
    ["another machine", /binary is damaged or for another kind of machine: run npm install/],
    ["throws", /does not load \(it fell apart\): run npm install/],
    ["computes wrong", /computes wrong on cpu/],
  ];
  for (const [what, reason] of faults) {
    it(`is portable where the native package fails: ${what}`, async () => {
      const { runtime, facts } = await described("auto", broken(what));
      assert.equal(runtime.name, "portable");
      assert.match(runtime.reason ?? "", reason);
      assert.ok(!runtime.reason!.includes("\n"));
      assert.equal(facts?.reason, runtime.reason);
    });
  }

  it("is portable after native killed the process on first use, and does not try it again", async function () {
    if (process.platform === "win32") this.skip();
    const { runtime, crashes } = await described("auto", broken("SIGILL"));
    assert.equal(runtime.name, "portable");
    assert.match(runtime.reason!, /instructions that this processor does not have .*SIGILL/);
    assert.equal(crashes, 1);
  });

  it("is portable after native killed the process with its first model", async function () {
    if (process.platform === "win32") this.skip();
    const { runtime, crashes } = await described("auto", broken("SIGSEGV on a model"));
    assert.deepEqual([runtime.name, crashes], ["portable", 1]);
    assert.match(runtime.reason!, /SIGSEGV/);
  });

  it("never leaves a runtime that was chosen", async () => {
    const thrown = await described("native", broken("no binary")).catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError);
    assert.equal(thrown.code, "RUNTIME_UNAVAILABLE");
    assert.match(thrown.message, /binary is missing/);
  });

  it("makes no difference to a bank: built on one, it scores the same on the other", async function () {
    // WebAssembly's threads wait for one another busily: on a starved machine that takes very long.
    this.timeout(600_000);
    const good = await Promise.all([1, 2, 3].map(async (seed) => partJpeg({ seed })));
    const image = { kind: "encoded" as const, data: await partJpeg({ seed: 9, scratch: true }) };
    const references = good.map((data) => ({ kind: "encoded" as const, data }));
    const engines = { native: engineOf("native"), portable: engineOf("portable") };
    try {
      for (const [spec, name] of [
        [backbone, "tiny"],
        [{ model: "texture", resolution: 160 }, "texture"],
      ] as const) {
        const scores: number[] = [];
        for (const builder of ["native", "portable"] as const) {
          const bank = { file: join(folder.path, `${name}-${builder}.safetensors`) };
          // The tiny one's tokens never reach the mask's threshold, and a reference of which nothing is left is refused.
          const settings = { rotate: true, mask: name === "tiny" ? ("off" as const) : ("on" as const) };
          const built = await engines[builder].call("build", { bank, backbone: spec, references, settings });
          scores.push(Math.max(...built.calibration));
          for (const scorer of ["native", "portable"] as const) {
            const result = await engines[scorer].call("score", { image, bank, backbone: spec });
            assert.equal(result.runtime.name, scorer);
            scores.push(result.score);
          }
        }
        const [calibration, score, ...rest] = scores;
        const expected = [score, calibration, score, score];
        for (const [i, value] of rest.entries())
          assert.ok(Math.abs(value - expected[i]!) <= 1e-4 * expected[i]!, `${name}: ${scores.join(" ")}`);
      }
    } finally {
      engines.native.close();
      engines.portable.close();
    }
  });
});
