import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Engine } from "../../lib/engine/requests";
import { refusal } from "../support/refusal";
import { backbone, texturedBanks } from "../support/textured-banks";

describe("what a bank learns of false alarms", () => {
  let engine: Engine;
  const { bank, build, score, accept, keepDefect, state, learnt, good, scratched } = texturedBanks((made) => {
    engine = made.engine;
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

  it("builds no version without a false alarm that was accepted while it was built, nor with one taken back", async () => {
    await learnt("meanwhile");
    const request = { bank: bank("meanwhile"), backbone, settings: { rotate: true } };
    /** The result of a build in whose middle something is done. */
    async function buildWhile(work: () => Promise<unknown>) {
      let done: Promise<unknown> | undefined;
      const built = await engine.call("build", request, { onProgress: () => (done ??= work()) });
      await done;
      return built;
    }
    const built = await buildWhile(() => accept("meanwhile", scratched[0]!));
    assert.equal(built.accepted, 1);
    assert.deepEqual([(await state("meanwhile")).version, built.version], [3, 3]);
    await engine.call("useVersion", { bank: bank("meanwhile"), version: 1 });
    await accept("meanwhile", scratched[1]!);
    assert.equal((await buildWhile(() => engine.call("undo", { bank: bank("meanwhile") }))).accepted, 1);
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
});
