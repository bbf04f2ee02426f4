import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Lru } from "../../lib/engine/caches";

describe("a byte budget", () => {
  it("forgets what was not used for longest once all is too large", () => {
    const budget = new Lru<string>(100);
    budget.set("a", "a", 40);
    budget.set("b", "b", 40);
    assert.equal(budget.get("a"), "a");
    budget.set("c", "c", 40);
    assert.deepEqual([budget.get("a"), budget.get("b"), budget.get("c")], ["a", undefined, "c"]);
    assert.equal(budget.size, 80);
  });

  it("keeps what is larger than the budget, alone", () => {
    const budget = new Lru<string>(100);
    budget.set("a", "a", 40);
    budget.set("b", "b", 400);
    assert.deepEqual([budget.get("a"), budget.get("b"), budget.size], [undefined, "b", 400]);
    budget.set("c", "c", 40);
    assert.deepEqual([budget.get("b"), budget.size], [undefined, 40]);
  });

  it("takes a size that is known later, but not for another value", () => {
    const budget = new Lru<string>(100);
    budget.set("a", "a", 10);
    budget.set("b", "b", 10);
    budget.resize("b", "b", 95);
    assert.deepEqual([budget.get("a"), budget.size], [undefined, 95]);
    budget.resize("b", "old", 5);
    budget.delete("b", "old");
    assert.equal(budget.size, 95);
    budget.delete("b", "b");
    budget.resize("b", "b", 5);
    assert.equal(budget.size, 0);
  });
});
