import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { exportVersion } from "../../lib/bank/store/export-version";
import type { Engine } from "../../lib/engine/requests";
import { refusal } from "../support/refusal";
import { backbone, texturedBanks } from "../support/textured-banks";
import { tinyBackbone } from "../support/tiny-backbone";

describe("a bank on another machine", () => {
  let engine: Engine;
  let directory: string;
  const { folder, bank, build, score, accept, keepDefect, state, learnt, good, scratched } = texturedBanks((made) => {
    ({ engine, directory } = made);
  });

  const contents = (path: string) =>
    readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("hex")]);

  it("takes another machine's bundle, says what it needs, and refuses what it is not", async () => {
    const { calibration } = await learnt("source");
    const bundle = join(folder.path, "source.safetensors");
    const out = await engine.call("exportVersion", { bank: bank("source"), file: bundle });
    assert.match(out.needs.words, /built-in backbone texture at 112 px/);
    const first = await engine.call("importVersion", { bank: bank("copy"), file: bundle, backbone });
    assert.deepEqual([first.version, first.imported, first.needs.differs], [1, 1, []]);
    const { bank: used } = await score("copy", good[6]!);
    assert.deepEqual([used.name, used.calibration], ["copy", calibration]);
    assert.deepEqual((await state("copy")).versions[0]!.origin!.imported, { name: "source", version: 1 });
    const finer = { ...backbone, resolution: 224 };
    const other = await engine.call("importVersion", { bank: bank("copy"), file: bundle, backbone: finer });
    assert.match(other.needs.words, /not what is set: .*112 px and the backbone is set to 224 px/);
    assert.equal(other.version, 1);
    const used2 = engine.call("importVersion", { bank: bank("copy"), file: bundle, backbone: finer, use: true });
    await refusal(used2, "BANK_MISMATCH");
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.subarray(0, bytes.length - 100));
    assert.match(
      await refusal(engine.call("importVersion", { bank: bank("copy"), file: bundle }), "BAD_BANK"),
      /cut off/,
    );
    const absent = join(folder.path, "nowhere.safetensors");
    await refusal(engine.call("importVersion", { bank: bank("copy"), file: absent }), "BAD_BANK");
    assert.equal((await state("copy")).versions.length, 2);
  });

  it("takes everything to another machine in one file: what it builds from, what it learned, what it must catch", async () => {
    const warn = { guard: { mode: "warn" as const } };
    await learnt("line");
    await accept("line", scratched[0]!);
    const mask = { rows: 7, cols: 9, dtype: "uint8" as const, data: Buffer.alloc(63, 1) };
    await engine.call("addReference", { bank: bank("line"), image: good[5]!, mask });
    await keepDefect("line", scratched[1]!);
    const file = join(folder.path, "line.safetensors");
    const out = await engine.call("exportVersion", { bank: bank("line"), file });
    assert.deepEqual(out.frames, { references: 6, accepted: 1, defects: 1 });

    const { frames, version } = await engine.call("importVersion", { bank: bank("moved"), file });
    assert.deepEqual([version, frames.kept], [1, true]);
    assert.equal(frames.words, "With it came 6 references, 1 accepted frame, 1 known defect.");
    for (const kind of ["references", "accepted", "defects"])
      assert.deepEqual(contents(join(directory, "moved", kind)), contents(join(directory, "line", kind)), kind);
    const [here, there] = [await build("line", warn), await build("moved", warn)];
    assert.deepEqual([there.references, there.accepted, there.calibration], [6, 1, here.calibration]);
    assert.deepEqual(there.replay, here.replay);
    assert.equal(there.replay!.defects.length, 1);

    // Photos of two machines are not mixed.
    const again = await engine.call("importVersion", { bank: bank("moved"), file, use: true, ...warn });
    assert.equal(again.frames.kept, false);
    assert.match(
      again.frames.words,
      /left out: this bank has its own \(6 references, 1 accepted frame, 1 known defect\)/,
    );
    assert.equal(again.references, 6);

    await engine.call("importVersion", { bank: bank("other"), file });
    const undone = await engine.call("undo", { bank: bank("other") });
    assert.deepEqual([undone.undone, undone.references, undone.accepted, undone.defects], ["import", 0, 0, 0]);

    await engine.call("exportVersion", { bank: bank("line"), file, frames: false });
    const bare = await engine.call("importVersion", { bank: bank("bare"), file });
    assert.deepEqual([bare.references, bare.frames.words], [0, ""]);
  });

  it("refuses a file whose photos were altered, or are none", async () => {
    await learnt("honest", 2);
    const file = join(folder.path, "honest.safetensors");
    await engine.call("exportVersion", { bank: bank("honest"), file });
    const bytes = readFileSync(file);
    const at = bytes.indexOf(good[1]!.kind === "encoded" ? good[1]!.data : "");
    assert.ok(at > 0);
    bytes[at + 1000]! ^= 1;
    writeFileSync(file, bytes);
    const request = { bank: bank("victim"), file };
    assert.match(await refusal(engine.call("importVersion", request), "BAD_BANK"), /damaged or altered/);
    const text = Buffer.from("no picture");
    const kept = new Map([["kept.defects.000001", { dtype: "U8" as const, shape: [text.length], data: text }]]);
    await exportVersion(join(directory, "honest", "1.safetensors"), file, kept);
    assert.match(
      await refusal(engine.call("importVersion", request), "BAD_BANK"),
      /frame 1 of its known defects cannot be read/,
    );
    const picture = readFileSync(join(directory, "honest", "references", "000001.jpeg"));
    const unmasked = new Map([
      ["kept.accepted.000001", { dtype: "U8" as const, shape: [picture.length], data: picture }],
    ]);
    await exportVersion(join(directory, "honest", "1.safetensors"), file, unmasked);
    assert.match(await refusal(engine.call("importVersion", request), "BAD_BANK"), /which patches were accepted/);
    // An export would give a damaged version a hash that fits.
    const version = join(directory, "honest", "1.safetensors");
    const stored = readFileSync(version);
    stored[stored.length - 1]! ^= 1;
    writeFileSync(version, stored);
    await refusal(engine.call("exportVersion", { bank: bank("honest"), file }), "BAD_BANK");
    assert.equal((await state("victim")).versions.length, 0);
  });

  it("names a file's backbone so that another machine need not guess", async () => {
    const model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
    await learnt("recipe");
    await build("recipe", { backbone: { model, resolution: 112 } });
    const bundle = join(folder.path, "recipe.safetensors");
    const { needs } = await engine.call("exportVersion", { bank: bank("recipe"), file: bundle });
    assert.deepEqual([needs.recipe!.kind, needs.recipe!.model], ["file", "tiny.onnx"]);
    const elsewhere = join(folder.path, "elsewhere.onnx");
    copyFileSync(model, elsewhere);
    const request = { model: elsewhere, resolution: 112, description: needs.recipe!.description };
    const { needs: met } = await engine.call("importVersion", {
      bank: bank("recipe"),
      file: bundle,
      backbone: request,
      use: true,
    });
    assert.deepEqual(met.differs, []);
  });
});
