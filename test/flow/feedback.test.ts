import assert from "node:assert/strict";
import { existsSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { BankState, BuildResult, Responses, ScoreResult } from "../../lib";
import { partJpeg } from "../support/pictures";
import { assertSentence, BACKBONE, BANK, type FlowNode, FlowTest, type Message, TAB, until, WATCH } from "./harness";

const flow = (bank: Partial<FlowNode> = {}, build: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  { ...BANK, ...bank } as FlowNode,
  {
    id: "node",
    type: "anomaly-build",
    name: "teach",
    z: "tab",
    bank: "bank",
    mode: "control",
    property: "payload",
    wires: [["done"], []],
    ...build,
  },
  { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["judge"]] },
  { id: "judge", type: "anomaly-threshold", z: "tab", output: "unchanged", rate: "1", wires: [["judged"], ["judged"]] },
  { id: "judged", type: "helper", z: "tab" },
  { id: "done", type: "helper", z: "tab" },
  ...WATCH,
];

describe("feedback and versions by message", () => {
  let test: FlowTest;
  let good: Buffer[];
  let scratched: Buffer[];

  before(async () => {
    good = await Promise.all([1, 2, 3, 4, 5].map((seed) => partJpeg({ seed })));
    scratched = await Promise.all([20, 21].map((seed) => partJpeg({ seed, scratch: true })));
  });
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) console.log(test.inbox("caught").messages.map(({ error }) => error));
    await test.end();
  });

  let sent = 0;
  /** Sends an order and waits for its answer. */
  const order = async <T>(message: Message): Promise<T> => {
    test.send(message);
    return (await test.inbox("done").take(++sent))[sent - 1]!.payload as T;
  };
  async function learnt(bank: Partial<FlowNode> = {}): Promise<void> {
    sent = 0;
    await test.start(flow(bank));
    for (const payload of good) await order({ action: "add", payload });
    await order<BuildResult>({ action: "build" });
  }
  const isOver = ({ anomaly }: Message) => (anomaly as { over: boolean }).over;
  let looked = 0;
  const judged = async (payload: Buffer): Promise<Message> => {
    if (test.inbox("judged").messages.length === 0) looked = 0;
    test.send({ payload }, "score");
    return (await test.inbox("judged").take(++looked))[looked - 1]!;
  };

  it("learns a false alarm by ok, with who said so, and unlearns it by undo", async () => {
    await learnt();
    const alarm = await judged(scratched[0]!);
    assert.ok(isOver(alarm));
    const told = await order<Responses["accept"]>({ ...alarm, action: "ok", user: { username: "maria" } });
    assert.deepEqual([told.before, told.version, told.added > 0], [1, 2, true]);
    assert.equal(told.threshold, (alarm.anomaly as { threshold: number }).threshold);
    const again = await judged(scratched[0]!);
    assert.deepEqual([isOver(again), (again.anomaly as ScoreResult).bank.version], [false, 2]);
    await until(() => test.statuses().at(-1) === "green dot part v2 \u00b7 5 references");
    const undone = await order<Responses["undo"]>({ action: "undo" });
    assert.deepEqual([undone.undone, undone.version], ["ok", 1]);
    assert.ok(isOver(await judged(scratched[0]!)));
    const { entries } = await order<Responses["auditLog"]>({ action: "log", limit: 2 });
    assert.deepEqual(
      entries.map(({ action, by, message, before, after }) => [action, by, message, before, after]),
      [
        ["ok", "maria", alarm._msgid, 1, 2],
        ["undo", "teach", entries[1]!.message, 2, 1],
      ],
    );
  });

  it("keeps a known defect and refuses, or warns of, what would let it pass", async () => {
    await learnt();
    const alarm = await judged(scratched[0]!);
    const kept = await order<Responses["keepDefect"]>({ ...alarm, action: "defect" });
    assert.deepEqual([kept.defects, kept.caught], [1, true]);
    test.send({ ...(await judged(scratched[1]!)), action: "ok" });
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "DEFECT_PASSES");
    await test.deploy(flow({ guard: "warn" }));
    sent = 0;
    const warnings = test.warnings();
    const told = await order<Responses["accept"]>({ ...(await judged(scratched[1]!)), action: "ok" });
    assert.equal(told.replay!.defects[0]!.passes, true);
    await until(() => warnings().some((words) => /Known defect 1 .* would pass/.test(words)));
  });

  it("lists, compares, switches, exports, imports and deletes", async () => {
    await learnt();
    await order({ action: "build" });
    const { before, version } = await order<Responses["useVersion"]>({ action: "use", version: 1 });
    assert.deepEqual([before, version], [2, 1]);
    assert.equal(((await judged(good[0]!)).anomaly as ScoreResult).bank.version, 1);
    const compared = await order<Responses["compareVersions"]>({ action: "compare", versions: [1, 2] });
    assert.deepEqual([compared.settings, compared.scores.length], [[], 5]);
    const filename = "part.safetensors";
    const file = join(realpathSync(test.userDir), "golden-sample", "exchange", filename);
    const out = await order<Responses["exportVersion"]>({ action: "export", version: 2, filename });
    assert.deepEqual([out.file, out.bytes], [file, readFileSync(file).length]);
    const { data, frames } = await order<{ data: Buffer; frames: object }>({ action: "export", frames: false });
    assert.deepEqual(
      [out.frames, frames],
      [
        { references: 5, accepted: 0, defects: 0 },
        { references: 0, accepted: 0, defects: 0 },
      ],
    );
    assert.ok(data.equals(readFileSync(join(test.banks, "part", "1.safetensors"))));
    const taken = await order<Responses["importVersion"]>({ action: "import", payload: data, bank: "copy" });
    assert.deepEqual([taken.name, taken.imported, taken.version, taken.needs.differs], ["copy", 1, 1, []]);
    const more = await order<Responses["importVersion"]>({ action: "import", filename, use: true });
    assert.deepEqual([more.imported, more.version], [3, 3]);
    assert.match(more.frames.words, /5 references, left out: this bank has its own/);
    const fresh = await order<Responses["importVersion"]>({ action: "import", filename, bank: "fresh" });
    assert.deepEqual([fresh.references, fresh.frames.kept], [5, true]);
    await order({ action: "delete", version: 2 });
    const { versions } = await order<BankState>({ action: "status" });
    assert.deepEqual(
      versions.map(({ version: number }) => number),
      [1, 3],
    );
    assert.ok(!existsSync(join(test.banks, "part", "2.safetensors")));
  });

  it("says what is wrong with an order, and goes on", async () => {
    await learnt({ version: "1" });
    const scored = await judged(scratched[0]!);
    const orders: Message[] = [
      { action: "ok", payload: scratched[0] },
      { ...scored, action: "ok", payload: true },
      { ...scored, action: "ok", bank: "other" },
      { action: "use" },
      { action: "use", version: "latest" },
      { action: "delete", version: 1 },
      { action: "compare", versions: [1] },
      { action: "import", payload: "text" },
      { action: "clear", what: "everything" },
    ];
    for (const message of orders) test.send(message);
    for (const { error } of await test.inbox("caught").take(orders.length)) assertSentence(error, "BAD_REQUEST");
    test.send({ action: "import", payload: Buffer.from("no bank") });
    assertSentence((await test.inbox("caught").take(orders.length + 1)).at(-1)!.error, "BAD_BANK");
    const { version } = await order<BankState>({ action: "status" });
    assert.equal(version, 1);
  });

  it("reads and writes files that a message names in the exchange folder only", async () => {
    await test.start(flow({}, { exchange: "handover" }));
    sent = 0;
    for (const payload of good.slice(0, 2)) await order({ action: "add", payload });
    await order({ action: "build" });
    const { file } = await order<Responses["exportVersion"]>({ action: "export", filename: "v/1.safetensors" });
    assert.equal(file, join(realpathSync(test.userDir), "handover", "v", "1.safetensors"));
    symlinkSync(test.userDir, join(test.userDir, "handover", "up"));
    const outside = ["../x", join(test.userDir, "x"), file, "up/x"];
    const orders = outside.flatMap((filename) => [
      { action: "export", filename },
      { action: "import", filename },
    ]);
    for (const message of orders) test.send(message);
    for (const { error } of await test.inbox("caught").take(orders.length)) assertSentence(error, "BAD_REQUEST");
    assert.ok(!existsSync(join(test.userDir, "x")));
  });

  it("names doubtful references in a warning, and in the result", async () => {
    await test.start(flow());
    sent = 0;
    const warnings = test.warnings();
    for (const payload of [...good, good[1]!, scratched[0]!]) await order({ action: "add", payload });
    const { findings } = await order<BuildResult>({ action: "build" });
    assert.deepEqual(findings.duplicates[0]!.references, [2, 6]);
    assert.equal(findings.outliers[0]!.reference, 7);
    assert.match(findings.learning!.words, /7 references, the last 2/);
    await until(() => warnings().length === 2);
    assert.match(warnings().join("\n"), /reference 7 .* from the left and .*does not decide the threshold/);
    const without = await order<BuildResult & { leftOut: string }>({ action: "leave-out", reference: 7 });
    assert.deepEqual([without.leftOut, without.references, without.findings.outliers], ["000007.jpeg", 6, []]);
    test.send({ action: "leave-out" });
    assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
    assert.match(
      warnings().join("\n"),
      /references 2 \(000002\.jpeg\) and 6 .*\n.*reference 7 \(000007\.jpeg\) is unlike/,
    );
  });
});
