import { EngineClient } from "../../lib/engine/supervisor/client";
import { time } from "../measure";
import type { Setting } from "../setting";
import type { Chart, Series } from "./chart";
import { type Drawn, drawnBackbones } from "./measured";
import { ReferenceBank } from "./reference-bank";

const CALLERS = [1, 4, 16] as const;
const REFERENCES = 4;

/** How long each of several flows takes from frame to frame, and the frames a second of all of them, through one engine process. */
export async function overCallers(setting: Setting): Promise<Chart[]> {
  const [times, rates]: [Series[], Series[]] = [[], []];
  for (const drawn of drawnBackbones(setting)) {
    const found = await streams(setting, drawn);
    times.push({ name: drawn.name, points: found.map(({ callers, frame }) => [callers, frame]) });
    rates.push({ name: drawn.name, points: found.map(({ callers, rate }) => [callers, rate]) });
  }
  const axis = { xLabel: "callers at once, one engine", xTicks: CALLERS };
  return [
    { title: "Time by flows", yLabel: "ms a frame, as each flow has it", ...axis, series: times },
    { title: "Throughput by flows", yLabel: "frames a second, all flows", ...axis, series: rates },
  ];
}

async function streams(setting: Setting, { spec, rounds }: Drawn) {
  const bank = await (await ReferenceBank.build(setting, spec, REFERENCES)).of(REFERENCES, "auto");
  const engine = new EngineClient();
  const stream = async (frames: number) => {
    for (let i = 0; i < frames; i++) await engine.call("score", await setting.scoreRequest(spec, bank));
  };
  try {
    await stream(2);
    const found = [];
    for (const callers of CALLERS) {
      // About as many frames, whoever asks for them.
      const each = Math.ceil((rounds * 4) / callers);
      const taken = await time(() => Promise.all(Array.from({ length: callers }, () => stream(each))));
      found.push({ callers, frame: taken / each, rate: (1000 * callers * each) / taken });
    }
    return found;
  } finally {
    engine.close();
  }
}
