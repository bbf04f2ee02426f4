import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import { json, command as run, program as runProgram } from "../support/command";
import { partJpeg } from "../support/pictures";
import { smallSet } from "./small-set";

describe("the command build", () => {
  const { at, tiny } = smallSet();

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
});
