import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { gridNumbers } from "../../lib/score/grid-buffer";
import { partJpeg, partPixels } from "../support/pictures";
import { refusal } from "../support/refusal";
import { tinyBackbone } from "../support/tiny-backbone";
import { tinyBanks } from "../support/tiny-banks";

type Image = RequestInput<"score">["image"];

describe("the engine", () => {
  let engine: Engine;
  let backbone: RequestInput<"score">["backbone"];
  let directory: string;
  let scratched: RequestInput<"score">["image"];
  const { folder, good, bank, built } = tinyBanks(
    () => acquireEngine({ device: "auto" }),
    (made) => {
      ({ engine, backbone, directory, scratched } = made);
    },
  );

  it("builds a bank from kept references and tells a scratched part from a good one", async () => {
    const progress: number[] = [];
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank("part"), image });
    const result = await engine.call(
      "build",
      { bank: bank("part"), backbone, settings: { rotate: true, mask: "auto" } },
      { onProgress: ({ done, total }) => progress.push(done / total) },
    );
    assert.deepEqual([result.version, result.references, result.calibration.length], [1, 4, 4]);
    assert.equal(result.patches, 4 * 8 * 8 * 10);
    assert.equal(progress.at(-1), 1);
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    const request = { backbone, bank: bank("part") };
    const fine = await engine.call("score", { ...request, image: good[4]! });
    // This backbone of one layer sees little; the level between the two is given, not calibrated.
    const options = { ...request, map: true, regions: true, overlay: true, regionLevel: 1.5 * fine.score };
    const bad = await engine.call("score", { ...options, image: scratched });
    assert.ok(bad.score > 2 * fine.score, `${bad.score} against ${fine.score}`);
    assert.ok(bad.regions!.length > 0);
    const [worst] = bad.regions!;
    assert.ok(worst!.x >= 0 && worst!.x + worst!.width <= 160 && worst!.y + worst!.height <= 120);
    assert.ok(worst!.nearest!.reference < 4);
    assert.deepEqual([...bad.overlay!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.ok(Buffer.isBuffer(bad.map!.data));
    const numbers = gridNumbers(bad.map!);
    assert.deepEqual([numbers.length, numbers[0]!.length], [bad.grid.rows, bad.grid.cols]);
    assert.deepEqual(bad.bank.calibration, result.calibration);
    assert.equal(bad.bank.search, "exact");
    assert.ok(bad.timing.total >= bad.timing.features);
  });

  it("runs the backbone once for mask and score of the same image", async () => {
    const image = { kind: "encoded" as const, data: await partJpeg({ seed: 77 }) };
    await engine.call("mask", { image, backbone, foreground: "off" });
    const { timing } = await engine.call("score", { image, backbone, bank: bank("part") });
    assert.deepEqual([timing.decode, timing.features], [0, 0]);
  });

  it("looks only where the message's mask says", async () => {
    const everywhere = await engine.call("mask", { image: scratched, backbone, foreground: "off" });
    assert.equal(everywhere.coverage, 1);
    const corner: [number, number][] = [
      [0, 0],
      [0.2, 0],
      [0.2, 0.2],
      [0, 0.2],
    ];
    const { rows, cols, dtype, data, coverage, picture } = await engine.call("mask", {
      image: scratched,
      backbone,
      foreground: "off",
      include: [corner],
      picture: true,
    });
    assert.ok(coverage > 0 && coverage < 0.1);
    assert.deepEqual([...picture!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    const request = { image: scratched, backbone, bank: bank("part") };
    const masked = await engine.call("score", { ...request, mask: { rows, cols, dtype, data } });
    const whole = await engine.call("score", request);
    assert.ok(masked.score < whole.score / 2);
    const wrong = { rows: 3, cols: 3, dtype, data: Buffer.alloc(9) };
    assert.match(await refusal(engine.call("score", { ...request, mask: wrong }), "BAD_REQUEST"), /3 x 3 patches/);
  });

  it("takes raw pixels, also as references", async () => {
    const image = { kind: "raw" as const, data: partPixels(), width: 160, height: 120, channels: 3 };
    const state = await engine.call("addReference", { bank: bank("raw"), image });
    assert.equal(state.references, 1);
    const result = await engine.call("build", { bank: bank("raw"), backbone, settings: {} });
    // From altered copies of the one reference.
    assert.equal(result.calibration.length, 16);
    const scored = await engine.call("score", { image, backbone, bank: bank("raw") });
    assert.ok(scored.score < 1e-5, `the reference itself scores ${scored.score}`);
    assert.equal(scored.bank.calibratedBy, "copies");
    assert.equal(scored.health!.state, "ok");
  });

  it("scores by the subspace of good patches, which takes next to no room", async () => {
    const { patches, calibration } = await built("subspace", { scorer: "subspace" });
    assert.equal(patches, 4 * 8 * 10);
    assert.equal(calibration.length, 4);
    const request = { backbone, bank: bank("subspace"), regions: true };
    const fine = await engine.call("score", { ...request, image: good[4]! });
    const bad = await engine.call("score", { ...request, image: scratched, regionLevel: 1.5 * fine.score });
    assert.ok(bad.score > 1.5 * fine.score, `${bad.score} against ${fine.score}`);
    assert.equal(bad.bank.search, "subspace");
    assert.ok(bad.regions!.length > 0);
    assert.equal(bad.regions![0]!.nearest, undefined);
    const state = await engine.call("bankState", { bank: bank("subspace") });
    assert.equal(state.versions[0]!.patches, 4 * 8 * 10);
  });

  it("scores by clusters where it is told to, and thresholds know it", async () => {
    const { calibration } = await built("clustered", { search: "clustered" });
    const exact = await built("exact", { search: "exact" });
    const { bank: used } = await engine.call("score", { image: scratched, backbone, bank: bank("clustered") });
    assert.equal(used.search, "clustered");
    for (const [i, score] of calibration.entries()) assert.ok(Math.abs(score - exact.calibration[i]!) < 1e-3);
  });

  it("reduces a bank to a coreset", async () => {
    const { patches } = await built("coreset", { metric: "l2", reduction: { method: "coreset", keep: 0.1 } });
    assert.equal(patches, 32);
    const fine = await engine.call("score", { image: good[4]!, backbone, bank: bank("coreset") });
    const bad = await engine.call("score", { image: scratched, backbone, bank: bank("coreset") });
    assert.ok(bad.score > fine.score);
  });

  it("refuses a bank of another backbone or resolution, saying what differs", async () => {
    const other = join(folder.path, "other.onnx");
    writeFileSync(other, tinyBackbone({ dimension: 24 }));
    const request = { image: scratched, bank: bank("part") };
    const wrongModel = engine.call("score", { ...request, backbone: { model: other, resolution: 112 } });
    assert.match(await refusal(wrongModel, "BANK_MISMATCH"), /built with the backbone tiny\.onnx .* other\.onnx/);
    const wrongSize = engine.call("score", { ...request, backbone: { ...backbone, resolution: 140 } });
    assert.match(await refusal(wrongSize, "BANK_MISMATCH"), /112 px and the backbone is set to 140 px/);
  });

  it("answers bad requests in one sentence", async () => {
    const rubbish: Image = { kind: "encoded", data: Buffer.from("rubbish") };
    await refusal(engine.call("score", { image: rubbish, backbone, bank: bank("part") }), "BAD_IMAGE");
    await refusal(engine.call("addReference", { bank: bank("part"), image: rubbish }), "BAD_IMAGE");
    const outside = engine.call("bankState", { bank: { directory, name: "../../etc" } });
    assert.match(await refusal(outside, "BAD_REQUEST"), /a bank's name has letters/);
    await refusal(engine.call("build", { bank: bank("nobody"), backbone, settings: {} }), "BAD_REQUEST");
    const device = { ...backbone, device: "directml" as const };
    await refusal(engine.call("describe", { backbone: device }), "DEVICE_UNAVAILABLE");
  });

  it("loads a model that was replaced under the same name", async () => {
    const model = join(folder.path, "replaced.onnx");
    writeFileSync(model, tinyBackbone());
    const first = await engine.call("describe", { backbone: { model, resolution: 112 } });
    writeFileSync(model, tinyBackbone({ dimension: 20 }));
    const second = await engine.call("describe", { backbone: { model, resolution: 112 } });
    assert.deepEqual([first.dimension, second.dimension], [16, 20]);
    assert.notEqual(first.sha256, second.sha256);
  });
});
