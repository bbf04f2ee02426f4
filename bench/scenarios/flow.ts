import { EngineClient } from "../../lib/engine/supervisor/client";
import { median } from "../../lib/median";
import { time } from "../measure";
import { BenchNodeRed } from "../node-red/bench-node-red";
import type { Scenario } from "../scenario";
import type { Setting } from "../setting";

const FLOWS = 4;
/** Enough that the engine is never without a frame. */
const UNDER_WAY = 2;
/** The contrast needs no more. */
const DIRECT_FRAMES = 3;

/** A real Node-RED: what its messages, wires and process boundary add, and whether it keeps breathing. */
export const flow: Scenario = {
  name: "flow",
  about: "frames through a real Node-RED against the same through lib/; four flows against one; its event loop",
  bars: [
    { figure: "flowRatio", what: "frame through a flow / the same through lib/", atMost: 1.1 },
    { figure: "flowsRatio", what: `throughput of ${FLOWS} flows with one backbone / 1 flow`, atLeast: 0.95 },
    { figure: "engines", what: `processes that hold the model, ${FLOWS} flows`, atMost: 1 },
    { figure: "delay99", what: "Node-RED's event loop late at full load, p99 in ms", atMost: 10 },
  ],
  async run(setting) {
    const nodeRed = await BenchNodeRed.start(setting, FLOWS);
    const engine = new EngineClient();
    try {
      await nodeRed.stream(1, 1, 1);
      await engine.call("score", await request(setting));
      const pairs: [number, number][] = [];
      for (let i = 0; i < setting.rounds; i++) {
        const through = await nodeRed.stream(1, 1, 1);
        const asked = await request(setting);
        pairs.push([through.frame, await time(() => engine.call("score", asked))]);
      }
      engine.close();
      return { ...compare(pairs), ...(await load(nodeRed, setting.rounds)), ...(await contrast(nodeRed)) };
    } finally {
      engine.close();
      await nodeRed.stop();
    }
  },
};

/** As the flow's nodes ask: all cores. */
async function request(setting: Setting) {
  const asked = await setting.scoreRequest();
  return { ...asked, backbone: { ...asked.backbone, threads: 0, device: "cpu" as const } };
}

function compare(pairs: readonly [number, number][]) {
  return {
    flow: median(pairs.map(([through]) => through)),
    lib: median(pairs.map(([, lib]) => lib)),
    flowRatio: median(pairs.map(([through, lib]) => through / lib)),
  };
}

/** One flow and four in turn, as many frames each. */
async function load(nodeRed: BenchNodeRed, rounds: number) {
  const frames = FLOWS * Math.ceil(rounds / FLOWS);
  const ratios: number[] = [];
  const late: [number, number][] = [];
  let [alone, together] = [Number.NaN, Number.NaN];
  let engines = 0;
  for (let i = 0; i < 3; i++) {
    const one = await nodeRed.stream(1, frames, UNDER_WAY);
    const four = await nodeRed.stream(FLOWS, frames / FLOWS, UNDER_WAY);
    ratios.push(one.milliseconds / four.milliseconds);
    late.push([one.delay99, one.delayMax], [four.delay99, four.delayMax]);
    if (i === 0) alone = one.childrenMegabytes;
    together = four.childrenMegabytes;
    engines = four.children;
  }
  return {
    flowsRatio: median(ratios),
    delay99: median(late.map(([p99]) => p99)),
    delayMax: Math.max(...late.map(([, max]) => max)),
    engines,
    engineMegabytes1: alone,
    [`engineMegabytes${FLOWS}`]: together,
  };
}

async function contrast(nodeRed: BenchNodeRed) {
  const { delay99, delayMax } = await nodeRed.direct(DIRECT_FRAMES);
  return { directDelay99: delay99, directDelayMax: delayMax };
}
