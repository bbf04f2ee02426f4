import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bankCalibration,
  briefOf,
  commissionedThreshold,
  defaultThreshold,
  type Engine,
  expandImages,
  findsOf,
  GoldenSampleError,
  type LabelledGoal,
  type LabelledScore,
  type MadeDefects,
  plain,
  THRESHOLD_RULES,
  thresholdForRate,
  thresholdFromLabels,
  unlikeParts,
} from "../lib";
import { type Arguments, backboneOf, choice, settingsOf, type Values } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

const RULES = ["balanced", ...THRESHOLD_RULES] as const;

/** What good parts score, and what labelled ones do. */
interface Evidence {
  calibration: number[];
  weak: boolean;
  /** Of parts off the line, given here or kept in the bank. */
  commissioned?: number[];
  madeDefects?: MadeDefects;
  labelled: LabelledScore[];
}

/**
 * Says what thresholds can be had: by each rule from references or a bank, the default one first, and from labelled
 * images or scores by each goal.
 */
export async function threshold(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  if (operands.length > 0) throw new UsageError(`threshold takes nothing besides options: ${operands.join(" ")}`);
  const rate = share(values, "rate", 1);
  const wanted = values.rule === undefined ? undefined : choice("rule", values.rule, RULES);
  const goals = goalsOf(values);
  const { calibration, weak, labelled, madeDefects, commissioned } = await evidence(engine, values, output);
  if (values.goal !== undefined && labelled.length === 0)
    throw new UsageError(
      "--goal is for parts of which is known what they are: give --good and --bad, or --scores with labels.",
    );
  const findsAt = (score: number) => madeDefects && findsOf(briefOf(madeDefects), score);
  if (calibration.length > 0) {
    for (const rule of wanted ? [wanted] : (["balanced", "conformal", "tail", "percentile"] as const)) {
      const isDefault = rule === "balanced";
      const found = isDefault
        ? defaultThreshold(calibration, weak)
        : thresholdForRate(calibration, rate, { rule, weak });
      // What a threshold node at its defaults takes of the same bank, unless it was commissioned.
      const isTaken = isDefault && !commissioned;
      const facts = { from: "references", references: calibration.length, ...(isTaken && { default: true }) };
      const finds = findsAt(found.threshold);
      const said = line(isTaken ? `${found.rule} *` : found.rule, found);
      output.record(
        { ...facts, ...found, ...(finds && { finds }) },
        finds ? `${said}\n${" ".repeat(26)}${finds.words}` : said,
      );
    }
  }
  if (commissioned) {
    for (const rule of wanted ? [wanted] : (["balanced", "auto"] as const)) {
      const isDefault = rule === "balanced";
      const found = commissionedThreshold(commissioned, isDefault ? {} : { rate, rule });
      const facts = { from: "commissioning", parts: commissioned.length, unlike: unlikeParts(commissioned) };
      const finds = findsAt(found.threshold);
      const said = line(isDefault ? `${found.rule} *` : found.rule, found);
      output.record(
        { ...facts, ...(isDefault && { default: true }), ...found, ...(finds && { finds }) },
        finds ? `${said}\n${" ".repeat(26)}${finds.words}` : said,
      );
    }
  }
  if (labelled.length > 0) {
    for (const goal of goals) {
      const found = thresholdFromLabels(labelled, goal);
      const finds = findsAt(found.threshold);
      output.record({ from: "labels", ...found, ...(finds && { finds }) }, line(found.goal, found));
    }
  }
  return 0;
}

const line = (name: string, { threshold: value, words }: { threshold: number; words: string }) =>
  `${name.padEnd(10)}  ${value.toPrecision(6).padStart(12)}  ${words}`;

