import { monitorEventLoopDelay } from "node:perf_hooks";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { time } from "../measure";
import type { Scenario } from "../scenario";

/** Frames that wait in the engine at a time. */
const CALLERS = 4;

/** The asking process while frames stream at full load, one caller and then four. */
export const callers: Scenario = {
  name: "callers",
  about: "four callers of one engine against one, and the caller's event loop meanwhile",
  bars: [
    { figure: "ratio", what: "throughput of 4 callers / 1", atLeast: 0.95 },
    { figure: "delay99", what: "the caller's event loop late, p99 in ms", atMost: 10 },
  ],
  async run(setting) {
    const { rounds } = setting;
    const engine = new EngineClient();
    const stream = async (count: number) => {
      for (let i = 0; i < count; i++) await engine.call("score", await setting.scoreRequest());
    };
    await stream(2);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const one = await time(() => stream(rounds));
    const four = await time(() => Promise.all(Array.from({ length: CALLERS }, () => stream(rounds))));
    delay.disable();
    engine.close();
    return {
      framesPerSecond: (1000 * rounds) / one,
      ratio: (CALLERS * one) / four,
      delay99: delay.percentile(99) / 1e6,
      delayMax: delay.max / 1e6,
    };
  },
};
