import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type RequestInput, requests } from "../lib/engine/requests";
import { EngineClient } from "../lib/engine/supervisor/client";
import type { Dataset } from "../lib/evaluate/data/dataset";
import { readDatasets } from "../lib/evaluate/data/read-datasets";
import { seededRandom, shuffled } from "../lib/random";
import { commissionedThreshold } from "../lib/threshold/commissioned";
import { defaultThreshold } from "../lib/threshold/default-threshold";

/**
 * What the default threshold lets pass and rejects, over many draws of references from all good photographs of a set, and
 * what commissioning with other good ones makes of it: `node dist/bench/verdicts.js DIR... [--backbone lite] [--resolution 320]
 * [--draws 30] [--shots 8]`, folders in MVTec layout. A JSON line a set, and one of the means over all sets.
 */
/** Parts to commission with, and shares of them that are swapped for defects. */
const PARTS = [20, 30, 50, 99];
const SPOILED = [0, 0.05, 0.1];
/** Good parts that are left to be judged, at least. */
const JUDGED = 15;
/** Choices of parts for each draw. */
const CHOICES = 5;

interface Draw {
  calibration: readonly number[];
  good: readonly number[];
  bad: readonly number[];
}
interface Verdicts {
  escapes: number;
  rejects: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backbone: { type: "string", default: "lite" },
      resolution: { type: "string", default: "320" },
      draws: { type: "string", default: "30" },
      shots: { type: "string", default: "8" },
    },
  });
  const backbone = { model: values.backbone, resolution: Number(values.resolution), threads: 1 };
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-bench-"));
  const engine = new EngineClient();
  const means: Verdicts[] = [];
  try {
    for (const dataset of (await Promise.all(positionals.map(readDatasets))).flat()) {
      const draws: Draw[] = [];
      for (let seed = 0; seed < Number(values.draws); seed++)
        draws.push(await draw({ engine, backbone, folder, dataset }, Number(values.shots), seed));
      const mean = meanOf(draws.map((each) => at(each, defaultThreshold(each.calibration, false).threshold)));
      means.push(mean);
      const best = meanOf(draws.map(bestOf));
      console.log(
        JSON.stringify({ set: dataset.name, ...shown(mean), best: shown(best), commissioned: commissioned(draws) }),
      );
    }
    console.log(JSON.stringify({ set: "mean", ...shown(meanOf(means)) }));
  } finally {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  engine: EngineClient;
  backbone: RequestInput<"build">["backbone"];
  folder: string;
  dataset: Dataset;
}

async function draw({ engine, backbone, folder, dataset }: Setting, shots: number, seed: number): Promise<Draw> {
  const call = <M extends "build" | "score">(method: M, request: RequestInput<M>) =>
    engine.call(method, requests[method].schema.parse(request) as never);
  const reuse = `verdicts ${process.pid} ${dataset.name}`;
  const bank = { file: join(folder, "bank.safetensors") };
  const { references, test } = dataset;
  const all = [...references, ...test.filter(({ type }) => type === "good").map(({ path }) => path)].sort();
  const drawn = shuffled([...all], seededRandom(1000 + seed));
  const own = drawn.slice(0, shots).sort().map(source);
  const built = await call("build", { bank, backbone, settings: { place: "auto" }, references: own, reuse });
  const score = async (path: string) => (await call("score", { image: source(path), backbone, bank, reuse })).score;
  const [good, bad]: number[][] = [[], []];
  for (const path of drawn.slice(shots)) good!.push(await score(path));
  for (const { path, type } of test) if (type !== "good") bad!.push(await score(path));
  return { calibration: built.calibration, good: good!, bad: bad! };
}

/** By number of parts and share of them that is defective; judged is what neither set the threshold nor is a reference. */
function commissioned(draws: readonly Draw[]): object[] {
  return PARTS.flatMap((parts) =>
    SPOILED.flatMap((spoiled) => {
      const found = draws.flatMap(({ calibration, good, bad }, i) =>
        good.length < parts + JUDGED
          ? []
          : Array.from({ length: CHOICES }, (_, choice) => {
              const random = seededRandom(100 * i + choice);
              const [goods, bads] = [shuffled([...good], random), shuffled([...bad], random)];
              const count = Math.round(spoiled * parts);
              const scores = [...goods.slice(0, parts - count), ...bads.slice(0, count)];
              const rest = { calibration, good: goods.slice(parts - count), bad: bads.slice(count) };
              return at(rest, commissionedThreshold(scores).threshold);
            }),
      );
      return found.length === 0 ? [] : [{ parts, spoiled, ...shown(meanOf(found)) }];
    }),
  );
}

const at = ({ good, bad }: Draw, threshold: number): Verdicts => ({
  escapes: bad.filter((score) => !(score > threshold)).length / bad.length,
  rejects: good.filter((score) => score > threshold).length / good.length,
});

/** The threshold that is best with all scores known. */
function bestOf(all: Draw): Verdicts {
  const found = [...all.good, ...all.bad].map((threshold) => at(all, threshold));
  return found.reduce((best, each) => (each.escapes + each.rejects < best.escapes + best.rejects ? each : best));
}

function meanOf(all: readonly Verdicts[]): Verdicts {
  const mean = (of: (each: Verdicts) => number) => all.reduce((sum, each) => sum + of(each), 0) / all.length;
  return { escapes: mean(({ escapes }) => escapes), rejects: mean(({ rejects }) => rejects) };
}

function shown({ escapes, rejects }: Verdicts) {
  const rounded = (share: number) => Number(share.toFixed(3));
  return {
    balancedAccuracy: rounded(1 - (escapes + rejects) / 2),
    escapes: rounded(escapes),
    rejects: rounded(rejects),
  };
}

const source = (path: string) => ({ kind: "path" as const, path });

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
