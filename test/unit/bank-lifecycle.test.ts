import assert from "node:assert/strict";
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { exportVersion } from "../../lib/bank/store/export-version";
import type { Engine, RequestInput, Responses } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

type Image = RequestInput<"score">["image"];

/** 112 px of these pictures: a scratch scores some 500 times what good parts do. */
const backbone = { model: "texture", resolution: 112 };

describe("a bank's life", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let directory: string;
  const good: Image[] = [];
  const scratched: Image[] = [];

  before(async () => {
    folder = temporaryFolder();
    directory = join(folder.path, "banks");
    engine = acquireEngine({ device: "auto" });
    const picture = async (seed: number, scratch: boolean): Promise<Image> => ({
      kind: "encoded",
      data: await partJpeg({ seed, scratch }),
    });
    for (let seed = 1; seed <= 8; seed++) good.push(await picture(seed, false));
    for (let seed = 20; seed < 24; seed++) scratched.push(await picture(seed, true));
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const bank = (name: string) => ({ directory, name });
  const build = (name: string, more: Partial<RequestInput<"build">> = {}) =>
    engine.call("build", { bank: bank(name), backbone, settings: {}, ...more });
  const score = (name: string, image: Image) => engine.call("score", { bank: bank(name), backbone, image });
  const accept = (name: string, image: Image, more: Partial<RequestInput<"accept">> = {}) =>
    engine.call("accept", { bank: bank(name), backbone, image, ...more });
  const keepDefect = (name: string, image: Image) => engine.call("keepDefect", { bank: bank(name), backbone, image });
  const state = (name: string) => engine.call("bankState", { bank: bank(name) });
  async function learnt(name: string, references = 5): Promise<Responses["build"]> {
    for (const image of good.slice(0, references)) await engine.call("addReference", { bank: bank(name), image });
    return build(name);
  }
  const contents = (path: string) =>
    readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("hex")]);
  async function refusal(call: Promise<unknown>, code: string): Promise<string> {
    const thrown = await call.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError, `thrown: ${JSON.stringify(thrown)}`);
    assert.equal(thrown.code, code, thrown.message);
    return thrown.message;
  }

  it("loses no frame while versions are built, switched, rolled back and deleted", async () => {
    await learnt("busy");
    const seen: number[] = [];
    let changing = true;
    const line = async () => {
      while (changing) seen.push((await score("busy", good[seen.length % good.length]!)).bank.version);
    };
    const lines = [line(), line(), line()];
    const use = (version: number) => engine.call("useVersion", { bank: bank("busy"), backbone, version });
    try {
      await build("busy", { keepVersions: 2 });
      await build("busy", { keepVersions: 2 });
      await use(2);
      await engine.call("deleteVersion", { bank: bank("busy"), version: 3 });
      await build("busy");
      await engine.call("undo", { bank: bank("busy") });
      assert.equal((await score("busy", good[0]!)).bank.version, 2);
      await use(4);
      assert.equal((await score("busy", good[0]!)).bank.version, 4);
    } finally {
      changing = false;
    }
    // One lost would have thrown.
    await Promise.all(lines);
    assert.ok(seen.length > 20);
    for (const version of [1, 2, 3, 4]) assert.ok(seen.includes(version), `${version} in ${seen}`);
    const { entries } = await engine.call("auditLog", { bank: bank("busy") });
    assert.deepEqual(
      entries.slice(5).map(({ action, before, after }) => `${action} ${before} ${after}`),
      ["build null 1", "build 1 2", "build 2 3", "use 3 2", "delete 2 2", "build 2 4", "undo 4 2", "use 2 4"],
    );
  });

  it("adds a false alarm's faulty patches alone, and takes them back", async () => {
    const { patches, calibration } = await learnt("alarm");
    const actor = { by: "operator", message: "m7" };
    const told = await accept("alarm", scratched[0]!, { actor });
    assert.deepEqual([told.before, told.version], [1, 2]);
    assert.ok(told.added > 0 && told.added < 63, `${told.added} of 63 patches`);
    assert.ok(told.scores.before > told.threshold! && told.scores.after <= told.threshold!);
    const again = await score("alarm", scratched[0]!);
    assert.deepEqual([again.bank.version, again.score], [2, told.scores.after]);
    // The threshold stays where it is.
    assert.deepEqual(again.bank.calibration, calibration);
    const [, second] = (await state("alarm")).versions;
    assert.deepEqual([second!.patches, second!.accepted], [patches + told.added, 1]);
    assert.deepEqual(second!.origin, { kind: "ok", parent: 1, ...actor });
    const entry = (await engine.call("auditLog", { bank: bank("alarm"), limit: 1 })).entries[0]!;
    assert.deepEqual(
      [entry.action, entry.by, entry.message, entry.before, entry.after],
      ["ok", "operator", "m7", 1, 2],
    );
    assert.match(entry.frame!, /^[0-9a-f]{64}$/);
    const nothing = await accept("alarm", good[0]!);
    assert.deepEqual([nothing.added, nothing.version], [0, 2]);
    const undone = await engine.call("undo", { bank: bank("alarm") });
    assert.deepEqual([undone.undone, undone.version, undone.accepted], ["ok", 1, 0]);
    assert.equal((await score("alarm", scratched[0]!)).score, told.scores.before);
  });

  it("keeps accepted patches through a full build, with other settings too, until they are cleared", async () => {
    await learnt("kept");
    await accept("kept", scratched[0]!);
    const settings = { reduction: { method: "coreset" as const, keep: 0.5 }, neighbours: 2 };
    const rebuilt = await build("kept", { settings });
    assert.equal(rebuilt.accepted, 1);
    // Nothing of the scratch is left to be seen; the coreset alone lifts the scores of good parts.
    assert.ok((await score("kept", scratched[0]!)).score < Math.max(...rebuilt.calibration));
    // Another grid: the patches are found again by where they lie.
    const finer = { ...backbone, resolution: 224 };
    const other = await build("kept", { backbone: finer });
    const fine = await engine.call("score", { bank: bank("kept"), backbone: finer, image: scratched[0]! });
    assert.equal(other.accepted, 1);
    await engine.call("clear", { bank: bank("kept"), what: "accepted" });
    await build("kept", { backbone: finer });
    const strict = await engine.call("score", { bank: bank("kept"), backbone: finer, image: scratched[0]! });
    assert.ok(fine.score < strict.score / 2, `${fine.score} against ${strict.score}`);
  });

  it("learns a false alarm under the scorer subspace too, keeps it through a build, and unlearns it by undo", async () => {
    await learnt("flat");
    const settings = { scorer: "subspace" as const };
    const { patches, version, calibration } = await build("flat", { settings });
    const before = await Promise.all([...scratched, ...good].map((image) => score("flat", image)));
    const told = await accept("flat", scratched[0]!);
    assert.deepEqual([told.before, told.version, told.added > 0], [version, version + 1, true]);
    assert.ok(told.scores.after <= told.threshold! && told.scores.after < told.scores.before, told.words);
    const after = await Promise.all([...scratched, ...good].map((image) => score("flat", image)));
    assert.deepEqual(after[0]!.bank.calibration, calibration);
    for (const [i, { score: value }] of after.entries()) assert.ok(value <= before[i]!.score, `frame ${i}`);
    assert.deepEqual((await state("flat")).versions.map((each) => [each.patches, each.accepted]).slice(1), [
      [patches, 0],
      [patches + told.added, 1],
    ]);
    const rebuilt = await build("flat", { settings });
    assert.deepEqual([rebuilt.accepted, rebuilt.patches], [1, patches + told.added]);
    assert.equal((await score("flat", scratched[0]!)).score, told.scores.after);
    await engine.call("undo", { bank: bank("flat") });
    assert.equal((await engine.call("undo", { bank: bank("flat") })).undone, "ok");
    assert.equal((await score("flat", scratched[0]!)).score, told.scores.before);
    await keepDefect("flat", scratched[0]!);
    await refusal(accept("flat", scratched[0]!), "DEFECT_PASSES");
  });

  it("tries every change on the known defects and refuses one that would let one pass", async () => {
    await learnt("guarded");
    // The references are so alike that their own threshold would tell even a defect that was accepted.
    const guard = (mode: "refuse" | "warn" | "off") => ({ guard: { mode, threshold: 0.1 } });
    const kept = await keepDefect("guarded", scratched[0]!);
    assert.deepEqual([kept.defects, kept.caught], [1, true]);
    assert.equal((await keepDefect("guarded", scratched[0]!)).defects, 1);
    assert.match(
      await refusal(accept("guarded", scratched[1]!, guard("refuse")), "DEFECT_PASSES"),
      /defect 1 \(000001\.jpe?g\)/,
    );
    // As a reference it would teach the bank that scratches are good.
    await engine.call("addReference", { bank: bank("guarded"), image: scratched[2]! });
    await refusal(build("guarded", guard("refuse")), "DEFECT_PASSES");
    const { version, versions, accepted } = await state("guarded");
    assert.deepEqual([version, versions.length, accepted], [1, 1, 0]);
    const warned = await accept("guarded", scratched[1]!, guard("warn"));
    assert.deepEqual(
      warned.replay!.defects.map(({ number, passes }) => [number, passes]),
      [[1, true]],
    );
    assert.match(warned.replay!.words, /would pass/);
    // It passes already: going on from here is no step back.
    const { replay } = await engine.call("useVersion", {
      bank: bank("guarded"),
      backbone,
      version: 2,
      ...guard("refuse"),
    });
    assert.equal(replay!.defects[0]!.passes, true);
    await engine.call("useVersion", { bank: bank("guarded"), backbone, version: 1, ...guard("refuse") });
    const back = engine.call("useVersion", { bank: bank("guarded"), version: 2, ...guard("refuse") });
    // Without a backbone the version's own is used.
    await refusal(back, "DEFECT_PASSES");
    const bundle = join(folder.path, "lax.safetensors");
    await engine.call("exportVersion", { bank: bank("guarded"), version: 2, file: bundle });
    const request = { bank: bank("guarded"), file: bundle, use: true, ...guard("refuse") };
    await refusal(engine.call("importVersion", request), "DEFECT_PASSES");
    const { imported, version: still } = await engine.call("importVersion", { ...request, use: false });
    assert.deepEqual([imported, still], [3, 1]);
    await engine.call("useVersion", { bank: bank("guarded"), version: 2, ...guard("off") });
    assert.equal((await score("guarded", scratched[0]!)).bank.version, 2);
  });

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

  it("goes on from a copy of its folder", async () => {
    await learnt("original");
    await accept("original", scratched[0]!);
    cpSync(join(directory, "original"), join(folder.path, "elsewhere", "original"), { recursive: true });
    const moved = { bank: { directory: join(folder.path, "elsewhere"), name: "original" } };
    const { version, references, accepted } = await engine.call("bankState", moved);
    assert.deepEqual([version, references, accepted], [2, 5, 1]);
    const { version: built } = await engine.call("build", { ...moved, backbone, settings: {} });
    assert.equal(built, 3);
    for (const undone of ["build", "ok"]) assert.equal((await engine.call("undo", moved)).undone, undone);
    assert.equal((await state("original")).version, 2);
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

  it("compares two versions: settings, references, calibration, and what kept frames score", async () => {
    await learnt("compared");
    await keepDefect("compared", scratched[0]!);
    await engine.call("addReference", { bank: bank("compared"), image: good[5]! });
    await build("compared", { settings: { neighbours: 2 } });
    const facts = await engine.call("compareVersions", { bank: bank("compared"), versions: [1, 2] });
    assert.deepEqual(facts.settings, [{ setting: "neighbours", values: ["1", "2"] }]);
    assert.deepEqual(
      facts.versions.map(({ version, references }) => [version, references]),
      [
        [1, 5],
        [2, 6],
      ],
    );
    assert.deepEqual(
      facts.scores.map(({ kind, number }) => `${kind} ${number}`),
      [1, 2, 3, 4, 5, 6].map((number) => `reference ${number}`).concat("defect 1"),
    );
    const [, , , , , added, defect] = facts.scores;
    // The sixth was new to version 1, and is left out of version 2 to be scored: no score is that of a picture with itself.
    assert.ok(added!.scores.every((value) => value! > 1e-5));
    assert.deepEqual(defect!.passes, [false, false]);
    assert.equal(facts.words, "");
  });

  it("builds without a reference that is left out, and undo brings it back", async () => {
    for (const image of [...good.slice(0, 4), scratched[0]!])
      await engine.call("addReference", { bank: bank("left-out"), image });
    await build("left-out");
    const { file, references } = await engine.call("leaveOut", { bank: bank("left-out"), reference: 5 });
    assert.deepEqual([file, references], ["000005.jpeg", 4]);
    assert.equal((await build("left-out")).references, 4);
    // Numbers are those of the version in use, which has no fifth any more.
    for (const reference of [5, "000005.jpeg"])
      await assert.rejects(engine.call("leaveOut", { bank: bank("left-out"), reference }), /keeps no reference/);
    assert.equal((await engine.call("undo", { bank: bank("left-out") })).undone, "build");
    const back = await engine.call("undo", { bank: bank("left-out") });
    assert.deepEqual([back.undone, back.references, back.version], ["leave-out", 5, 1]);
    const { entries } = await engine.call("auditLog", { bank: bank("left-out") });
    assert.ok(entries.some(({ action, note }) => action === "leave-out" && note === "000005.jpeg"));
  });

  it("names near-duplicates and outliers among the references, and says when there are enough", async () => {
    for (const image of [...good.slice(0, 6), good[2]!, scratched[0]!])
      await engine.call("addReference", { bank: bank("odd"), image });
    const { findings } = await build("odd");
    assert.deepEqual(
      findings.duplicates.map(({ references, files }) => [references, files]),
      [
        [
          [3, 7],
          ["000003.jpeg", "000007.jpeg"],
        ],
      ],
    );
    assert.deepEqual(
      findings.outliers.map(({ reference, file }) => [reference, file]),
      [[8, "000008.jpeg"]],
    );
    const { x, y, width, height } = findings.outliers[0]!.region!;
    assert.ok(x >= 0 && y >= 0 && x + width <= 1 && y + height <= 1 && width * height < 0.5);
    const { references, last, words } = findings.learning!;
    assert.deepEqual([references, last], [8, 3]);
    assert.match(words, /^8 references, the last 3 changed the scores by \d+(\.\d+)? %: /);
    const [version] = (await state("odd")).versions;
    assert.deepEqual(version!.findings, findings);
  });
});
