import { writeFile } from "node:fs/promises";
import { figuresOf } from "../curves/chart";
import { drawCharts } from "../curves/draw-charts";
import { overCallers } from "../curves/over-callers";
import { overReferences } from "../curves/over-references";
import { overTokens } from "../curves/over-tokens";
import type { Scenario } from "../scenario";

const ABOUT =
  "Processor time of a frame by patch tokens and by references in the bank; time and frames a second by flows";

/** What a frame costs, by what it costs more with; `--out` draws it. */
export const curves: Scenario = {
  name: "curves",
  about: "a frame's cost by tokens, bank size and flows, of lite and of the ViT-S/14 given; --out FILE.svg draws it",
  bars: [],
  async run(setting) {
    const charts = [await overTokens(setting), await overReferences(setting), ...(await overCallers(setting))];
    if (setting.out !== undefined) await writeFile(setting.out, drawCharts(charts, ABOUT));
    return figuresOf(charts);
  },
};
