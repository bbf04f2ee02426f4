import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import sharp from "sharp";
import { command } from "../support/command";
import { partJpeg } from "../support/pictures";
import { sharedPath } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

type Json = Record<string, unknown>;

const evaluate = (...args: string[]) => command("evaluate", "--shots", "2", ...args);

describe("the command evaluate, honestly", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const tiny = () => ["--data", at("part"), "--backbone", at("tiny.onnx"), "--resolution", "112", "--metric", "l2"];

  beforeEach(async () => {
    folder = temporaryFolder();
    writeFileSync(at("tiny.onnx"), tinyBackbone());
    for (const part of ["train/good", "test/good", "test/scratch", "ground_truth/scratch"])
      mkdirSync(at("part", part), { recursive: true });
    for (let seed = 1; seed <= 3; seed++) {
      writeFileSync(at("part/train/good", `${seed}.jpg`), await partJpeg({ seed }));
      writeFileSync(at("part/test/good", `${seed}.jpg`), await partJpeg({ seed: 10 + seed }));
      writeFileSync(at("part/test/scratch", `${seed}.jpg`), await partJpeg({ seed: 20 + seed, scratch: true }));
    }
  });
  afterEach(() => folder.remove());

  async function mask(path: string, width = 160) {
    const data = Buffer.alloc(width * 120).fill(255, width * 50, width * 70);
    writeFileSync(
      at("part", path),
      await sharp(data, { raw: { width, height: 120, channels: 1 } })
        .png()
        .toBuffer(),
    );
  }

  it("says on the terminal, in table, page and JSON which images have no mask, and that a mask fits none", async () => {
    await mask("ground_truth/scratch/1_mask.png");
    await mask("ground_truth/scratch/2_mask.png");
    await mask("ground_truth/scratch/4_mask.png");
    const { status, stdout, stderr } = await evaluate(...tiny(), "--report", at("report"));
    assert.equal(status, 0, stderr);
    const missing = /1 of 3 defective images has no mask and is in no pixel-level figure: test\/scratch\/3\.jpg/;
    const unused = /1 mask fits no defective test image and was not used.*scratch\/4_mask\.png/;
    const json = readFileSync(at("report", "evaluation.json"), "utf8");
    const page = readFileSync(at("report", "report.html"), "utf8");
    for (const text of [stdout, stderr, json, page]) for (const note of [missing, unused]) assert.match(text, note);
    assert.match(stdout, /^part \* .*\n\n\* part: /m);
    const [draw] = (JSON.parse(json) as { draws: [Json] }).draws;
    assert.equal((draw.notes as string[]).length, 2);
    assert.equal(typeof draw.aupro, "number");
  });

  it("says with --verdicts what passes and is rejected at the threshold of a node at its defaults", async () => {
    const { status, stdout, stderr } = await evaluate(...tiny(), "--verdicts", "--report", at("report"));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /image F1-max +balanced acc\. +escapes +rejects/);
    assert.match(readFileSync(at("report", "report.html"), "utf8"), /<th>escapes<\/th><th>rejects<\/th>/);
    const { draws } = JSON.parse(readFileSync(at("report", "evaluation.json"), "utf8")) as { draws: [Json] };
    const [{ references, images, escapes, rejects, finds }] = draws;
    assert.match(stdout, /its default threshold finds \d+ % of the test defects/);
    assert.ok((finds as { count: number }).count > 0);
    const told = await command(
      ...["threshold", "--json", ...tiny().slice(2), "--references", ...(references as string[])],
    );
    const rules = told.lines.map((line) => JSON.parse(line) as Json);
    const { threshold } = rules.find((rule) => rule.default)!;
    const over = (type: string) =>
      (images as Json[]).filter((image) => image.type === type && (image.score as number) > (threshold as number));
    assert.deepEqual([escapes, rejects], [1 - over("scratch").length / 3, over("good").length / 3]);
    assert.doesNotMatch((await evaluate(...tiny())).stdout, /escapes/);
  });

  it("keeps the figures of two backbones whose files are called alike apart, and counts what is given twice once", async () => {
    for (const [version, dimension] of [
      ["v1", 16],
      ["v2", 3],
    ] as const) {
      mkdirSync(at(version));
      writeFileSync(at(version, "model.onnx"), tinyBackbone({ dimension }));
    }
    const backbones = [at("v1/model.onnx"), at("v2/model.onnx")];
    const { status, stdout, stderr } = await command(
      ...["evaluate", "--data", at("part"), "--resolution", "112", "--image-only", "--json", "--shots", "2,2"],
      ...["--backbone", [...backbones, backbones[0]].join(",")],
    );
    assert.equal(status, 0, stderr);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);
    const summaries = rows.filter((row) => row.summary !== undefined);
    assert.deepEqual(
      summaries.map(({ backbone, draws }) => [backbone, draws]),
      backbones.map((backbone) => [backbone, 1]),
    );
  });

  it("gives null for every figure that does not exist, and no other number", async () => {
    renameSync(at("part/test/scratch"), at("part/scratch"));
    const { status, stdout, stderr } = await evaluate(...tiny(), "--json", "--report", at("report"));
    assert.equal(status, 0, stderr);
    const [draw, summary] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Json) as [Json, Json];
    const names = ["imageAuroc", "averagePrecision", "f1Max", "pixelAuroc", "pixelF1Max", "aupro"];
    const nothing = Object.fromEntries([...names, "balancedAccuracy", "escapes"].map((name) => [name, null]));
    assert.deepEqual(Object.fromEntries(Object.keys(nothing).map((name) => [name, draw[name]])), nothing);
    // There are good parts to reject.
    const { rejects, ...others } = summary.figures as Json;
    assert.deepEqual(others, nothing);
    assert.equal((rejects as { mean: number }).mean, draw.rejects);
    for (const { notes } of [draw, summary]) assert.match(String(notes), /no defective test image/);
    assert.match(stderr, /no defective test image/);
    assert.doesNotMatch(stdout + stderr + readFileSync(at("report/evaluation.json"), "utf8"), /NaN/);
    assert.doesNotMatch(readFileSync(at("report/report.html"), "utf8"), /[" ,LM]NaN/);
    const table = (await evaluate(...tiny())).stdout;
    assert.match(table, /draw 1: no figures \(3 images/);
    assert.doesNotMatch(table, /AUROC \d|NaN/);
  });

  it("goes on where a mask has another size than its image, names it and exits with 1", async () => {
    for (const name of ["1", "2"]) await mask(`ground_truth/scratch/${name}_mask.png`);
    await mask("ground_truth/scratch/3_mask.png", 80);
    const { status, stdout, stderr } = await evaluate(...tiny(), "--json");
    assert.equal(status, 1, stderr);
    assert.match(stderr, /test\/scratch\/3\.jpg is in no pixel-level figure: .*3_mask\.png has 80 x 120 pixels/);
    const draw = JSON.parse(stdout.split("\n")[0]!) as { masks: Json; imageAuroc: number };
    assert.deepEqual([draw.masks.there, draw.masks.defective, draw.imageAuroc], [2, 3, 1]);
  });

  it("reads sets that were read wrongly as it reads the same set with plain 8-bit masks and nothing hidden in it", async function () {
    const figures = async (name: string) => {
      const { status, stdout, stderr } = await evaluate("--data", sharedPath(this, "cases", name), "--json");
      assert.deepEqual([status, stderr], [0, ""]);
      const { imageAuroc, pixelAuroc, pixelF1Max, aupro, images } = JSON.parse(stdout.split("\n")[0]!) as Json;
      return { imageAuroc, pixelAuroc, pixelF1Max, aupro, images };
    };
    const plain = await figures("appledouble-train");
    assert.deepEqual([plain.imageAuroc, plain.images], [1, 10]);
    assert.ok((plain.pixelAuroc as number) > 0.9 && (plain.aupro as number) > 0.8, JSON.stringify(plain));
    for (const name of ["mask-16bit", "masks-loco-silent", "ipynb-checkpoints"])
      assert.deepEqual(await figures(name), plain, name);
  });
});
