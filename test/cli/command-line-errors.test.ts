import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { before, describe, it } from "mocha";
import { command as run, program as runProgram } from "../support/command";
import { smallSet } from "./small-set";

describe("the command line, called with what it cannot use", () => {
  const { at, tiny } = smallSet();

  // What an evaluation leaves: a folder, and in no layout of data.
  before(() => mkdirSync(at("report")));

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

  it("refuses options that the command does not look at, which would be taken for done", async () => {
    const bank = ["--references", at("data/train/good")];
    const image = at("data/test/good/1.jpg");
    for (const [words, expected] of [
      [["score", ...bank, "--threshold", "0.1", "--", image], /score does not look at --threshold: leave it out/],
      [["score", ...bank, "--preprocess", "informed", "--", image], /score does not look at --preprocess/],
      [["evaluate", "--data", at("data"), "--bank", "x", "--mask"], /evaluate does not look at --bank: leave it out/],
      [["build", ...bank, "--out", at("x"), "--rate", "1", "--rule", "tail"], /--rate, --rule: leave them out/],
      [
        ["batch", "--scorer", "subspace", "--place", "same", "--missing=off", "--tolerance", "4", "--mask", image],
        /batch has no bank: leave out --scorer, --place, --missing, --tolerance\./,
      ],
      [["batch", "--search", "exact", "--mask-references", image], /leave out --mask-references, --search\./],
    ] as const) {
      const { status, stdout, stderr } = await run(...words);
      assert.deepEqual([status, stdout], [2, ""], words.join(" "));
      assert.match(stderr, expected);
    }
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
});
