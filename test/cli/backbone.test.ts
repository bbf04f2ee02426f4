import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import { json, command as run } from "../support/command";
import { smallSet } from "./small-set";

describe("the command backbone", () => {
  const { at, tiny } = smallSet();

  it("says what is found out about a backbone, and takes it back as a description", async () => {
    const found = await run("backbone", ...tiny().slice(0, 4), "--json");
    assert.deepEqual([found.status, found.stderr], [0, ""]);
    const { size, outputs, patchSize } = json(found.lines[0]);
    assert.deepEqual([size, patchSize], [{ kind: "dynamic", multiple: 14 }, 14]);
    writeFileSync(at("description.json"), JSON.stringify({ size, outputs, mean: [0.5, 0.5, 0.5] }));
    const again = await run("backbone", ...tiny().slice(0, 4), "--description", at("description.json"));
    assert.match(again.stdout, /^outputs +\[\{"name":"last_hidden_state","kind":"tokens","leadingTokens":1/m);
    assert.match(again.stdout, /^mean +\[0\.5,0\.5,0\.5\]$/m);
    const fixed = await run(
      "backbone",
      ...tiny().slice(0, 4),
      "--description",
      '{"size": {"kind": "fixed", "height": 112, "width": 112}}',
    );
    assert.match(fixed.stdout, /--resolution has no effect/);
    for (const wrong of ['{"patch": 14}', "{", at("nowhere.json")]) {
      const { status, stderr } = await run("backbone", ...tiny().slice(0, 4), "--description", wrong);
      assert.equal(status, 2);
      assert.match(stderr, /--description/);
    }
  });
});
