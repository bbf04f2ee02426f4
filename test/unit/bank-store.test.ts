import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readBundle, readBundleMetadata, writeBundle } from "../../lib/bank/file/bundle";
import type { Commissioning } from "../../lib/bank/memory-bank";
import { packFrames } from "../../lib/bank/store/bundled-frames";
import { exportVersion } from "../../lib/bank/store/export-version";
import { deleteBank, renameBank } from "../../lib/bank/store/retire";
import { BankStore } from "../../lib/bank/store/store";
import { GoldenSampleError } from "../../lib/errors";
import { plain } from "../../lib/sentence";
import { smallBank } from "../support/small-bank";
import { temporaryFolder } from "../support/temporary";

const actor = { by: "operator", message: "m1" };
const options = { actor, keepVersions: 10 };
const png = (text: string) => Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.from(text)]);

describe("a bank's store", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: BankStore;
  beforeEach(() => {
    folder = temporaryFolder();
    store = new BankStore(folder.path, "part");
  });
  afterEach(() => folder.remove());

  const at = (...parts: string[]) => join(folder.path, "part", ...parts);
  const active = async () => (await store.state()).version;
  async function refusal(work: Promise<unknown>, code: string): Promise<string> {
    const thrown = await work.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.message, /: .*\.$/);
    return thrown.message;
  }

  it("takes a version into use and back, and notes who did it", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(1, { by: "night shift" });
    assert.equal(await active(), 1);
    await store.use(1, { by: "night shift" });
    assert.equal(await store.undo(actor), "use");
    assert.equal(await active(), 3);
    const log = await store.audit.read(10);
    assert.deepEqual(
      log.map(({ action, by, before, after }) => [action, by, before, after]),
      [
        ["build", "operator", null, 1],
        ["build", "operator", 1, 2],
        ["build", "operator", 2, 3],
        ["use", "night shift", 3, 1],
        ["undo", "operator", 1, 3],
      ],
    );
    assert.equal(log[0]!.message, "m1");
    await refusal(store.use(7, actor), "BANK_NOT_BUILT");
  });

  it("deletes no version that is in use or set in a node", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    assert.match(await refusal(store.delete(3, [], actor), "BAD_REQUEST"), /in use/);
    assert.match(await refusal(store.delete(2, [2], actor), "BAD_REQUEST"), /set in a node/);
    await store.delete(1, [2], actor);
    assert.deepEqual(
      (await store.state()).versions.map(({ version }) => version),
      [2, 3],
    );
    await refusal(store.delete(1, [], actor), "BANK_NOT_BUILT");
  });

  describe("commissioned", () => {
    const commissioning = (after: number): Commissioning => ({
      scores: [0.1, 0.2],
      mode: "balanced",
      threshold: { before: 0.5, after },
      by: "operator",
      time: "2026-01-02T00:00:00.000Z",
    });
    const kept = async (version: number) => (await readBundleMetadata(store.versionFile(version))).commissioning;

    it("keeps with a version what its threshold was set from, by whom and when, notes both, and takes it back", async () => {
      await store.save(smallBank(), options);
      await store.commission(1, commissioning(0.4), { by: "night shift" }, "0.5 before, 0.4 after");
      await store.commission(1, commissioning(0.3), actor, "0.4 before, 0.3 after");
      assert.deepEqual(await kept(1), commissioning(0.3));
      assert.deepEqual(
        (await store.audit.read(2)).map(({ action, by, note }) => [action, by, note]),
        [
          ["commission", "night shift", "0.5 before, 0.4 after"],
          ["commission", "operator", "0.4 before, 0.3 after"],
        ],
      );
      assert.equal(await store.undo(actor), "commission");
      assert.deepEqual(await kept(1), commissioning(0.4));
      await store.undo(actor);
      assert.equal(await kept(1), undefined);
      assert.equal(await active(), 1);
    });

    it("hands it on to no other build, which says what has ended", async () => {
      await store.save(smallBank(), options);
      await store.commission(1, commissioning(0.4), actor, "");
      await store.save(smallBank(), options);
      await store.save(smallBank(), options);
      const facts = await Promise.all([2, 3].map((version) => readBundleMetadata(store.versionFile(version))));
      for (const { commissioning: none, lapsedCommissioning } of facts)
        assert.deepEqual([none, lapsedCommissioning], [undefined, { version: 1, parts: 2 }]);
      await store.use(1, actor);
      assert.deepEqual(await kept(1), commissioning(0.4));
    });

    it("is undone where its version was pruned meanwhile, too", async () => {
      for (let i = 0; i < 2; i++) await store.save(smallBank(), options);
      await store.commission(1, commissioning(0.4), actor, "");
      await store.delete(1, [], actor);
      assert.equal(await store.undo(actor), "commission");
    });
  });

  it("prunes neither the version in use nor one set in a node", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(2, actor);
    await store.save(smallBank(), { ...options, keepVersions: 1, pinned: [1] });
    assert.deepEqual(
      (await store.state()).versions.map(({ version }) => version),
      [1, 2, 4],
    );
  });

  it("saves nothing where the trial fails", async () => {
    await store.save(smallBank(), options);
    const trial = async () => {
      throw new GoldenSampleError("DEFECT_PASSES", plain("Refused: no."));
    };
    await refusal(store.save(smallBank(), { ...options, trial }), "DEFECT_PASSES");
    await refusal(
      store.saveAccepted(smallBank(), png("a"), { rows: 1, cols: 1, data: Buffer.of(1) }, { ...options, trial }),
      "DEFECT_PASSES",
    );
    const { version, versions, accepted } = await store.state();
    assert.deepEqual([version, versions.length, accepted], [1, 1, 0]);
    assert.equal((await store.audit.read(10)).length, 1);
    assert.ok(!readdirSync(at()).some((name) => name.startsWith("2.")));
  });

  it("goes on with the audit log where the state is damaged", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(2, actor);
    for (const damage of ["", '{"active": 3, "cle', '{"active": "three"}']) {
      writeFileSync(at("state.json"), damage);
      // Not the newest: somebody chose this one.
      assert.equal(await active(), 2);
      assert.equal(await store.resolve(), 2);
    }
    await store.addReference(png("a"), undefined, actor);
    assert.equal(await active(), 2);
    const actions = (await store.audit.read(2)).map(({ action }) => action);
    assert.deepEqual(actions, ["recover", "add"]);
    assert.doesNotThrow(() => JSON.parse(readFileSync(at("state.json"), "utf8")));
  });

  it("says what to do where the audit log is gone, too", async () => {
    mkdirSync(at(), { recursive: true });
    await writeBundle(at("1.safetensors"), smallBank());
    assert.equal(await active(), 1);
    writeFileSync(at("state.json"), "{");
    assert.match(await refusal(store.state(), "BAD_BANK"), /state\.json is damaged/);
  });

  it("reads past lines of the audit log that a crash cut off", async () => {
    await store.save(smallBank(), options);
    appendFileSync(at("audit.jsonl"), '{"time": "2026-01');
    await store.save(smallBank(), options);
    assert.deepEqual(
      (await store.audit.read(10)).map(({ after }) => after),
      [1, 2],
    );
  });

  it("survives a crash between two steps of a change", async () => {
    await store.save(smallBank(), options);
    // A version written, its switch not made: the temporary file of one, the whole file of another.
    writeFileSync(at("2.safetensors.abcd1234.tmp"), "half");
    await writeBundle(at("2.safetensors"), smallBank());
    writeFileSync(at("state.json.abcd1234.tmp"), "{");
    assert.equal(await active(), 1);
    assert.equal(await store.save(smallBank(), options), 3);
    await store.undo(actor);
    assert.equal(await active(), 1);
  });

  it("takes files that are there and cannot be read for none that are missing", async () => {
    await store.addReference(png("a"), undefined, actor);
    // Read as such by nobody, whatever rights the tests run with.
    const unreadable = (name: string) => symlinkSync(basename(name), at(name));
    renameSync(at("references"), at("kept"));
    unreadable("references");
    await assert.rejects(store.addReference(png("b"), undefined, actor), { code: "ELOOP" });
    await assert.rejects(store.state(), { code: "ELOOP" });
    rmSync(at("references"));
    renameSync(at("kept"), at("references"));
    unreadable("references/000001.mask.json");
    await assert.rejects(store.references.read("000001.png"), { code: "ELOOP" });
  });

  it("brings cleared frames back once, also when asked again after a crash", async () => {
    await store.addReference(png("a"), undefined, actor);
    await store.clear("references", actor);
    const state = readFileSync(at("state.json"));
    await store.undo(actor);
    // The crash came before the state was written.
    writeFileSync(at("state.json"), state);
    assert.equal(await store.undo(actor), "clear");
    const { references, cleared } = await store.state();
    assert.deepEqual([references, cleared], [1, false]);
  });

  it("sets accepted frames aside with the references, and known defects only when told", async () => {
    const mask = { rows: 1, cols: 2, data: Buffer.of(0, 1) };
    await store.addReference(png("a"), undefined, actor);
    await store.saveAccepted(smallBank(), png("b"), mask, options);
    await store.addDefect(png("c"), undefined, actor);
    await store.clear("references", actor);
    const counts = async () => {
      const { references, accepted, defects } = await store.state();
      return [references, accepted, defects];
    };
    assert.deepEqual(await counts(), [0, 0, 1]);
    await store.clear("defects", actor);
    assert.deepEqual(await counts(), [0, 0, 0]);
    const undone = [await store.undo(actor), await store.undo(actor)];
    assert.deepEqual(undone, ["clear", "clear"]);
    assert.deepEqual(await counts(), [1, 1, 1]);
    assert.deepEqual([await store.undo(actor), await store.undo(actor)], ["defect", "ok"]);
    assert.deepEqual(await counts(), [1, 0, 0]);
    assert.equal(await active(), undefined);
  });

  it("takes away what was set aside over 30 days ago, unless undo can still bring it back", async () => {
    await store.addReference(png("one"), undefined, actor);
    await store.clear("references", actor);
    // As if that had been long ago.
    const old = `cleared-${Date.now() - 31 * 86_400_000}-0000`;
    const { folder: set } = JSON.parse(readFileSync(at("state.json"), "utf8")).journal.at(-1);
    renameSync(at(set), at(old));
    writeFileSync(at("state.json"), readFileSync(at("state.json"), "utf8").replace(set, old));
    for (const name of [`${old}1`, `cleared-${Date.now()}-0002`]) mkdirSync(at(name));
    await store.addDefect(png("two"), undefined, actor);
    const left = readdirSync(at()).filter((name) => name.startsWith("cleared-"));
    assert.ok(
      left.includes(old) && !left.includes(`${old}1`) && left.some((name) => name.endsWith("-0002")),
      String(left),
    );
    for (const undone of ["defect", "clear"]) assert.equal(await store.undo(actor), undone);
    assert.deepEqual(await store.references.list(), ["000001.png"]);
  });

  it("goes on with the newest whole version where the one in use is gone, and says so", async () => {
    for (let i = 0; i < 4; i++) await store.save(smallBank(), options);
    rmSync(at("4.safetensors"));
    truncateSync(at("3.safetensors"), readFileSync(at("3.safetensors")).length - 4);
    assert.equal(await store.resolve(), 2);
    const { version, missing, versions } = await store.state();
    assert.deepEqual([version, missing, versions.map((facts) => facts.version)], [2, 4, [1, 2]]);
    // A read writes nothing: the file may come back.
    assert.equal(JSON.parse(readFileSync(at("state.json"), "utf8")).active, 4);
    assert.equal(await store.save(smallBank(), options), 5);
    const log = (await store.audit.read(2)).map(({ action, before, after, note }) => [action, before, after, note]);
    assert.deepEqual(log, [
      ["recover", 2, 2, "version 4 is missing, version 2 is the newest whole one"],
      ["build", 2, 5, "version 5"],
    ]);
    const after = await store.state();
    assert.deepEqual([after.version, after.missing], [5, undefined]);
  });

  it("is no new bank where every version of it is gone", async () => {
    await store.save(smallBank(), options);
    rmSync(at("1.safetensors"));
    const { version, missing } = await store.state();
    assert.deepEqual([version, missing], [undefined, 1]);
    assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /has lost version 1/);
  });

  it("exports a version whole or not at all", async () => {
    await store.save(smallBank(), options);
    const target = join(folder.path, "out", "bank.safetensors");
    const bytes = await exportVersion(store.versionFile(1), target);
    assert.equal(readFileSync(target).length, bytes);
    assert.equal((await readBundle(target)).metadata.references, 2);
    truncateSync(target, 10);
    await assert.rejects(readBundle(target));
    writeFileSync(join(folder.path, "file"), "");
    await refusal(exportVersion(store.versionFile(1), join(folder.path, "file", "bank.safetensors")), "BAD_REQUEST");
    assert.ok(!existsSync(join(folder.path, "out", "bank.safetensors.tmp")));
  });

  it("exports no folder of the machine that it was built on", async () => {
    const bank = smallBank();
    const [first, second] = ["/home/me/photos/a.png", "C:\\photos\\b.png"];
    bank.metadata.sources = [first, second].map((file) => ({ file: file!, sha256: "0".repeat(64) }));
    bank.metadata.findings = {
      duplicates: [{ references: [1, 2], files: [first!, second!] }],
      outliers: [{ reference: 1, file: first!, score: 1, z: 4 }],
    };
    bank.metadata.backbone.id = "/srv/models/vit.onnx";
    await store.save(bank, options);
    const target = join(folder.path, "bank.safetensors");
    await exportVersion(store.versionFile(1), target);
    assert.doesNotMatch(readFileSync(target, "latin1"), /photos|srv/);
    const { metadata } = await readBundle(target);
    assert.deepEqual(
      [metadata.sources!.map(({ file }) => file), metadata.backbone.id],
      [["a.png", "b.png"], "vit.onnx"],
    );
    assert.deepEqual(metadata.findings!.duplicates[0]!.files, ["a.png", "b.png"]);
  });

  it("is this user's alone, its exports too", async function () {
    if (process.platform === "win32") this.skip();
    await store.addReference(png("a"), { rows: 1, cols: 1, data: Buffer.of(1) }, actor);
    await store.save(smallBank(), options);
    const target = join(folder.path, "out", "bank.safetensors");
    // As an earlier version of this package left it.
    chmodSync(at("1.safetensors"), 0o644);
    await exportVersion(store.versionFile(1), target);
    await store.save(smallBank(), options);
    const mode = (path: string) => statSync(path).mode & 0o777;
    assert.deepEqual([mode(at()), mode(at("references")), mode(target)], [0o700, 0o700, 0o600]);
    for (const name of ["2.safetensors", "state.json", "audit.jsonl", "references/000001.png"])
      assert.equal(mode(at(name)), 0o600, name);
  });

  it("packs no more photos than one file takes, and passes over one that was taken back meanwhile", async () => {
    await store.addReference(png("one"), undefined, actor);
    await store.addReference(png("two"), undefined, actor);
    const { list } = store.references;
    store.references.list = async () => [...(await list.call(store.references)), "000003.png"];
    assert.deepEqual((await packFrames(store)).counts, { references: 2, accepted: 0, defects: 0 });
    // Not touched, so it takes no memory.
    const image = Buffer.alloc(2 ** 29 + 1);
    store.references.read = async (file) => ({ file, image, mask: undefined });
    assert.match(await refusal(packFrames(store), "BAD_REQUEST"), /more than 1024 MiB.*export it without frames/);
  });

  describe("under another name", () => {
    let to: BankStore;
    beforeEach(async () => {
      to = new BankStore(folder.path, "lid");
      await store.addReference(png("a"), undefined, actor);
      for (let i = 0; i < 2; i++) await store.save(smallBank(), options);
      await store.use(1, actor);
    });

    it("is all that it was, and where it was says what became of it and learns nothing anew", async () => {
      await renameBank(store, to, { by: "shift" });
      const { version, versions, references } = await to.state();
      assert.deepEqual([version, versions.length, references], [1, 2, 1]);
      assert.equal((await readBundleMetadata(to.versionFile(2))).name, "lid");
      assert.ok(!existsSync(join(to.root, "lock")));
      // As a build node asks before it learns by itself.
      const left = await store.state();
      assert.deepEqual([left.version, left.missing, left.versions.length], [undefined, 1, 0]);
      assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /renamed to "lid" by shift/);
      assert.equal((await to.audit.read(1))[0]!.action, "rename");
      // And back, over the note.
      await renameBank(to, store, actor);
      assert.deepEqual([await active(), (await store.state()).references], [1, 1]);
    });

    it("takes no name that another bank has, its own in other letters included", async () => {
      await to.save(smallBank(), options);
      assert.match(await refusal(renameBank(store, to, actor), "BAD_REQUEST"), /already/);
      await refusal(renameBank(store, new BankStore(folder.path, "Part"), actor), "BAD_REQUEST");
      assert.equal(await active(), 1);
      await refusal(renameBank(new BankStore(folder.path, "nothing"), to, actor), "BAD_REQUEST");
    });

    it("is deleted for good, with a note where nodes are set to it", async () => {
      await deleteBank(store, true, { by: "shift" });
      assert.equal((await store.state()).missing, 1);
      assert.deepEqual(readdirSync(store.root).sort(), ["audit.jsonl", "state.json"]);
      assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /deleted by shift/);
      // It can be begun again there, with numbers of its own.
      await store.addReference(png("b"), undefined, actor);
      assert.equal(await store.save(smallBank(), options), 3);
      await deleteBank(store, false, actor);
      assert.ok(!existsSync(store.root));
    });
  });

  it("makes no change that it cannot note", async () => {
    await store.save(smallBank(), options);
    const audit = readFileSync(at("audit.jsonl"));
    // A folder in the log's place cannot be written to.
    rmSync(at("audit.jsonl"));
    mkdirSync(at("audit.jsonl"));
    await refusal(store.save(smallBank(), options), "BAD_BANK");
    assert.equal(await active(), 1);
    rmSync(at("audit.jsonl"), { recursive: true });
    writeFileSync(at("audit.jsonl"), audit);
    assert.equal(await active(), 1);
  });
});
