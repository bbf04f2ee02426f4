import { readFileSync } from "node:fs";
import { BUILT_IN } from "../../lib/backbone/backbone";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { type Figures, type Scenario, Skipped } from "../scenario";
import type { Setting } from "../setting";

const FRAMES = 1000;
/** Milliseconds after which fewer frames have to do: a large backbone on a small machine. */
const LONGEST = 300_000;
const EVERY = 10;
/** Megabytes that an engine may take: of the built-in backbone, and of a DINOv2 ViT-S at 448 px. */
const BUDGET = { builtIn: 250, file: 600 };

/** What the engine process holds in memory while frames stream, with the budget set, on either runtime. */
export const memory: Scenario = {
  name: "memory",
  about: `resident memory of an engine with a budget, over ${FRAMES} frames on either runtime`,
  bars: [
    { figure: "native", what: "most resident memory of the native engine / its budget", atMost: 1 },
    { figure: "portable", what: "most resident memory of the portable engine / its budget", atMost: 1 },
  ],
  async run(setting) {
    if (process.platform !== "linux") throw new Skipped("resident memory is read from /proc, which only Linux has");
    const budget = setting.backbone.model === BUILT_IN ? BUDGET.builtIn : BUDGET.file;
    const native = await stream(setting, "native", budget);
    const portable = await stream(setting, "portable", budget);
    return { budget, ...named("native", native, budget), ...named("portable", portable, budget) };
  },
};

interface Resident {
  frames: number;
  most: number;
  last: number;
}

async function stream(setting: Setting, runtime: "native" | "portable", budget: number): Promise<Resident> {
  await setting.bank();
  const engine = new EngineClient({ runtime, memory: budget });
  const until = performance.now() + LONGEST;
  const resident: Resident = { frames: 0, most: 0, last: 0 };
  try {
    while (resident.frames < FRAMES && performance.now() < until) {
      await engine.call("score", await setting.scoreRequest());
      if (resident.frames++ % EVERY > 0) continue;
      resident.last = residentMegabytes(engine.pid!);
      resident.most = Math.max(resident.most, resident.last);
    }
  } finally {
    engine.close();
  }
  return resident;
}

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

function named(runtime: string, { frames, most, last }: Resident, budget: number): Figures {
  return {
    [runtime]: most / budget,
    [`${runtime}Most`]: most,
    [`${runtime}Last`]: last,
    [`${runtime}Frames`]: frames,
  };
}
