import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { type Figures, type Scenario, Skipped } from "../scenario";
import type { Setting } from "../setting";

const FRAMES = 1000;
/** Of the bank that is built first; frames are scored against the bank that all scenarios share. */
const REFERENCES = 8;
/** Milliseconds between two looks. */
const EVERY = 100;
/** Megabytes that an engine may take: of the built-in backbone, and of a DINOv2 ViT-S at 448 px. */
const BUDGET = { builtIn: 250, file: 600 };

/** What the engine process holds in memory from its start on, with the budget set, on either runtime. */
export const memory: Scenario = {
  name: "memory",
  about: `resident memory of an engine with a budget, over a build and ${FRAMES} frames on either runtime`,
  bars: [
    { figure: "native", what: "most resident memory of the native engine / its budget", atMost: 1 },
    { figure: "portable", what: "most resident memory of the portable engine / its budget", atMost: 1 },
  ],
  async run(setting) {
    if (process.platform !== "linux") throw new Skipped("resident memory is read from /proc, which only Linux has");
    const budget = isBuiltIn(setting.backbone.model) ? BUDGET.builtIn : BUDGET.file;
    const native = await buildAndStream(setting, "native", budget);
    const portable = await buildAndStream(setting, "portable", budget);
    return { budget, ...named("native", native, budget), ...named("portable", portable, budget) };
  },
};

interface Resident {
  frames: number;
  /** Megabytes: the most until the bank was built, the most while frames streamed, and at the end. */
  building: number;
  streaming: number;
  last: number;
}

async function buildAndStream(setting: Setting, runtime: "native" | "portable", budget: number): Promise<Resident> {
  await setting.bank();
  const references: { kind: "encoded"; data: Buffer }[] = [];
  for (let i = 0; i < REFERENCES; i++) references.push({ kind: "encoded", data: await setting.part() });
  const engine = new EngineClient({ runtime, memory: budget });
  let most = 0;
  const look = () => {
    most = Math.max(most, residentMegabytes(engine.pid));
  };
  const looking = setInterval(look, EVERY);
  try {
    const bank = { file: join(setting.folder, `${runtime}.safetensors`) };
    await engine.call("build", { bank, backbone: setting.backbone, settings: {}, references });
    const building = most;
    most = 0;
    const until = performance.now() + setting.minutes * 60_000;
    let frames = 0;
    for (; frames < FRAMES && performance.now() < until; frames++)
      await engine.call("score", await setting.scoreRequest());
    look();
    return { frames, building, streaming: most, last: residentMegabytes(engine.pid) };
  } finally {
    clearInterval(looking);
    engine.close();
  }
}

/**
 * Of a process and those it has started, as the trainer; what they share, such as the code of the runtime, counts once.
 * 0 of one that is not there yet, or not any more.
 */
function residentMegabytes(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  const [, kilobytes = "0"] = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + residentMegabytes(Number(child)), Number(kilobytes) / 1024);
}

function named(runtime: string, { frames, building, streaming, last }: Resident, budget: number): Figures {
  return {
    [runtime]: Math.max(building, streaming) / budget,
    [`${runtime}Building`]: building,
    [`${runtime}Streaming`]: streaming,
    [`${runtime}Last`]: last,
    [`${runtime}Frames`]: frames,
  };
}
