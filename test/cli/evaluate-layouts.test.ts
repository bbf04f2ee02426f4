import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import { json, command as run } from "../support/command";
import { smallSet } from "./small-set";

describe("the command evaluate, on folders of one object and of several", () => {
  const { at, tiny } = smallSet();

  const evaluated = (shots: string, ...more: string[]) =>
    run("evaluate", "--data", at("data"), ...tiny(), "--shots", shots, "--json", ...more);

  it("evaluates a folder in MVTec layout", async () => {
    const { status, lines, stderr } = await evaluated("1,2", "--seeds", "2", "--report", at("report"));
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      lines
        .slice(0, 4)
        .map(json)
        .map(({ shots, seed, imageAuroc }) => [shots, seed, imageAuroc]),
      [
        [1, 0, 1],
        [1, 1, 1],
        [2, 0, 1],
        [2, 1, 1],
      ],
    );
    assert.ok(existsSync(at("report", "evaluation.json")));
  });

  it("evaluates several objects with several backbones, and sums up over draws and objects", async () => {
    const args = ["--backbone", `texture,${at("tiny.onnx")}`, "--resolution", "112", "--shots", "0,1", "--seeds", "2"];
    mkdirSync(at("objects"));
    for (const name of ["bolt", "nut"]) symlinkSync(at("data"), at("objects", name));
    const { status, lines, stderr } = await run(
      "evaluate",
      "--data",
      at("objects"),
      ...args,
      "--preprocess",
      "agnostic",
      "--json",
    );
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    const draws = lines.map(json).filter(({ summary }) => summary === undefined);
    assert.equal(draws.length, 2 * 2 * 3);
    assert.ok(draws.every(({ rotate, shots }) => rotate === (shots === 1)));
    const means = lines.map(json).filter(({ summary }) => summary === "mean of the objects");
    assert.deepEqual(
      means.map(({ backbone, shots, draws: count }) => [backbone, shots, count]),
      [
        ["texture", 0, 1],
        ["texture", 1, 2],
        ["tiny.onnx", 0, 1],
        ["tiny.onnx", 1, 2],
      ],
    );
    const first = draws.filter(
      ({ object, backbone, shots }) => object === "nut" && backbone === "texture" && shots === 1,
    );
    const mean = first.reduce((sum, { imageAuroc }) => sum + (imageAuroc as number) / 2, 0);
    const { figures } = means[1] as { figures: { imageAuroc: { mean: number } } };
    assert.ok(Math.abs(figures.imageAuroc.mean - mean) < 1e-12);
    const table = await run("evaluate", "--data", at("data"), ...args, "--image-only");
    assert.match(table.stdout, /^object +backbone +shots +draws +image AUROC .*\n-+.*\ndata +texture +0 +1 /m);
    assert.equal(table.stderr, "");
  });

  it("leaves out a test image that cannot be read, says so and exits with 1", async () => {
    writeFileSync(at("data/test/good/x.jpg"), "rubbish");
    try {
      const { status, lines, stderr } = await evaluated("1");
      assert.equal(status, 1);
      assert.match(stderr, /^golden-sample: left out: .*x\.jpg: .*it is text/);
      assert.equal(json(lines[0]).images, 8);
    } finally {
      rmSync(at("data/test/good/x.jpg"));
    }
  });
});
