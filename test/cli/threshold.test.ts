import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { command } from "../support/command";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("golden-sample threshold", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const path = (name: string) => join(folder.path, name);
  const run = (...args: string[]) => command("threshold", ...args);
  const records = async (...args: string[]) => {
    const { lines, stderr, status } = await run("--json", ...args);
    assert.equal(status, 0, stderr);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  const partFiles: Buffer[] = [];

  before(async () => {
    folder = temporaryFolder();
    for (let seed = 31; seed <= 38; seed++) partFiles.push(await partJpeg({ seed }));
    for (const name of ["references", "good", "bad", "one"]) mkdirSync(path(name));
    for (let seed = 1; seed <= 5; seed++) writeFileSync(path(`references/${seed}.jpg`), await partJpeg({ seed }));
    for (let seed = 11; seed <= 13; seed++) {
      writeFileSync(path(`good/${seed}.jpg`), await partJpeg({ seed }));
      writeFileSync(path(`bad/${seed}.jpg`), await partJpeg({ seed, scratch: true }));
    }
    writeFileSync(path("one/1.jpg"), await partJpeg({ seed: 1 }));
  });
  after(() => folder.remove());

  it("says what each rule and goal gives, from references and labelled images", async () => {
    const found = await records(
      ...["--references", path("references"), "--good", path("good"), "--bad", path("bad")],
      ...["--resolution", "112", "--rate", "5"],
    );
    assert.deepEqual(
      found.map(({ from, rule, goal }) => [from, rule ?? goal]),
      [
        ["references", "balanced"],
        ["references", "conformal"],
        ["references", "tail"],
        ["references", "percentile"],
        ["labels", "f1"],
        ["labels", "escape"],
        ["labels", "costs"],
      ],
    );
    assert.ok(found.every(({ threshold }) => (threshold as number) > 0));
    assert.deepEqual([found[1]!.rate, found[1]!.promised, found[4]!.f1], [0.05, false, 1]);
    // What a threshold node at its defaults takes of the same bank, and nothing else.
    assert.deepEqual(
      found.filter((each) => each.default).map(({ rule, rate }) => [rule, rate]),
      [["balanced", 1 / 7]],
    );
  });

  it("says beside each threshold what it finds of test defects, unless told not to", async () => {
    const args = ["--references", path("references"), "--resolution", "112"];
    const [found] = await records(...args);
    const finds = found!.finds as { share: number; count: number; low: number; words: string };
    assert.ok(finds.count > 4 && finds.share >= finds.low && finds.share <= 1);
    assert.match(finds.words, /^finds \d+ % of the test defects/);
    assert.match((await run(...args)).stdout, /finds \d+ % of the test defects/);
    assert.equal((await records(...args, "--no-made-defects"))[0]!.finds, undefined);
  });

  it("takes the threshold from commissioned parts, where there are some, as a commissioned bank's node does", async () => {
    mkdirSync(path("line"));
    for (const [i, file] of partFiles.entries()) writeFileSync(path(`line/${i}.jpg`), file);
    const found = await records(
      ...["--references", path("references"), "--commission", path("line"), "--resolution", "112", "--no-made-defects"],
    );
    const defaults = found.filter((each) => each.default);
    assert.deepEqual(
      defaults.map(({ from, rule, parts, rate }) => [from, rule, parts, rate]),
      [["commissioning", "balanced", 8, 1 / 10]],
    );
    assert.equal(found.find(({ from, rule }) => from === "references" && rule === "balanced")!.default, undefined);
    assert.equal((await run("--scores", path("none"), "--commission", path("line"))).status, 2);
  });

  it("counts for commissioning no part that a node would not: unlike the references, or the same picture again", async () => {
    mkdirSync(path("dark"));
    for (const [i, file] of partFiles.entries()) writeFileSync(path(`dark/${i}.jpg`), file);
    writeFileSync(path("dark/again.jpg"), partFiles[0]!);
    writeFileSync(path("dark/off.jpg"), await sharp(partFiles[1]).linear(0.03).jpeg().toBuffer());
    const { status, stdout, stderr } = await run(
      ...["--references", path("references"), "--commission", path("dark"), "--resolution", "112", "--json"],
      ...["--no-made-defects", "--rule", "balanced"],
    );
    assert.equal(status, 0, stderr);
    const found = JSON.parse(stdout.trim().split("\n")[1]!) as Record<string, unknown>;
    assert.deepEqual([found.from, found.parts, found.unlike], ["commissioning", 8, []]);
    assert.match(stderr, /not counted: .*off\.jpg: The frame is much darker/);
    assert.match(stderr, /not counted: .*(0|again)\.jpg: it scores what an earlier picture did/);
  });

  it("takes the threshold of commissioned parts by the rule that is asked for, and by no other", async () => {
    mkdirSync(path("ruled"));
    for (const [i, file] of partFiles.entries()) writeFileSync(path(`ruled/${i}.jpg`), file);
    const bank = path("ruled.safetensors");
    const built = await command("build", "--references", path("references"), "--resolution", "112", "--out", bank);
    assert.equal(built.status, 0, built.stderr);
    for (const rule of ["balanced", "conformal", "tail", "percentile"]) {
      const found = await records(
        ...["--bank", bank, "--resolution", "112", "--commission", path("ruled"), "--rate", "20", "--rule", rule],
      );
      assert.deepEqual(
        found.map((each) => [each.from, each.rule]),
        [
          ["references", rule],
          ["commissioning", rule],
        ],
      );
    }
  });

  it("calls one reference weak", async () => {
    const [found] = await records("--references", path("one"), "--resolution", "112", "--rule", "auto", "--rate", "10");
    assert.deepEqual([found!.weak, found!.promised], [true, false]);
  });

  it("takes scores, labelled or not", async () => {
    const scores = [
      ...[0.1, 0.2, 0.3].map((score) => ({ score })),
      { score: 0.4, label: "good" },
      { score: 0.8, label: "bad" },
    ];
    writeFileSync(path("scores.jsonl"), scores.map((each) => JSON.stringify(each)).join("\n"));
    const { stdout } = await run(
      "--scores",
      path("scores.jsonl"),
      "--rule",
      "conformal",
      "--rate",
      "25",
      "--goal",
      "f1",
    );
    assert.match(stdout, /^conformal +0\.300000 {2}At most 25 % of good parts/);
    assert.match(stdout, /\nf1 +0\.600000 {2}Of 1 good parts/);
  });

  it("refuses what it cannot use, in one sentence", async () => {
    assert.equal((await run()).status, 2);
    assert.equal((await run("--references", path("references"), "--rule", "guess")).status, 2);
    writeFileSync(path("rubbish.jsonl"), '{"score": "high"}\n');
    const { status, stderr } = await run("--scores", path("rubbish.jsonl"));
    assert.equal(status, 1);
    assert.match(stderr, /^golden-sample: Line 1 of .* is no score/);
    // Nothing was said, and nothing is no threshold.
    writeFileSync(path("empty.jsonl"), "\n");
    const empty = await run("--scores", path("empty.jsonl"));
    assert.equal(empty.status, 1);
    assert.match(empty.stderr, /^golden-sample: The file .*empty\.jsonl has no scores/);
    writeFileSync(path("unlabelled.jsonl"), '{"score": 0.1}\n{"score": 0.2}\n');
    const unlabelled = await run("--scores", path("unlabelled.jsonl"), "--goal", "f1");
    assert.deepEqual([unlabelled.status, unlabelled.stdout], [2, ""]);
    assert.match(unlabelled.stderr, /--goal is for parts of which is known what they are/);
  });
});
