import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import {
  bankCalibration,
  briefOf,
  type DetectionRow,
  defaultThreshold,
  detectionTable,
  type Engine,
  expandImages,
  findsOf,
  renderMadeDefects,
} from "../lib";
import { type Arguments, backboneOf, settingsOf, type Values, whole } from "./arguments";
import { commandLine } from "./command-line";
import type { Output } from "./output";
import { UsageError } from "./usage";
import { makeResultFolder, writeResult } from "./write-result";

/** Where nobody waits for a node, more are made in more time. */
const COUNT = 320;
const SECONDS = 120;

/**
 * What a threshold would catch: defects painted on the references, each scored against the bank without the reference it
 * is on. The references are those of the bank, in its order.
 */
export async function madeDefects(
  engine: Engine,
  { values, operands, words }: Arguments,
  output: Output,
): Promise<number> {
  const { references, bank: given, report } = values;
  if (references === undefined || operands.length > 0)
    throw new UsageError(
      "made-defects needs --references, of --bank those it was built from, and nothing besides options.",
    );
  const file = given ?? join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}.safetensors`);
  const [bank, backbone] = [{ file }, backboneOf(values)];
  const asked = {
    count: values.count === undefined ? COUNT : whole("count", values.count),
    seconds: values.seconds === undefined ? SECONDS : whole("seconds", values.seconds),
    pictures: report !== undefined,
  };
  // Before the work, which takes minutes, is done in vain.
  if (report !== undefined) await makeResultFolder(report);
  try {
    const sources = (await expandImages(references, output.note)).map((path) => ({ kind: "path" as const, path }));
    if (given === undefined) {
      const request = { bank, backbone, settings: settingsOf(values), references: sources };
      await engine.call("build", request, { onProgress: output.progress("building the bank") });
    }
    const request = { bank, backbone, references: sources, ...asked };
    const made = await engine.call("madeDefects", request, { onProgress: output.progress("test defects") });
    const threshold = await thresholdOf(values, file);
    const rows = detectionTable(made.defects, threshold);
    const finds = findsOf(briefOf(made), threshold);
    for (const row of rows) if (values.json) output.record(row, "");
    const { defects, planned, seed } = made;
    output.record(
      { threshold, seed, planned, made: defects.length, finds: finds ?? null },
      [table(rows), "", `At the threshold ${threshold.toPrecision(4)} the bank ${finds?.words ?? NOTHING}.`].join("\n"),
    );
    if (report !== undefined) {
      const title = basename(resolve(references[0]!));
      const page = renderMadeDefects(made, { title, threshold, command: commandLine(words), created: new Date() });
      await writeResult(report, "made-defects.html", page);
    }
    return 0;
  } finally {
    if (given === undefined) await rm(file, { force: true });
  }
}

const NOTHING = "says nothing of test defects: none could be painted, or every reference is over it";

async function thresholdOf({ threshold }: Values, file: string): Promise<number> {
  if (threshold === undefined) {
    const { calibration, weak, commissioned } = await bankCalibration(file);
    return defaultThreshold(calibration, weak, commissioned).threshold;
  }
  const fixed = Number(threshold);
  if (threshold.trim() !== "" && Number.isFinite(fixed)) return fixed;
  throw new UsageError(`--threshold takes a number, not "${threshold}".`);
}

/** A line a kind and contrast, a column a size. */
function table(rows: readonly DetectionRow[]): string {
  const sizes = [...new Set(rows.map(({ size }) => size))].sort((a, b) => a - b);
  const pixels = sizes.map((size) => rows.find((row) => row.size === size)!.pixels);
  const names = [...new Set(rows.map(nameOf))];
  const cell = (name: string, size: number) => {
    const row = rows.find((each) => nameOf(each) === name && each.size === size);
    if (row?.share === undefined || !row.interval) return "-";
    const [share, low, high] = [row.share, row.interval.low, row.interval.high].map((part) => Math.round(100 * part));
    return `${share} % (${low}-${high})`;
  };
  const lines = [
    ["found, and 95 % interval", ...sizes.map((size, i) => `${100 * size} %, ${Math.round(pixels[i]!)} px`)],
    ...names.map((name) => [name, ...sizes.map((size) => cell(name, size))]),
  ];
  const widths = lines[0]!.map((_, col) => Math.max(...lines.map((each) => each[col]!.length)));
  const pad = (text: string, col: number) => (col === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[col]!));
  return lines.map((each) => each.map(pad).join("  ")).join("\n");
}

const nameOf = ({ kind, contrast }: DetectionRow) =>
  contrast === undefined ? kind : `${kind}, contrast ${Math.round(100 * contrast)} %`;
