import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUILT_IN, BUILT_IN_RESOLUTION, isBuiltIn } from "../lib/backbone/built-in/names";
import { backboneSpec } from "../lib/engine/requests/schemas";
import { barTable, type Outcome, rounded } from "./bars";
import { type Scenario, Skipped } from "./scenario";
import { SCENARIOS } from "./scenarios";
import { Setting } from "./setting";

/**
 * How close we are to the hardware, as ratios measured in turn in one run. One JSON line a scenario, then a table of
 * all bars; a bar that is missed is no failure, for timings are noisy.
 */
const USAGE = `npm run bench -- [NAME...] [--backbone lite|texture|FILE] [--resolution PX] [--threads N] [--rounds N] [--minutes N] [--parts N] [--out FILE.svg]

${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n")}`;

class UsageError extends Error {}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backbone: { type: "string", default: BUILT_IN },
      resolution: { type: "string" },
      threads: { type: "string", default: "2" },
      rounds: { type: "string", default: "15" },
      // Of the memory scenario, on each runtime: its thousand frames of a large backbone take half an hour.
      minutes: { type: "string", default: "5" },
      // Of the simulated line: at 20 a second, and with what the faults take, a quarter of an hour.
      parts: { type: "string", default: "10000" },
      // Of the curves: their picture.
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new UsageError(`There is no scenario "${unknown}".\n${USAGE}`);
  const backbone = backboneSpec.safeParse({
    model: values.backbone,
    resolution: Number(values.resolution ?? (isBuiltIn(values.backbone) ? BUILT_IN_RESOLUTION : 448)),
    threads: Number(values.threads),
  });
  const [rounds, minutes, parts] = [Number(values.rounds), Number(values.minutes), Number(values.parts)];
  const areCounts = [rounds, parts].every((count) => Number.isSafeInteger(count) && count > 0);
  if (!backbone.success || !areCounts || !(minutes > 0)) throw new UsageError(USAGE);
  const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { help: values.help, backbone: backbone.data, rounds, minutes, parts, out: values.out, chosen };
}

async function main(): Promise<void> {
  const { help, backbone, rounds, minutes, parts, out, chosen } = readArguments();
  if (help) return console.log(USAGE);
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-bench-"));
  const results: [Scenario, Outcome][] = [];
  try {
    const setting = new Setting(backbone, rounds, folder, minutes, parts, out);
    const { model, resolution, threads } = backbone;
    for (const scenario of chosen) {
      const outcome = await measure(scenario, setting);
      results.push([scenario, outcome]);
      console.log(JSON.stringify({ scenario: scenario.name, model, resolution, threads, rounds, ...flat(outcome) }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${barTable(results)}`);
}

async function measure(scenario: Scenario, setting: Setting): Promise<Outcome> {
  try {
    return { figures: await scenario.run(setting) };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (thrown instanceof Skipped) return { skipped: message };
    process.exitCode = 1;
    return { failed: message };
  }
}

function flat(outcome: Outcome): Record<string, unknown> {
  if (!("figures" in outcome)) return outcome;
  const short = (value: number | string) => (typeof value === "number" ? rounded(value) : value);
  return Object.fromEntries(Object.entries(outcome.figures).map(([key, value]) => [key, short(value)]));
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
