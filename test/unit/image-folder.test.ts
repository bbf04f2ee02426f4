import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { GoldenSampleError } from "../../lib/errors";
import { expandImages } from "../../lib/image/expand-images";
import { describeOthers, listFolders, readImageFolder } from "../../lib/image/folder";
import { temporaryFolder } from "../support/temporary";

describe("a folder of images", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const at = (...parts: string[]) => join(folder.path, ...parts);
  function files(...paths: string[]) {
    for (const path of paths) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), "");
    }
  }
  const names = (paths: readonly string[]) => paths.map((path) => relative(folder.path, path));

  it("gives the images by extension in any case, sorted, and names every other file", async () => {
    files("b.JPG", "a.png", "c.jfif", "d.Tif", "e.dib", "f.jpe", "g.pgm", "h.heic", "notes.txt", "README");
    const { images, others } = await readImageFolder(folder.path);
    assert.deepEqual(names(images), ["a.png", "b.JPG", "c.jfif", "d.Tif", "e.dib", "f.jpe"]);
    assert.deepEqual(others, ["README", "g.pgm", "h.heic", "notes.txt"]);
  });

  it("leaves out what systems, file servers and notebooks hide there, without a word", async () => {
    files("a.png", "._a.png", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints/a-checkpoint.png");
    files("@eaDir/a.png", "__MACOSX/a.png", "$RECYCLE.BIN/a.png", "#recycle/a.png", "scratch/a.png");
    const { images, others } = await readImageFolder(folder.path);
    assert.deepEqual([names(images), others], [["a.png"], []]);
    assert.deepEqual(await listFolders(folder.path), ["scratch"]);
  });

  it("takes links for what they lead to, and one that leads nowhere for a file to be named when it is read", async () => {
    files("kept/a.png");
    symlinkSync(at("kept"), at("linked.png"));
    symlinkSync(at("kept/a.png"), at("b.png"));
    symlinkSync(at("nowhere"), at("c.png"));
    const { images } = await readImageFolder(folder.path);
    assert.deepEqual(names(images), ["b.png", "c.png"]);
    assert.deepEqual(await listFolders(folder.path), ["kept", "linked.png"]);
  });

  it("is empty where it is not there or is a file", async () => {
    files("a.png");
    for (const path of [at("nowhere"), at("a.png")]) {
      assert.deepEqual(await readImageFolder(path), { images: [], others: [] });
      assert.deepEqual(await listFolders(path), []);
    }
  });

  it("has its other files counted by extension, the first three of each named", () => {
    assert.equal(describeOthers("ref", []), undefined);
    assert.match(
      describeOthers("ref", ["x.heic"])!,
      /^1 file was passed over in ref, .*: 1 \.heic \(x\.heic\); read are/,
    );
    const many = ["1.RAW", "2.raw", "3.raw", "4.raw", "README"];
    assert.match(
      describeOthers("ref", many)!,
      /^5 files were passed over in ref.*: 4 \.raw \(1\.RAW, 2\.raw, 3\.raw, \.\.\.\), 1 without extension \(README\);/,
    );
  });

  it("is expanded to its images with a word on the others; a file named by itself is taken as it is", async () => {
    files("ref/a.png", "ref/b.pgm", "x.pgm", "ref/.hidden.png", ".own/a.png");
    const notes: string[] = [];
    const found = await expandImages([at("ref"), at("x.pgm"), at(".own")], (text) => notes.push(text));
    assert.deepEqual(names(found), ["ref/a.png", "x.pgm", ".own/a.png"]);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /1 \.pgm \(b\.pgm\)/);
    files("none/b.pgm");
    await assert.rejects(
      expandImages([at("none")], (text) => notes.push(text)),
      (error: unknown) => error instanceof GoldenSampleError && /There is no image in/.test(error.message),
    );
    assert.equal(notes.length, 2);
  });
});
