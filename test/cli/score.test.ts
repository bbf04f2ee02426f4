import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import sharp from "sharp";
import { json, command as run } from "../support/command";
import { sharedPath } from "../support/shared-data";
import { smallSet } from "./small-set";

describe("the commands score and batch", () => {
  const { at, tiny } = smallSet();

  it("scores images against a folder of references, one JSON object a line", async () => {
    const { status, lines, stderr } = await run(
      "score",
      ...tiny(),
      "--json",
      "--distances",
      at("distances"),
      "--overlay",
      at("overlay"),
      "--references",
      at("data/train/good"),
      at("data/test/scratch/1.jpg"),
      at("data/test/good/1.jpg"),
    );
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const [scratch, good] = lines.map(json);
    assert.equal(lines.length, 2);
    assert.ok((scratch!.score as number) > (good!.score as number));
    const [rows, cols] = scratch!.grid as [number, number];
    assert.equal(readFileSync(scratch!.distances as string).length, rows * cols * 4);
    assert.deepEqual(readdirSync(at("overlay")), ["good-1.jpg", "scratch-1.jpg"]);
    const { total, ...parts } = scratch!.timing as Record<string, number>;
    assert.deepEqual(Object.keys(parts).sort(), [
      ...["decode", "draw", "features", "load", "match", "prepare", "queue", "trip"],
    ]);
    const sum = Object.values(parts).reduce((all, part) => all + part);
    assert.ok(Math.abs(sum - total!) < 0.001, `${sum} of ${total}`);
  });

  it("reports one unreadable image in its line and goes on", async () => {
    const { status, lines } = await run(
      "score",
      ...tiny(),
      "--json",
      "--references",
      at("data/train/good"),
      "--",
      at("rubbish.jpg"),
      at("data/test/good/1.jpg"),
    );
    assert.equal(status, 1);
    assert.match(json(lines[0]).error as string, /it is text/);
    assert.equal(typeof json(lines[1]).score, "number");
  });

  it("names an image that its mask leaves nothing of, in place of a score", async () => {
    // The tiny backbone's tokens stay under the threshold of the foreground.
    const { status, lines } = await run("batch", ...tiny().slice(0, 4), "--mask", "--json", at("data/test/good"));
    assert.equal(status, 1);
    for (const line of lines) {
      const { score, unlike, coverage, error } = json(line);
      assert.deepEqual([score, unlike, coverage], [undefined, "masked", 0]);
      assert.match(error as string, /^The mask leaves 0 % of the frame to look at/);
    }
    assert.equal(lines.length, 4);
    const references = await run(
      "score",
      ...tiny(),
      "--mask",
      "--references",
      at("data/train/good"),
      "--",
      at("data/test/good"),
    );
    assert.equal(references.status, 1);
    assert.match(references.stderr, /Reference 1: the foreground mask leaves nothing of it to look at/);
  });

  it("says in its text, too, that a frame is unlike the references", async () => {
    const black = { width: 160, height: 120, channels: 3 as const, background: "black" };
    writeFileSync(at("dark.png"), await sharp({ create: black }).png().toBuffer());
    const { stdout } = await run(
      "score",
      "--resolution",
      "112",
      "--references",
      at("data/train/good"),
      "--",
      at("dark.png"),
    );
    assert.match(stdout, /dark\.png {2}unlike the references: [^\n]{10,}\n$/);
  });

  it("gives each image's results a file of their own", async () => {
    const part = readFileSync(at("data/test/good/1.jpg"));
    mkdirSync(at("names"));
    for (const name of ["1.jpg", "1.jpeg", "1-2.jpg"]) writeFileSync(at("names", name), part);
    const args = ["--references", at("data/train/good"), "--overlay", at("overlays"), "--json", "--", at("names")];
    const { lines } = await run("score", ...tiny(), ...args);
    assert.equal(new Set(lines.map((line) => json(line).overlay)).size, 3);
  });

  it("scores a batch of images against one another", async () => {
    const images = [at("data/test/good"), at("data/test/scratch/1.jpg"), at("rubbish.jpg")];
    const { status, lines } = await run("batch", "--resolution", "112", "--json", "--overlay", at("batch"), ...images);
    assert.equal(status, 1);
    const results = lines.map(json);
    assert.match(results[5]!.error as string, /it is text/);
    const scores = results.slice(0, 5).map(({ score }) => score as number);
    assert.equal(scores.indexOf(Math.max(...scores)), 4);
    assert.equal(readdirSync(at("batch")).length, 5);
  });

  it("gives the reference's scores, called as the reference's cases say", async function () {
    const reference = sharedPath(this, "reference");
    const data = sharedPath(this, "data", "aliens");
    const { lines, status } = await run(
      "score",
      "--backbone",
      join(reference, "tiny-scaled.onnx"),
      "--fit",
      "crop",
      "--resolution",
      "224",
      "--rotate",
      "--mask",
      "--json",
      "--references",
      join(data, "train/good/000.png"),
      join(data, "train/good/001.png"),
      "--metric",
      "cosine",
      join(data, "test/defect/000.png"),
    );
    assert.equal(status, 0);
    const score = json(lines[0]).score as number;
    assert.ok(Math.abs(score - 0.014802634716033936) < 0.02 * 0.0148, `${score}`);
  });
});
