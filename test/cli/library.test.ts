import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { partJpeg, partPixels } from "../support/pictures";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

/** What a user of the package sees: only its entry. */
type Library = typeof import("../../lib");
const NAME = "@golden-sample/node-red-anomaly";

describe("the library without Node-RED", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let library: Library;
  const at = (...parts: string[]) => join(folder.path, ...parts);

  before(async () => {
    folder = temporaryFolder();
    // As npm installs it, so that the exports map counts.
    mkdirSync(at("node_modules", "@golden-sample"), { recursive: true });
    symlinkSync(ROOT, at("node_modules", NAME), "junction");
    library = (await import(NAME)) as Library;
    mkdirSync(at("good"));
    for (let seed = 1; seed <= 8; seed++) writeFileSync(at("good", `${seed}.jpg`), await renderPart(seed));
    writeFileSync(at("next.jpg"), await renderPart(50));
    writeFileSync(at("chipped.jpg"), await renderPart(50, "chipped_edge"));
    writeFileSync(at("rubbish.jpg"), "rubbish");
    mkdirSync(at("small"));
    for (let seed = 1; seed <= 4; seed++) writeFileSync(at("small", `${seed}.jpg`), await partJpeg({ seed }));
    writeFileSync(at("small", "notes.txt"), "no image");
  });
  after(() => folder.remove());

  const small = () => library.createInspector({ references: at("small"), resolution: 112 });

  for (const example of ["inspect.mjs", "inspect.cjs"]) {
    it(`runs the example ${example}: good part ok, part with a chipped edge not`, () => {
      writeFileSync(at(example), readFileSync(join(ROOT, "examples", "library", example)));
      const images = [at("next.jpg"), at("chipped.jpg")];
      const { status, stdout, stderr } = spawnSync(process.execPath, [at(example), at("good"), ...images], {
        encoding: "utf8",
        timeout: 120_000,
      });
      assert.deepEqual([status, stderr], [0, ""]);
      const [good, chipped] = stdout.trim().split("\n");
      assert.match(good!, /^ok \d\.\d{4} \d+ x \d+ .*next\.jpg$/);
      assert.match(chipped!, /^anomaly \d\.\d{4} \d+ x \d+ .*chipped\.jpg$/);
    });
  }

  it("has types for ESM and CommonJS, and no way around its entry", () => {
    const program = `import { createInspector, type Inspection, GoldenSampleError } from "${NAME}";
      export const one = async (): Promise<Inspection> =>
        (await createInspector({ references: ["good/", Buffer.of(1)] })).inspect("part.jpg", { overlay: true });
      export const rows = async (): Promise<number> => (await one()).map.rows;
      // @ts-expect-error a device has one of the known names
      void createInspector({ references: "good/", device: "abacus" });
      export const code = (thrown: unknown): string => (thrown instanceof GoldenSampleError ? thrown.code : "");`;
    for (const extension of ["mts", "cts"]) writeFileSync(at(`program.${extension}`), program);
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const flags = ["--noEmit", "--strict", "--module", "node16", "--target", "es2022", "--skipLibCheck"];
    const types = ["--typeRoots", join(ROOT, "node_modules", "@types"), "--types", "node"];
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsc, ...flags, ...types, at("program.mts"), at("program.cts")],
      {
        encoding: "utf8",
        cwd: folder.path,
      },
    );
    assert.equal(status, 0, stdout);
    const inside = `require("${NAME}/dist/lib/engine/server.js")`;
    const around = spawnSync(process.execPath, ["-e", inside], { encoding: "utf8", cwd: folder.path });
    assert.match(around.stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
    // Tools read it by this way.
    const manifest = `require("${NAME}/package.json").name`;
    const { stdout: name } = spawnSync(process.execPath, ["-p", manifest], { encoding: "utf8", cwd: folder.path });
    assert.equal(name.trim(), NAME);
  });

  it("inspects bytes and pixels as it does files", async () => {
    const inspector = await small();
    try {
      const { path } = { path: at("small", "1.jpg") };
      const file = await inspector.inspect(path);
      const bytes = await inspector.inspect(new Uint8Array(readFileSync(path)));
      assert.deepEqual([bytes.score, bytes.map], [file.score, file.map]);
      const data = partPixels({ seed: 1 });
      const pixels = await inspector.inspect({ data, width: 160, height: 120, channels: 3 }, { overlay: true });
      assert.deepEqual(pixels.image, { width: 160, height: 120 });
      assert.deepEqual([...pixels.overlay!.subarray(0, 2)], [0xff, 0xd8]);
      assert.equal(pixels.map.data.length, pixels.map.rows * pixels.map.cols);
    } finally {
      await inspector.close();
    }
  });

  it("keeps what it learned in a bank file, and inspects with it alike", async () => {
    const bank = at("small.safetensors");
    const options = { bank, resolution: 112 };
    const learned = await library.createInspector({ ...options, references: at("small") });
    const first = await learned.inspect(at("next.jpg"));
    await learned.close();
    const read = await library.createInspector(options);
    const again = await read.inspect(at("next.jpg"));
    await read.close();
    assert.deepEqual([again.score, again.threshold, again.verdict], [first.score, first.threshold, first.verdict]);
    assert.ok(existsSync(bank));
  });

  it("says what was passed over in the folder, and how far the threshold can be trusted", async () => {
    const inspector = await small();
    await inspector.close();
    assert.match(inspector.notes.join(" "), /notes\.txt/);
    assert.equal(inspector.threshold?.rule, "balanced");
    assert.match(inspector.threshold!.words, /references/);
  });

  it("never makes a verdict of what it could not inspect", async () => {
    const inspector = await library.createInspector({ references: at("small"), resolution: 112, threshold: 1e9 });
    const broken = (promise: Promise<unknown>, code: string) =>
      assert.rejects(promise, (error) => error instanceof library.GoldenSampleError && error.code === code);
    await broken(inspector.inspect(at("rubbish.jpg")), "BAD_IMAGE");
    await broken(inspector.inspect(at("nowhere.jpg")), "BAD_IMAGE");
    const dark = { data: Buffer.alloc(160 * 120 * 3), width: 160, height: 120, channels: 3 };
    assert.equal((await inspector.inspect(dark)).verdict, "unlike");
    await inspector.close();
    await inspector.close();
    await broken(inspector.inspect(at("next.jpg")), "ENGINE_CLOSED");
  });

  it("refuses options that it cannot work with, in a sentence", async () => {
    const refused = (options: Parameters<Library["createInspector"]>[0], sentence: RegExp) =>
      assert.rejects(library.createInspector(options), (error) => {
        assert.ok(error instanceof library.GoldenSampleError);
        return sentence.test(error.message);
      });
    await refused({}, /needs references or a bank/);
    await refused({ references: at("nowhere") }, /does not exist/);
    await refused({ bank: at("nowhere.safetensors") }, /nowhere\.safetensors/);
    // Every comparison with it is false: every part would be ok.
    await refused({ references: at("small"), threshold: Number("0,4") }, /threshold is no number/);
  });
});
