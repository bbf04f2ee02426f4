import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Engine } from "../../lib/engine/requests";
import { backbone, texturedBanks } from "../support/textured-banks";

describe("a bank's life", () => {
  let engine: Engine;
  let directory: string;
  const { folder, bank, build, score, accept, keepDefect, state, learnt, good, scratched } = texturedBanks((made) => {
    ({ engine, directory } = made);
  });

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
