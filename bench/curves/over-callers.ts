import { EngineClient } from "../../lib/engine/supervisor/client";
import { median } from "../../lib/median";
import { time } from "../measure";
import type { Setting } from "../setting";
import type { Chart, Series } from "./chart";
import { type Drawn, drawnBackbones, scoreRequest } from "./measured";
import { ReferenceBank } from "./reference-bank";

const CALLERS = [1, 4, 16] as const;
const REFERENCES = 4;

/** What each of several flows waits for a frame, and the frames of all of them, through one engine process. */
export async function overCallers(setting: Setting): Promise<Chart[]> {
  const [waits, rates]: [Series[], Series[]] = [[], []];
  for (const drawn of drawnBackbones(setting)) {
    const found = await streams(setting, drawn);
    waits.push({ name: drawn.name, points: found.map(({ callers, wait }) => [callers, wait]) });
    rates.push({ name: drawn.name, points: found.map(({ callers, rate }) => [callers, rate]) });
  }
  const axis = { xLabel: "callers at once, one engine", xTicks: CALLERS };
  return [
    { title: "Wait by flows", yLabel: "ms from asking to the verdict, median", ...axis, series: waits },
    { title: "Throughput by flows", yLabel: "frames a second, all flows", ...axis, series: rates },
  ];
}

async function streams(setting: Setting, { spec, rounds }: Drawn) {
  const bank = await (await ReferenceBank.build(setting, spec, REFERENCES)).of(REFERENCES, "auto");
  const engine = new EngineClient();
  const waited: number[] = [];
  const stream = async (frames: number) => {
    for (let i = 0; i < frames; i++) {
      const request = await scoreRequest(setting, spec, bank);
      waited.push(await time(() => engine.call("score", request)));
    }
  };
  try {
    await stream(2);
    const found = [];
    for (const callers of CALLERS) {
      waited.length = 0;
      // About as many frames, whoever asks for them.
      const each = Math.ceil((rounds * 4) / callers);
      const taken = await time(() => Promise.all(Array.from({ length: callers }, () => stream(each))));
      found.push({ callers, wait: median(waited), rate: (1000 * callers * each) / taken });
    }
    return found;
  } finally {
    engine.close();
  }
}
