import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readTable } from "../../lib/evaluate/data/csv";
import { drawReferences, drawRule } from "../../lib/evaluate/data/draw";
import { preprocessing } from "../../lib/evaluate/data/preprocessing";
import { readDatasets } from "../../lib/evaluate/data/read-datasets";
import { temporaryFolder } from "../support/temporary";

describe("data sets", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  /** Files are only listed here. */
  function files(...paths: string[]) {
    for (const path of paths) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true });
      writeFileSync(join(folder.path, path), "");
    }
  }
  const at = (path: string | undefined) => path && relative(folder.path, path).split("\\").join("/");
  async function read(name = ".") {
    return (await readDatasets(join(folder.path, name))).map((dataset) => ({
      ...dataset,
      references: dataset.references.map(at),
      test: dataset.test.map(({ path, type, masks = [] }) => [at(path), type, ...masks.map(at)]),
    }));
  }

  it("are read in MVTec AD's layout, with the masks of their defects", async () => {
    files("screw/train/good/001.png", "screw/train/good/000.png", "screw/test/good/000.png", "screw/test/bent/000.png");
    files("screw/test/bent/001.png", "screw/ground_truth/bent/000_mask.png", "screw/readme.txt");
    assert.deepEqual(await read("screw"), [
      {
        name: "screw",
        references: ["screw/train/good/000.png", "screw/train/good/001.png"],
        test: [
          ["screw/test/bent/000.png", "bent", "screw/ground_truth/bent/000_mask.png"],
          ["screw/test/bent/001.png", "bent"],
          ["screw/test/good/000.png", "good"],
        ],
        notes: [],
      },
    ]);
  });

  it("are read in the layout of VisA's one-class split, whose masks are called like their images", async () => {
    files("pcb1/train/good/0000.JPG", "pcb1/test/good/0001.JPG", "pcb1/test/bad/000.JPG");
    files("pcb1/ground_truth/bad/000.png");
    const [pcb] = await read();
    assert.equal(pcb!.name, "pcb1");
    assert.deepEqual(pcb!.test[0], ["pcb1/test/bad/000.JPG", "bad", "pcb1/ground_truth/bad/000.png"]);
  });

  it("are read in VisA's own layout, divided as its table says, with kinds of defects", async () => {
    const normal = ["0000", "0001", "0002"].map((name) => `candle/Data/Images/Normal/${name}.JPG`);
    files(...normal, "candle/Data/Images/Anomaly/000.JPG", "candle/Data/Images/Anomaly/001.JPG");
    files("candle/Data/Masks/Anomaly/000.png", "candle/Data/Masks/Anomaly/001.png", "split_csv/1cls.csv");
    writeFileSync(
      join(folder.path, "split_csv/1cls.csv"),
      `object,split,label,image,mask\n${normal.map((path, i) => `candle,${i === 1 ? "test" : "train"},normal,${path},`).join("\n")}\n`,
    );
    writeFileSync(
      join(folder.path, "candle/image_anno.csv"),
      'image,label,mask\ncandle/Data/Images/Normal/0000.JPG,normal,\ncandle/Data/Images/Anomaly/000.JPG,"wax, soot",x\n' +
        "candle/Data/Images/Anomaly/001.JPG,chip,y\n",
    );
    const [candle] = await read();
    assert.deepEqual(candle!.notes, []);
    assert.deepEqual(candle!.references, [normal[0], normal[2]]);
    assert.deepEqual(candle!.test, [
      [normal[1], "good"],
      ["candle/Data/Images/Anomaly/001.JPG", "chip", "candle/Data/Masks/Anomaly/001.png"],
      ["candle/Data/Images/Anomaly/000.JPG", "wax + soot", "candle/Data/Masks/Anomaly/000.png"],
    ]);
  });

  it("say that VisA was divided otherwise where its table is missing", async () => {
    for (let i = 0; i < 20; i++) files(`candle/Data/Images/Normal/${String(i).padStart(4, "0")}.JPG`);
    files("candle/Data/Images/Anomaly/000.JPG");
    const [candle] = await read("candle");
    assert.match(candle!.notes.join(), /do not compare/);
    assert.equal(candle!.references.length, 18);
    assert.deepEqual(
      candle!.test.map(([path, type]) => [path!.split("/").at(-1), type]),
      [
        ["0018.JPG", "good"],
        ["0019.JPG", "good"],
        ["000.JPG", "bad"],
      ],
    );
  });

  it("may have several masks an image, in a folder called like it, as MVTec LOCO has", async () => {
    files("nut/train/good/0.png", "nut/test/good/000.png", "nut/test/logical/000.png", "nut/test/logical/001.png");
    files("nut/ground_truth/logical/000/000.png", "nut/ground_truth/logical/000/001.png");
    files("nut/ground_truth/logical/001/000.png");
    const [nut] = await read("nut");
    assert.deepEqual(nut!.test, [
      ["nut/test/good/000.png", "good"],
      ...[
        ["nut/test/logical/000.png", "logical", ...[0, 1].map((i) => `nut/ground_truth/logical/000/00${i}.png`)],
        ["nut/test/logical/001.png", "logical", "nut/ground_truth/logical/001/000.png"],
      ],
    ]);
    assert.deepEqual(nut!.notes, []);
  });

  it("may call good parts ok or normal, in test and in train", async () => {
    files("nut/train/OK/0.png", "nut/test/ok/1.png", "nut/test/Normal/2.png", "nut/test/bent/3.png");
    const [nut] = await read("nut");
    assert.deepEqual(nut!.references, ["nut/train/OK/0.png"]);
    assert.deepEqual(nut!.test, [
      ["nut/test/Normal/2.png", "good"],
      ["nut/test/bent/3.png", "bent"],
      ["nut/test/ok/1.png", "good"],
    ]);
    assert.deepEqual(nut!.notes, []);
  });

  it("say what was left out: masks that fit no image, kinds that are no good parts, files of no kind", async () => {
    files(
      "nut/train/good/0.png",
      "nut/train/bad/0.png",
      "nut/test/good/0.png",
      "nut/test/bent/0.png",
      "nut/test/x.png",
    );
    files("nut/ground_truth/bent/bent_0.png", "nut/ground_truth/bend/0_mask.png", "nut/ground_truth/good/0_mask.png");
    files("nut/test/bent/1.pgm");
    const [nut] = await read("nut");
    assert.ok(nut!.test.every((image) => image.length === 2));
    const [train, loose, passedOver, masks, ...others] = nut!.notes;
    assert.match(train!, /^1 image in train\/bad left out/);
    assert.match(loose!, /^1 image directly in test left out/);
    assert.match(passedOver!, /1 file was passed over in .*bent, no image by name: 1 \.pgm \(1\.pgm\)/);
    assert.match(masks!, /^3 masks fit no defective test image and were not used, so there are no pixel-level figures/);
    assert.match(
      masks!,
      /ground_truth\/bent\/bent_0\.png, ground_truth\/good\/0_mask\.png, ground_truth\/bend\/0_mask\.png$/,
    );
    assert.deepEqual(others, []);
  });

  it("are read without hidden folders, which notebooks and file servers make", async () => {
    files("nut/train/good/0.png", "nut/train/good/._0.png", "nut/test/good/0.png", "nut/test/bent/0.png");
    files("nut/test/.ipynb_checkpoints/0-checkpoint.png", "nut/test/@eaDir/0.png", "nut/ground_truth/.x/0.png");
    const [nut] = await read("nut");
    assert.equal(nut!.references.length, 1);
    assert.deepEqual(
      nut!.test.map(([, type]) => type),
      ["bent", "good"],
    );
    assert.deepEqual(nut!.notes, []);
  });

  it("may be a folder for each object; others in it are passed over", async () => {
    files("nut/train/good/0.png", "nut/test/good/0.png", "bolt/train/good/0.png", "bolt/test/bad/0.png", "notes/a.txt");
    assert.deepEqual(
      (await read()).map(({ name }) => name),
      ["bolt", "nut"],
    );
  });

  it("are refused in one sentence where images are missing", async () => {
    files("a.png");
    await assert.rejects(read(), /not in MVTec layout/);
    await assert.rejects(read("nowhere"), /not in MVTec layout/);
    files("nut/train/good/0.png");
    await assert.rejects(read("nut"), /no images to test/);
    files("bolt/test/bad/0.png");
    await assert.rejects(read("bolt"), /no images of good parts/);
  });

  it("have tables with quoted commas, quotes and line breaks", () => {
    assert.deepEqual(readTable('\uFEFFa,b\r\n"1, 2","say ""so""\nagain"\r\n\r\n3,\n'), [
      { a: "1, 2", b: 'say "so"\nagain' },
      { a: "3", b: "" },
    ]);
    assert.deepEqual(readTable(""), []);
  });
});

