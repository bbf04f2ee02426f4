import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Engine } from "../../lib/engine/requests";
import { refusal } from "../support/refusal";
import { backbone, texturedBanks } from "../support/textured-banks";

describe("a bank's known defects", () => {
  let engine: Engine;
  const { folder, bank, build, score, accept, keepDefect, state, learnt, scratched } = texturedBanks((made) => {
    engine = made.engine;
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
});
