import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../lib/random";
import { partJpeg } from "../support/pictures";
import { BACKBONE, BANK, buildBank, type FlowNode, FlowTest, type Message, TAB, until } from "./harness";

const ODD = [
  ...[undefined, null, 0, -1, 0.5, 1e9, Number.NaN, Number.POSITIVE_INFINITY, 1n, true, "", "part", "../x", "\0", "ok"],
  ...[[], {}, [{}], { rows: 2 }, Buffer.alloc(3), Symbol("x"), () => 1, new Map([[1, 2]]), new Date(Number.NaN)],
];
const PROPERTIES = [
  ...["payload", "bank", "mask", "action", "anomaly", "threshold", "topic", "filename", "version", "label", "actor"],
  ...["deadline", "station", "parts", "reset", "recipe", "complete"],
];
const ACTIONS = ["defect", "ok", "undo", "use", "delete", "export", "import", "leave-out", "cancel", "clear", "state"];
const NODES: FlowNode[] = [
  { id: "score", type: "anomaly-score", bank: "bank", property: "payload", regions: true, overlay: true },
  { id: "mask", type: "anomaly-mask", backbone: "backbone", property: "payload", foreground: "auto" },
  { id: "threshold", type: "anomaly-threshold", mode: "balanced", output: "verdict", frames: "1" },
  { id: "batch", type: "anomaly-batch", backbone: "backbone", property: "payload", size: "2", patience: "0.2" },
  { id: "build", type: "anomaly-build", bank: "bank", property: "payload", frames: "3" },
  { id: "station", type: "anomaly-station" },
];
const ROUNDS = 40;

/** Every message that comes to a node goes on, or is reported to Catch nodes in a sentence; both, or neither, is a bug. */
describe("messages and admin requests that were made to do harm", () => {
  let test: FlowTest;
  const watched = NODES.map((node) => ({ ...node, z: "tab", wires: [["out"], ["out"], ["out"]] }));
  beforeEach(async () => {
    test = new FlowTest();
    await buildBank(test.banks, "part", 3);
    await test.start([
      TAB,
      BACKBONE,
      BANK,
      ...watched,
      { id: "out", type: "helper", z: "tab" },
      { id: "catch", type: "catch", z: "tab", scope: null, uncaught: false, wires: [["caught"]] },
      { id: "caught", type: "helper", z: "tab" },
      { id: "complete", type: "complete", z: "tab", scope: NODES.map(({ id }) => id), wires: [["completed"]] },
      { id: "completed", type: "helper", z: "tab" },
    ]);
  });
  afterEach(() => test.end());

  for (const { id, type } of NODES) {
    it(`are each ended by ${type}, in a sentence where it is an error`, async () => {
      const random = seededRandom(20261128);
      const one = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
      const good = await partJpeg({ seed: 60 });
      const ended = new Set<unknown>();
      const end = ({ number }: Message) => ended.add(number);
      for (let number = 0; number < ROUNDS; number++) {
        const message: Message = { number, payload: good };
        for (let i = 0; i < 1 + 2 * random(); i++) message[one(PROPERTIES)] = one(ODD);
        if (random() < 0.3) message.action = one(ACTIONS);
        test.send(message, id);
      }
      await until(() => {
        for (const box of ["caught", "completed"]) test.inbox(box).messages.forEach(end);
        return ended.size === ROUNDS;
      });
      for (const { error } of test.inbox("caught").messages) {
        const { message, code } = error as { message: string; code?: string };
        assert.match(message, /^[^\n]{10,600}$/);
        assert.doesNotMatch(message, /\[object|undefined is|is not a function|Cannot read prop|\bat \w+ \(/, message);
        assert.ok(code === undefined || /^[A-Z_]+$/.test(code), code);
      }
      assert.deepEqual(readdirSync(test.banks), ["part"]);
      assert.ok(!existsSync(join(test.userDir, "x")) && !existsSync(join(test.banks, "..", "x")));
    });
  }

  it("are answered with 200, 404 or 422 and a sentence by every route, and leave banks and folders as they were", async () => {
    const random = seededRandom(7);
    const one = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
    const names = [
      "part",
      "..%2f..%2fetc",
      "%00",
      "a".repeat(300),
      "%F0%9F%94%A9",
      ".",
      "lock",
      "-1",
      "1e3",
      "NaN",
      "2",
    ];
    const routes = [
      ...["banks/A", "banks/A/references/B", "banks/A/log", "banks/A/compare/B/C", "banks/A/versions/B/export"],
      ...["models/list", "models/import", "models/verify", "backbone/check", "banks/A/undo", "banks/A/versions/B/use"],
      ...["banks/A/import", "banks/A/references/B/leave-out", "banks/A/versions/B/delete"],
    ];
    const bodies = [
      {},
      { modelName: "../x", file: "../../etc/passwd" },
      { model: {}, resolution: [] },
      [1, 2],
      { file: 7 },
    ];
    const before = readdirSync(join(test.banks, "part"));
    for (let i = 0; i < 3 * ROUNDS; i++) {
      const route = one(routes).replace(/[ABC]/g, () => one(names));
      const isRead = random() < 0.4;
      const path = `/golden-sample/${route}`;
      const { status, body } = await (isRead ? test.admin.get(path) : test.admin.post(path).send(one(bodies)));
      const words = JSON.stringify(body);
      // 400: an escape that stands for nothing.
      assert.ok([200, 400, 404, 422].includes(status), `${path}: ${status}`);
      if (status === 422) {
        assert.match(String(body.message), /^[^\n]{10,600}$/);
        assert.doesNotMatch(
          words,
          /\[object|undefined is|is not a function|Cannot read prop|INTERNAL/,
          `${path}: ${words}`,
        );
      }
      assert.ok(!words.includes(test.userDir), words);
    }
    assert.deepEqual(readdirSync(test.banks), ["part"]);
    assert.deepEqual(readdirSync(join(test.banks, "part")), before);
  });
});
