import type { Setting } from "../setting";
import type { Chart } from "./chart";
import { drawnBackbones, frameTimes } from "./measured";
import { ReferenceBank } from "./reference-bank";

/** What a whole frame costs by the number of its patch tokens, the bank being of one reference. */
export async function overTokens(setting: Setting): Promise<Chart> {
  const series = [];
  for (const { name, spec, rounds, resolutions } of drawnBackbones(setting)) {
    const cases = [];
    const tokens: number[] = [];
    for (const resolution of resolutions) {
      const own = { ...spec, resolution };
      const built = await ReferenceBank.build(setting, own, 1);
      tokens.push(built.patches);
      cases.push({ spec: own, bank: await built.of(1, "exact") });
    }
    const times = await frameTimes(setting, rounds, cases);
    series.push({
      name: `${name}, ${resolutions[0]} to ${resolutions.at(-1)} px`,
      points: tokens.map((count, i) => [count, times[i]!] as const),
    });
  }
  return { title: "Cost by tokens", xLabel: "patch tokens of a frame", yLabel: "ms of processor time a frame", series };
}
