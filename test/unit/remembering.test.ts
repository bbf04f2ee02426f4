import assert from "node:assert/strict";
import { remembering } from "../../nodes/shared/remembering";

describe("a node's translator", () => {
  let asked: string[];
  const translator = {
    _: (id: string, values: Record<string, string> = {}) => {
      asked.push(id);
      return `${id} ${Object.values(values).join()}`;
    },
  };

  beforeEach(() => {
    asked = [];
  });

  it("is asked once for a sentence that every frame's result has", () => {
    const words = remembering(translator);
    const said = [1, 2, 3].map(() => words._("sentence.rate", { percent: "5" }));
    assert.deepEqual([said, asked], [Array(3).fill("sentence.rate 5"), ["sentence.rate"]]);
  });

  it("tells sentences apart by their values", () => {
    const words = remembering(translator);
    const said = ["5", "6", "5"].map((percent) => words._("sentence.rate", { percent }));
    assert.deepEqual(said, ["sentence.rate 5", "sentence.rate 6", "sentence.rate 5"]);
  });

  it("forgets those of long ago, for values have no end", () => {
    const words = remembering(translator);
    for (let frame = 0; frame < 1000; frame++) words._("sentence.drift", { frame: String(frame) });
    words._("sentence.drift", { frame: "0" });
    words._("sentence.drift", { frame: "999" });
    assert.equal(asked.length, 1001);
  });
});
