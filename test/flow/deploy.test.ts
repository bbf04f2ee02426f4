import assert from "node:assert/strict";
import childProcess, { type ChildProcess } from "node:child_process";
import type { ScoreResult } from "../../lib";
import { partJpeg } from "../support/pictures";
import { BACKBONE, BANK, buildBank, type FlowNode, FlowTest, TAB, until, WATCH } from "./harness";

const flow = (label: string): FlowNode[] => [
  { ...TAB, label },
  BACKBONE,
  BANK,
  { id: "node", type: "anomaly-score", z: "tab", bank: "bank", wires: [["out"]] },
  { id: "out", type: "helper", z: "tab" },
  ...WATCH,
];

describe("deploy", () => {
  let test: FlowTest;
  let good: Buffer;
  /** Engine processes started since the test began. */
  let started: ChildProcess[];
  const { fork } = childProcess;

  before(async () => {
    good = await partJpeg({ seed: 30 });
  });
  beforeEach(async () => {
    started = [];
    test = new FlowTest();
    await buildBank(test.banks);
    childProcess.fork = ((...args: Parameters<typeof fork>) => {
      const child = fork(...args);
      started.push(child);
      return child;
    }) as typeof fork;
  });
  afterEach(async () => {
    childProcess.fork = fork;
    await test.end();
  });

  it("keeps banks, the engine process and its models", async () => {
    await test.start(flow("0"));
    for (let i = 1; i <= 5; i++) {
      test.send({ payload: good });
      const { bank } = (await test.inbox("out").first()).anomaly as ScoreResult;
      assert.equal(bank.version, 1);
      await test.deploy(flow(String(i)));
    }
    assert.equal(started.length, 0);
  });

  it("does not stumble over frames that are under way", async () => {
    await test.start(flow("0"));
    for (let i = 1; i <= 5; i++) {
      for (let frame = 0; frame < 5; frame++) test.send({ payload: good });
      await test.deploy(flow(String(i)));
    }
    test.send({ payload: good, last: true });
    assert.equal((await test.inbox("out").first()).last, true);
    assert.deepEqual(test.inbox("caught").messages, []);
  });

  it("shows that the engine is being restarted, and scores the frame after it", async () => {
    // Nobody else uses this device, so its engine is started here.
    await test.start(flow("0").map((node) => (node.id === "backbone" ? { ...node, device: "cpu" } : node)));
    test.send({ payload: good });
    await test.inbox("out").take(1);
    assert.equal(started.length, 1);
    started[0]!.kill("SIGKILL");
    await until(() => test.statuses().includes("yellow ring status.restarting"));
    test.send({ payload: good });
    await test.inbox("out").take(2);
    assert.equal(started.length, 2);
    await until(() => test.statuses().at(-1)!.startsWith("green dot"));
  });
});
