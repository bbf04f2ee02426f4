import assert from "node:assert/strict";
import { acquireEngine, BUILT_IN } from "../../lib";
import {
  assertSentence,
  buildBank,
  type FlowNode,
  FlowTest,
  type Message,
  RESOLUTION,
  TAB,
  until,
  WATCH,
} from "./harness";

const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  {
    id: "node",
    name: "line 1",
    type: "anomaly-threshold",
    z: "tab",
    drift: false,
    wires: [["out"], ["out"], ["out"]],
    ...settings,
  },
  { id: "out", type: "helper", z: "tab" },
  ...WATCH,
];

interface Judged {
  threshold: number;
  verdict: string;
  falseRejectRate: { words: string; expected: number; promised: boolean };
  commissioned?: { parts: number; by: string; time: string };
  commissioning?: {
    state: string;
    parts: number;
    wanted: number;
    threshold?: { before: number; after: number };
    unlike?: number[];
    words: string;
  };
}
const judged = (message: Message) => message.anomaly as Judged;
/** Of good parts; the bank's threshold lies above them. */
let goodScores: number[];

describe("commissioning", () => {
  let test: FlowTest;
  /** Of the bank on disk. */
  let calibration: number[];
  beforeEach(async () => {
    test = new FlowTest();
    await buildBank(test.banks, "part", 4);
    calibration = (await ask("score")).bank.calibration;
    const least = Math.min(...calibration);
    goodScores = [0.9, 0.85, 0.99, 0.95, 0.97, 0.89, 0.93, 0.87].map((share) => share * least);
  });
  afterEach(() => test.end());

  async function ask(what: "score") {
    const engine = acquireEngine({ device: "auto" });
    try {
      const bank = { directory: test.banks, name: "part" };
      const { picture } = await engine.call("referencePicture", { bank, index: 0 });
      return await engine.call(what, {
        bank,
        backbone: { model: BUILT_IN, resolution: RESOLUTION },
        image: { kind: "encoded", data: picture },
      });
    } finally {
      engine.release();
    }
  }
  async function log() {
    const engine = acquireEngine({ device: "auto" });
    try {
      const { entries } = await engine.call("auditLog", { bank: { directory: test.banks, name: "part" } });
      return entries.filter(({ action }) => action === "commission");
    } finally {
      engine.release();
    }
  }
  const scored = (score: number, bank: object = {}): Message => ({
    anomaly: { score, bank: { name: "part", version: 1, calibration, ...bank } },
  });
  /** Frames that were judged, in order. */
  async function send(scores: readonly number[], bank: object = {}): Promise<Judged[]> {
    const before = test.inbox("out").messages.length;
    for (const score of scores) test.send(scored(score, bank));
    return (await test.inbox("out").take(before + scores.length)).slice(before).map(judged);
  }

  it("counts parts, shows what would change, and changes it only when that is accepted", async () => {
    await test.start(flow());
    const warnings = test.warnings();
    const usual = goodScores[0]!;
    const [before] = await send([usual]);
    test.send({ action: "commission", parts: 8, user: "Ada" });
    await until(() => test.statuses().at(-1) === "blue dot 0 of 8 parts");
    const first = await send(goodScores.slice(0, 7));
    assert.deepEqual(
      first.map(({ commissioning }) => [commissioning!.state, commissioning!.parts, commissioning!.wanted]),
      first.map((_, i) => ["collecting", i + 1, 8]),
    );
    await until(() => / of \S+ \u00b7 ok \u00b7 7 of 8 parts$/.test(test.statuses().at(-1)!));
    const [last] = await send(goodScores.slice(7));
    const { threshold, words, state } = last!.commissioning!;
    assert.equal(state, "proposed");
    assert.equal(threshold!.before, before!.threshold);
    assert.match(words, /8 parts would change the threshold from .* to .*commission-accept/);
    assert.ok(warnings().some((warning) => warning.includes(words)));
    await until(() => /^yellow ring part v1 \u00b7 \S+ \u2192 \S+ \u00b7 accept\?$/.test(test.statuses().at(-1)!));
    // Nothing has changed yet.
    assert.equal((await send([usual]))[0]!.threshold, before!.threshold);
    assert.deepEqual(await log(), []);

    test.send({ action: "commission-accept", user: { name: "Ben" } });
    await until(() => /^green dot \S+ \u2192 \S+$/.test(test.statuses().at(-1)!));
    const [entry] = await log();
    assert.equal(entry!.by, "Ben");
    assert.match(
      entry!.note!,
      /^version 1: threshold \S+ before, \S+ after, from 8 parts \(0 unlike the others\), balanced$/,
    );
    const { bank } = await ask("score");
    assert.deepEqual([bank.commissioned!.scores, bank.commissioned!.by], [goodScores, "Ben"]);
    const [after] = await send([usual], bank);
    assert.equal(after!.threshold, threshold!.after);
    assert.deepEqual([after!.commissioned!.parts, after!.commissioned!.by], [8, "Ben"]);
    assert.match(after!.falseRejectRate.words, /commissioned with 8 parts/);
    assert.equal(after!.commissioning, undefined);
  });

  it("counts no frame twice, none that says nothing of the part, and none of another bank", async () => {
    await test.start(flow({ unlike: "alone" }));
    test.send({ action: "commission", parts: 8 });
    await send([0.11, 0.11]);
    test.send({ anomaly: { ...(scored(0.12).anomaly as object), health: { state: "unlike", cause: "dark" } } });
    await test.inbox("out").take(3);
    await send([0.13], { name: "other" });
    const [seen] = await send([0.14]);
    assert.equal(seen!.commissioning!.parts, 2);
  });

  it("goes on where it was when its bank is renamed, and is kept with the bank under its new name", async () => {
    await test.start(flow());
    test.send({ action: "commission", parts: 8 });
    await send(goodScores.slice(0, 5));
    const renamed = await test.admin.post("/golden-sample/banks/part/rename").send({ to: "lid" });
    assert.equal(renamed.status, 200);
    const seen = await send(goodScores.slice(5), { name: "lid" });
    assert.equal(seen.at(-1)!.commissioning!.state, "proposed");
    test.send({ action: "commission-accept" });
    await until(() => /^green dot \S+ \u2192 \S+$/.test(test.statuses().at(-1)!));
  });

  it("goes on where it was after a restart, with the proposal, too", async () => {
    await test.start(flow());
    test.send({ action: "commission", parts: 8 });
    await send(goodScores.slice(0, 5));
    await test.deploy(flow());
    const seen = await send(goodScores.slice(5));
    assert.equal(seen.at(-1)!.commissioning!.state, "proposed");
    await test.deploy(flow());
    const [again] = await send([0.1]);
    assert.deepEqual(again!.commissioning!.threshold, seen.at(-1)!.commissioning!.threshold);
    test.send({ action: "commission-cancel" });
    assert.equal((await send([0.12]))[0]!.commissioning, undefined);
    assert.deepEqual(await log(), []);
  });

  it("keeps nothing of one build for another: the parts are forgotten, and an old threshold ends with a warning", async () => {
    await test.start(flow());
    const warnings = test.warnings();
    test.send({ action: "commission", parts: 8 });
    await send(goodScores.slice(0, 3));
    const [other] = await send([0.2], {
      version: 2,
      calibration: [0.3, 0.31, 0.32],
      lapsed: { version: 1, parts: 50 },
    });
    assert.equal(other!.commissioning, undefined);
    assert.ok(warnings().some((words) => /was built anew.*3 commissioned parts were forgotten/.test(words)));
    assert.ok(
      warnings().some((words) => /version 1 was commissioned with 50 parts.*references decide again/.test(words)),
    );
  });

  it("refuses to keep a threshold with a version that did not score the parts", async () => {
    await test.start(flow());
    test.send({ action: "commission", parts: 8 });
    calibration = [0.5, 0.6, 0.7, 0.8];
    await send(goodScores);
    test.send({ action: "commission-accept" });
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "BAD_REQUEST");
    assert.match((error as { message: string }).message, /another build/);
    assert.equal((await send([0.1]))[0]!.commissioning!.state, "proposed");
  });

  it("names parts that score far above the others, and lets them decide little", async () => {
    await test.start(flow());
    const clean = Array.from({ length: 40 }, (_, i) => 0.1 + 0.001 * i);
    test.send({ action: "commission", parts: 40 });
    const all = await send(clean);
    test.send({ action: "commission", parts: 40 });
    const spoiled = await send([...clean.slice(0, 38), 0.7, 0.9]);
    const [a, b] = [all, spoiled].map((each) => each.at(-1)!.commissioning!);
    assert.deepEqual([a!.unlike, b!.unlike], [[], [39, 40]]);
    assert.match(b!.words, /Parts 39, 40 score far above the others/);
    assert.ok(b!.threshold!.after < 1.2 * a!.threshold!.after, `${b!.threshold!.after}`);
  });

  it("is to be had from the dialog: progress, start, accept, cancel, by the user there", async () => {
    await test.start(flow());
    const path = "/golden-sample/thresholds/node";
    assert.deepEqual((await test.admin.get(path)).body, { commissioning: null });
    const started = await test.admin.post(`${path}/commission/start`).send({ parts: 8 });
    assert.equal((started.body.commissioning as { wanted: number }).wanted, 8);
    assert.equal((await test.admin.post(`${path}/commission/accept`)).status, 422);
    await send(goodScores);
    const shown = (await test.admin.get(path)).body.commissioning as { state: string };
    assert.equal(shown.state, "proposed");
    assert.deepEqual((await test.admin.post(`${path}/commission/accept`)).body, { commissioning: null });
    assert.equal((await log())[0]!.by, "editor");
    assert.equal((await test.admin.post(`${path}/commission/boil`)).status, 422);
    assert.equal((await test.admin.get("/golden-sample/thresholds/none")).status, 422);
  });

  for (const [what, settings, message] of [
    ["a node with a fixed threshold", { mode: "fixed", threshold: "0.5" }, { action: "commission" }],
    ["a node that waits for labels", { mode: "labels" }, { action: "commission" }],
    ["too few parts", {}, { action: "commission", parts: 3 }],
    ["half a part", {}, { action: "commission", parts: 8.5 }],
    ["to accept what is not there", {}, { action: "commission-accept" }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await test.start(flow(settings));
      test.send({ ...message });
      assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
    });
  }
});
