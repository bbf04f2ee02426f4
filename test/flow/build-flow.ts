import assert from "node:assert/strict";
import type { BankState, BuildResult } from "../../lib";
import { partJpeg } from "../support/pictures";
import { BACKBONE, BANK, type FlowNode, FlowTest, TAB, WATCH } from "./harness";

/** A build node with a helper node at each output, and the settings given. */
export const flow = (settings: Partial<FlowNode> = {}, bank: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  { ...BANK, ...bank } as FlowNode,
  {
    id: "node",
    type: "anomaly-build",
    z: "tab",
    bank: "bank",
    mode: "first",
    frames: "3",
    property: "payload",
    wires: [["done"], ["frames"]],
    ...settings,
  },
  { id: "done", type: "helper", z: "tab" },
  { id: "frames", type: "helper", z: "tab" },
  ...WATCH,
];

/**
 * Gives each test of a `describe` a flow, whose errors are printed where it fails, and all of them five pictures.
 * @param take is handed the flow before each test
 * @returns the pictures, ways to send them and orders to the node, and what it has answered
 */
export function learning(take: (test: FlowTest) => void) {
  const pictures: Buffer[] = [];
  let test: FlowTest;

  before(async () => {
    pictures.push(...(await Promise.all([1, 2, 3, 4, 5].map((seed) => partJpeg({ seed })))));
  });
  beforeEach(() => {
    test = new FlowTest();
    take(test);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) console.log(test.inbox("caught").messages.map(({ error }) => error));
    await test.end();
  });

  const send = (...indices: number[]) => {
    for (const number of indices) test.send({ payload: pictures[number], number });
  };
  const act = (action: unknown, more: object = {}) => test.send({ action, ...more });
  /** Results as `action:references` or `action:version`. */
  const done = async (count: number) => {
    const messages = await test.inbox("done").take(count);
    return messages.map((message) => {
      const { action, references, version } = message.payload as { action: string } & BankState & BuildResult;
      // Core nodes read orders of their own in msg.action.
      assert.ok(!("action" in message));
      return action === "build" ? `build:v${version} of ${references}` : `${action}:${references}`;
    });
  };
  return { pictures, send, act, done };
}
