import type { Setting } from "../setting";
import type { Chart } from "./chart";
import { drawnBackbones, frameTimes } from "./measured";
import { ReferenceBank } from "./reference-bank";

const REFERENCES = [1, 4, 16, 64] as const;
const SEARCHES = ["exact", "clustered"] as const;

/** What a whole frame costs by the references in the bank, searched exactly and by clusters. */
export async function overReferences(setting: Setting): Promise<Chart> {
  const series = [];
  for (const { name, spec, rounds } of drawnBackbones(setting)) {
    const built = await ReferenceBank.build(setting, spec, REFERENCES.at(-1)!);
    const cases = [];
    for (const search of SEARCHES)
      for (const count of REFERENCES) cases.push({ spec, search, count, bank: await built.of(count, search) });
    const times = await frameTimes(setting, rounds, cases);
    for (const search of SEARCHES) {
      const points = cases.flatMap((each, i) => (each.search === search ? [[each.count, times[i]!] as const] : []));
      series.push({ name: `${name}, ${search}`, points, isVariant: search === "clustered" });
    }
  }
  const xLabel = "references in the bank";
  return { title: "Cost by bank size", xLabel, yLabel: "ms of processor time a frame", xTicks: REFERENCES, series };
}