describe("draws of references", () => {
  const images = Array.from({ length: 16 }, (_, i) => `${String(i).padStart(3, "0")}.png`);

  it("follow one another by name where there are enough, as in the authors' code", () => {
    assert.equal(drawRule(16, 4, 4, "part"), "in order");
    assert.deepEqual(drawReferences(images, 4, 1, "in order"), ["004.png", "005.png", "006.png", "007.png"]);
  });

  it("are random subsets that only the seed decides where there are not", () => {
    assert.equal(drawRule(16, 8, 3, "part"), "at random");
    const draws = [0, 1, 2, 0].map((seed) => drawReferences(images, 8, seed, "at random"));
    for (const draw of draws) assert.equal(new Set(draw).size, 8);
    assert.deepEqual(draws[0], draws[3]);
    assert.notDeepEqual(draws[0], draws[1]);
    assert.notDeepEqual(draws[1], draws[2]);
  });

  it("need as many images as shots", () => {
    assert.throws(() => drawRule(4, 5, 1, "part"), /needs 5 images in train\/good and there are 4 \(part\)/);
  });
});

describe("the paper's preprocessing", () => {
  it("rotates always, where the object asks for it, or never", () => {
    const rotated = (["agnostic", "informed", "masking-only"] as const).map((name) =>
      ["screw", "cable", "pcb1", "mine"].map((object) => preprocessing(name, object).rotate),
    );
    assert.deepEqual(rotated, [
      [true, true, true, true],
      [true, false, false, false],
      [false, false, false, false],
    ]);
  });

  it("masks as the masking test came out in the paper, and asks our own for other objects", () => {
    const masks = ["screw", "cable", "pcb1", "mine"].map((object) => preprocessing("informed", object).mask);
    assert.deepEqual(masks, ["on", "off", "on", "auto"]);
  });
});