async function evidence(engine: Engine, values: Values, output: Output): Promise<Evidence> {
  const { references, bank, scores } = values;
  const [good, bad, parts] = [values.good ?? [], values.bad ?? [], values.commission ?? []];
  if ([references, bank, scores].filter((source) => source !== undefined).length !== 1)
    throw new UsageError("threshold needs one of --references, --bank and --scores.");
  if (scores !== undefined) {
    if (good.length + bad.length + parts.length > 0)
      throw new UsageError("--good, --bad and --commission are images, which --scores has no bank for.");
    return readScores(scores);
  }
  const file = bank ?? join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}.safetensors`);
  try {
    const [backbone, settings] = [backboneOf(values), settingsOf(values)];
    if (references) {
      const sources = (await expandImages(references, output.note)).map((path) => ({ kind: "path" as const, path }));
      const progress = { onProgress: output.progress("building the bank") };
      await engine.call("build", { bank: { file }, backbone, settings, references: sources }, progress);
      if (sources.length > 1 && !values["no-made-defects"]) {
        const testing = { onProgress: output.progress("test defects") };
        await engine.call("madeDefects", { bank: { file }, backbone, references: sources }, testing);
      }
    }
    const labelled: LabelledScore[] = [];
    const commissioned: number[] = [];
    const progress = output.progress("scoring");
    const expanded = async (given: string[]) => (given.length > 0 ? expandImages(given, output.note) : []);
    const images: { path: string; defective?: boolean }[] = [
      ...(await expanded(parts)).map((path) => ({ path })),
      ...(await expanded(good)).map((path) => ({ path, defective: false })),
      ...(await expanded(bad)).map((path) => ({ path, defective: true })),
    ];
    for (const [done, { path, defective }] of images.entries()) {
      progress({ done, total: images.length });
      const { score, health } = await engine.call("score", { image: { kind: "path", path }, backbone, bank: { file } });
      // No threshold may rest on what nobody looked at.
      if (health?.cause === "masked") throw new GoldenSampleError("BAD_IMAGE", plain(`${path}: ${health.reason}`));
      if (defective !== undefined) labelled.push({ score, defective });
      // Neither counts where a node is commissioned.
      else if (health?.state === "unlike") output.note(`not counted: ${path}: ${health.reason}`);
      else if (commissioned.includes(score))
        output.note(`not counted: ${path}: it scores what an earlier picture did.`);
      else commissioned.push(score);
    }
    progress({ done: images.length, total: images.length });
    return { ...(await bankCalibration(file)), labelled, ...(parts.length > 0 && { commissioned }) };
  } finally {
    if (references) await rm(file, { force: true });
  }
}

/** JSON lines as `score --json` writes them; those with a `label`, "good" or "bad", are labelled, the others references. */
async function readScores(file: string): Promise<Evidence> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      plain(`The file ${file} cannot be read: name one of JSON lines with scores.`),
    );
  });
  const found: Evidence = { calibration: [], weak: false, labelled: [] };
  for (const [i, row] of text.split("\n").entries()) {
    if (row.trim() === "") continue;
    const { score, label } = parse(row);
    if (typeof score !== "number" || !Number.isFinite(score) || ![undefined, "good", "bad"].includes(label as string))
      throw new GoldenSampleError(
        "BAD_REQUEST",
        plain(
          `Line ${i + 1} of ${file} is no score: write {"score": 0.12} or {"score": 0.12, "label": "good"} ("bad").`,
        ),
      );
    if (label === undefined) found.calibration.push(score);
    else found.labelled.push({ score, defective: label === "bad" });
  }
  if (found.calibration.length + found.labelled.length === 0)
    throw new GoldenSampleError(
      "BAD_REQUEST",
      plain(`The file ${file} has no scores: write {"score": 0.12} on each line.`),
    );
  return found;
}

function parse(row: string): { score?: unknown; label?: unknown } {
  try {
    const value: unknown = JSON.parse(row);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function goalsOf(values: Values): LabelledGoal[] {
  const all: LabelledGoal[] = [
    { kind: "f1" },
    { kind: "escape", rate: share(values, "escape-rate", 1) },
    {
      kind: "costs",
      falseReject: amount(values, "cost-reject", 1),
      escape: amount(values, "cost-escape", 10),
      prevalence: share(values, "prevalence", 1),
    },
  ];
  if (values.goal === undefined) return all;
  const kind = choice("goal", values.goal, ["f1", "escape", "costs"]);
  return all.filter((goal) => goal.kind === kind);
}

/** A percentage as a share. */
function share(values: Values, name: "rate" | "escape-rate" | "prevalence", fallback: number): number {
  const value = amount(values, name, fallback) / 100;
  if (value < 1) return value;
  throw new UsageError(`--${name} takes a percentage under 100, not "${values[name]}".`);
}

function amount(
  values: Values,
  name: "rate" | "escape-rate" | "prevalence" | "cost-reject" | "cost-escape",
  fallback: number,
) {
  const value = values[name] === undefined ? fallback : Number(values[name]);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--${name} takes a number above 0, not "${values[name]}".`);
}
