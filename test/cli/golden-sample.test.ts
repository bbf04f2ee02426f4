import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { command } from "../support/command";
import { partJpeg } from "../support/pictures";
import { ROOT, sharedPath } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const run = command;

/** Runs the program as its user would. */
function runProgram(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "dist", "cli", "golden-sample.js"), ...args],
    { encoding: "utf8", timeout: 120_000, env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
}
const json = (line: string | undefined) => JSON.parse(line!) as Record<string, unknown>;

describe("the command line", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => join(folder.path, ...parts);

  before(async () => {
    folder = temporaryFolder();
    writeFileSync(at("tiny.onnx"), tinyBackbone());
    for (const type of ["train/good", "test/good", "test/scratch"]) mkdirSync(at("data", type), { recursive: true });
    for (let seed = 1; seed <= 4; seed++) {
      writeFileSync(at("data/train/good", `${seed}.jpg`), await partJpeg({ seed }));
      writeFileSync(at("data/test/good", `${seed}.jpg`), await partJpeg({ seed: 10 + seed }));
      writeFileSync(at("data/test/scratch", `${seed}.jpg`), await partJpeg({ seed: 20 + seed, scratch: true }));
    }
    writeFileSync(at("rubbish.jpg"), "rubbish");
  });
  after(() => folder.remove());

  const tiny = () => ["--backbone", at("tiny.onnx"), "--resolution", "112", "--metric", "l2"];
  const evaluated = (shots: string, ...more: string[]) =>
    run("evaluate", "--data", at("data"), ...tiny(), "--shots", shots, "--json", ...more);

  it("looks at whole frames unless told to crop, and refuses a bank that was built otherwise", async () => {
    writeFileSync(at("wide.jpg"), await partJpeg({ width: 179, height: 120, seed: 31 }));
    const references = ["--references", at("wide.jpg")];
    const grid = async (...more: string[]) =>
      json((await run("score", ...tiny(), ...references, ...more, "--json", "--", at("wide.jpg"))).lines[0]).grid;
    const grids = [await grid(), await grid("--fit", "all"), await grid("--fit", "crop")];
    assert.deepEqual(grids.join("; "), "8,12; 8,12; 8,11");

    const bank = at("cropped.safetensors");
    assert.equal((await run("build", ...tiny(), ...references, "--fit", "crop", "--out", bank)).status, 0);
    const own = await run("score", ...tiny(), "--bank", bank, "--json", at("wide.jpg"));
    assert.deepEqual(json(own.lines[0]).grid, [8, 11], "what is left open is as the bank was built");
    const other = await run("score", ...tiny(), "--bank", bank, "--fit", "all", at("wide.jpg"));
    assert.equal(other.status, 1);
    assert.match(other.stderr, /built with fit: crop and the backbone is set to fit: all/);
    assert.match((await run("backbone", "--fit", "half")).stderr, /--fit takes all, crop/);
  });

  it("looks finely enough for the smallest defect that is asked for, and remembers it in the bank", async () => {
    writeFileSync(at("large.jpg"), await partJpeg({ width: 420, height: 280, seed: 33 }));
    const bank = at("small.safetensors");
    const built = await run(
      "build",
      ...tiny(),
      "--references",
      at("large.jpg"),
      "--smallest",
      "28",
      "--out",
      bank,
      "--json",
    );
    assert.equal(built.status, 0, built.stderr);
    const scored = await run("score", ...tiny(), "--bank", bank, "--json", at("large.jpg"));
    assert.deepEqual(json(scored.lines[0]).grid, [10, 15]);
    const batch = await run(
      "batch",
      ...tiny().slice(0, 4),
      "--smallest",
      "14",
      "--json",
      at("large.jpg"),
      at("wide.jpg"),
    );
    assert.deepEqual(
      batch.lines.map((line) => json(line).grid),
      [
        [20, 30],
        [9, 13],
      ],
    );
    assert.match(
      (await run("score", "--bank", bank, "--smallest", "0", "x.jpg")).stderr,
      /--smallest takes a whole number above 0/,
    );
  });

  it("says that a bank keeps what it was built with, whatever the options say", async () => {
    const [bank, image] = [at("own.safetensors"), at("data/test/good/1.jpg")];
    const references = ["--references", at("data/train/good")];
    const [backbone, metric] = [tiny().slice(0, 4), tiny().slice(4)];
    assert.equal((await run("build", ...backbone, ...references, "--out", bank)).stderr, "");
    const plain = await run("score", ...backbone, "--bank", bank, "--", image);
    const told = await run("score", ...backbone, ...metric, "--rotate", "--bank", bank, "--", image);
    assert.equal(plain.stderr, "");
    assert.match(told.stderr, /^golden-sample: --rotate, --metric: not looked at, for a bank is used with what it was/);
    assert.deepEqual([told.status, told.lines], [0, plain.lines]);
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

  it("says what is found out about a backbone, and takes it back as a description", async () => {
    const found = await run("backbone", ...tiny(), "--json");
    assert.deepEqual([found.status, found.stderr], [0, ""]);
    const { size, outputs, patchSize } = json(found.lines[0]);
    assert.deepEqual([size, patchSize], [{ kind: "dynamic", multiple: 14 }, 14]);
    writeFileSync(at("description.json"), JSON.stringify({ size, outputs, mean: [0.5, 0.5, 0.5] }));
    const again = await run("backbone", ...tiny(), "--description", at("description.json"));
    assert.match(again.stdout, /^outputs +\[\{"name":"last_hidden_state","kind":"tokens","leadingTokens":1/m);
    assert.match(again.stdout, /^mean +\[0\.5,0\.5,0\.5\]$/m);
    const fixed = await run(
      "backbone",
      ...tiny(),
      "--description",
      '{"size": {"kind": "fixed", "height": 112, "width": 112}}',
    );
    assert.match(fixed.stdout, /--resolution has no effect/);
    for (const wrong of ['{"patch": 14}', "{", at("nowhere.json")]) {
      const { status, stderr } = await run("backbone", ...tiny(), "--description", wrong);
      assert.equal(status, 2);
      assert.match(stderr, /--description/);
    }
  });

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

  it("builds a bank file that score then uses, with the same scores", async () => {
    const built = await run(
      "build",
      ...tiny(),
      "--references",
      at("data/train/good"),
      "--out",
      at("part.safetensors"),
      "--json",
    );
    assert.equal(built.status, 0, built.stderr);
    assert.equal(json(built.lines[0]).references, 4);
    const image = at("data/test/scratch/2.jpg");
    const fromBank = runProgram(["score", ...tiny(), "--json", "--bank", at("part.safetensors"), image]);
    const fromFiles = await run("score", ...tiny(), "--json", "--references", at("data/train/good"), "--", image);
    assert.equal(json(fromBank.lines[0]).score, json(fromFiles.lines[0]).score);
  });

  it("counts and names the files of a folder that are no images, and leaves hidden ones out", async () => {
    mkdirSync(at("mixed"));
    for (const name of ["1.jfif", "2.jpg", "3.pgm", "4.heic", "._2.jpg"])
      writeFileSync(at("mixed", name), readFileSync(at("data/train/good/1.jpg")));
    const args = ["--references", at("mixed"), "--out", at("mixed.safetensors"), "--json"];
    const { status, lines, stderr } = await run("build", ...tiny(), ...args);
    assert.equal(status, 0, stderr);
    assert.equal(json(lines[0]).references, 2);
    assert.match(stderr, /^golden-sample: 2 files were passed over in .*: 1 \.pgm \(3\.pgm\), 1 \.heic \(4\.heic\);/);
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

  it("says in one line what is wrong and exits with 1", async () => {
    const wrong: [string[], RegExp][] = [
      [["score", ...tiny(), "--references", at("nothing"), "--", at("rubbish.jpg")], /nothing does not exist/],
      [
        ["score", "--backbone", at("rubbish.jpg"), "--references", at("data/train/good"), "--", at("rubbish.jpg")],
        /not an ONNX model/,
      ],
      [["score", ...tiny(), "--bank", at("rubbish.jpg"), at("data/test/good/1.jpg")], /rubbish\.jpg cannot be used/],
      [["evaluate", "--data", at("report"), ...tiny()], /not in MVTec layout/],
      [["evaluate", "--data", at("data"), ...tiny(), "--shots", "5"], /needs 5 images in train\/good and there are 4/],
      [
        ["build", ...tiny(), "--references", at("rubbish.jpg"), "--out", at("x.safetensors")],
        /Reference 1: rubbish\.jpg: .*it is text/,
      ],
    ];
    for (const [args, expected] of wrong) {
      const { status, stdout, stderr } = await run(...args);
      assert.equal(status, 1, args.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, expected);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
    assert.ok(!existsSync(at("x.safetensors")));
    const [args, expected] = wrong.at(-1)!;
    const program = runProgram(args);
    assert.deepEqual([program.status, program.stdout], [1, ""]);
    assert.match(program.stderr, expected);
  });

  it("exits with 2 and the usage when called wrongly", async () => {
    const wrong = [
      [],
      ["paint"],
      ["score", "--colour"],
      ["score", "--references", "x"],
      ["score", at("rubbish.jpg")],
      ["build", "--references", "x"],
      ["evaluate"],
      ["evaluate", "--data", "x", "--preprocess", "clever"],
      ["evaluate", "--data", "x", "--preprocess", "informed", "--rotate"],
      ["evaluate", "--data", "x", "--backbone", "texture,"],
      ["batch"],
      ["batch", "--rotate", "x"],
      ["score", "--neighbours", "none", "--references", "x", "--", "y"],
      ["score", "--metric", "l3", "--references", "x", "--", "y"],
      ["score", "--references"],
    ];
    for (const args of wrong) {
      const { status, stderr } = await run(...args);
      assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /golden-sample <command>/);
    }
    assert.equal((await run("--help")).status, 0);
    const program = runProgram(["paint"]);
    assert.deepEqual([program.status, program.stdout], [2, ""]);
    assert.match(program.stderr, /^golden-sample: There is no command "paint"\.\n\ngolden-sample <command>/);
  });

  it("leaves nothing behind in the temporary folder", async () => {
    mkdirSync(at("temporary"));
    const env = Object.fromEntries(["TMPDIR", "TEMP", "TMP"].map((name) => [name, at("temporary")]));
    const args = ["score", ...tiny(), "--references", at("data/train/good"), "--", at("data/test/good/1.jpg")];
    assert.equal(runProgram(args, env).status, 0);
    assert.deepEqual(readdirSync(at("temporary")), []);
  });

  it("leaves nothing behind there either where somebody reads the first line only, or presses Ctrl-C", async function () {
    if (process.platform === "win32") return this.skip();
    mkdirSync(at("interrupted"));
    const env = Object.fromEntries(["TMPDIR", "TEMP", "TMP"].map((name) => [name, at("interrupted")]));
    const images = Array<string>(40).fill(at("data/test/good/1.jpg"));
    const args = ["score", ...tiny(), "--references", at("data/train/good"), "--", ...images];
    for (const ending of ["reader", "SIGINT"] as const) {
      const program = spawn(process.execPath, [join(ROOT, "dist", "cli", "golden-sample.js"), ...args], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = once(program, "exit");
      await once(program.stdout, "data");
      assert.notDeepEqual(readdirSync(at("interrupted")), []);
      if (ending === "reader") program.stdout.destroy();
      else program.kill(ending);
      assert.deepEqual(await ended, ending === "reader" ? [0, null] : [null, ending]);
      assert.deepEqual(readdirSync(at("interrupted")), []);
    }
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

  it("says where results cannot be written, before any work is done, and which folder is not there", async () => {
    const bank = ["--references", at("data/train/good")];
    const image = at("data/test/good/1.jpg");
    for (const words of [
      ["score", ...tiny(), ...bank, "--overlay", at("rubbish.jpg"), "--", image],
      ["batch", "--overlay", at("rubbish.jpg"), image],
      ["evaluate", ...tiny(), "--data", at("data"), "--report", at("rubbish.jpg", "report")],
      ["made-defects", ...tiny(), ...bank, "--report", at("rubbish.jpg")],
    ]) {
      const { status, stdout, stderr } = await run(...words);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(
        stderr,
        /^golden-sample: \S+ is no folder, but a file is in its way: name a folder for the results\.\n$/,
      );
    }
    const mistyped = await run("score", ...tiny(), "--references", at("data/trian/good"), image);
    assert.equal(mistyped.status, 1);
    assert.match(mistyped.stderr, /trian\/good does not exist: name a folder of images or image files\.\n$/);
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
