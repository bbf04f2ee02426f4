import assert from "node:assert/strict";
import { brokenNative, withNative } from "../support/fake-native";
import { partJpeg } from "../support/pictures";
import { BACKBONE, BANK, buildBank, FlowTest, TAB, until, WATCH } from "./harness";

describe("a flow where the native runtime does not load", () => {
  const flow = new FlowTest();
  after(() => flow.end());

  it("gives verdicts, in yellow and with the reason in the log and the message", async () => {
    await buildBank(flow.banks);
    // A budget of its own, so that no engine of the other tests is shared.
    const backbone = { ...BACKBONE, memory: "900" };
    const score = { id: "node", type: "anomaly-score", z: "tab", bank: "bank", wires: [["out"]] };
    const out = { id: "out", type: "helper", z: "tab" };
    await withNative(brokenNative(flow.userDir, "throws"), async () => {
      await flow.start([TAB, backbone, BANK, score, out, ...WATCH]);
      await until(() => flow.statuses().includes("yellow ring part v1 \u00b7 portable"));
      flow.send({ payload: await partJpeg({ seed: 9 }) });
      const { anomaly } = await flow.inbox("out").first();
      const { score: value, runtime } = anomaly as { score: number; runtime: { name: string; reason: string } };
      assert.ok(value > 0);
      assert.equal(runtime.name, "portable");
      assert.match(runtime.reason, /it fell apart.*: .*\.$/);
      await until(() => /^yellow ring part v1 \u00b7 [\d.]+ \u00b7 portable$/.test(flow.statuses().at(-1) ?? ""));
      assert.deepEqual(flow.warnings()(), [runtime.reason]);
    });
  });
});
