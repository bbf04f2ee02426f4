import { basename, resolve } from "node:path";
import {
  type Engine,
  type Evaluation,
  evaluate as evaluateDatasets,
  everyFigure,
  PREPROCESSINGS,
  type ReportOptions,
  readDatasets,
  renderReport,
  type Summary,
  summarise,
} from "../lib";
import { type Arguments, backbonesOf, choice, settingsOf, type Values, whole, withoutBank, written } from "./arguments";
import { commandLine } from "./command-line";
import { drawRecord, progressText, summaryRecord, summaryTable } from "./evaluate-text";
import type { Output } from "./output";
import { UsageError } from "./usage";
import { makeResultFolder, writeResult } from "./write-result";

/**
 * Figures on folders in MVTec or VisA layout, for backbones, numbers of shots and draws of references.
 * @returns the exit code: 1 where test images or masks could not be used, which no figure counts
 */
export async function evaluate(
  engine: Engine,
  { values, operands, words }: Arguments,
  output: Output,
): Promise<number> {
  const { data } = values;
  if (data === undefined || operands.length > 0)
    throw new UsageError("evaluate needs --data and nothing besides options.");
  const options = optionsOf(values);
  const unused = options.shots.includes(0) ? withoutBank(values) : [];
  if (unused.length > 0) output.note(`${written(unused)}: not looked at with 0 shots, which have no bank.`);
  const datasets = await readDatasets(data);
  // Before the work, which takes up to hours, is done in vain.
  if (values.report !== undefined) await makeResultFolder(values.report);
  const said = new Set<string>();
  const noteOnce = (object: string, notes: readonly string[]) => {
    for (const note of notes.map((text) => `${object}: ${text}`)) {
      if (!said.has(note)) output.note(note);
      said.add(note);
    }
  };
  for (const { name, notes } of datasets) noteOnce(name, notes);
  const all: Evaluation[] = [];
  const start = performance.now();
  const draws = evaluateDatasets(engine, datasets, {
    ...options,
    madeDefects: values.verdicts === true && !values["no-made-defects"],
    onProgress: (progress) => output.status(progressText(progress, performance.now() - start)),
  });
  for await (const draw of draws) {
    all.push(draw);
    output.record(...drawRecord(draw, values.verdicts === true));
    for (const { path, reason } of draw.unreadable) output.note(`left out: ${path}: ${reason}`);
    noteOnce(draw.object, draw.notes);
  }
  const summaries = summarise(all);
  if (values.report !== undefined) {
    await writeReport(values.report, all, summaries, {
      title: titleOf(data),
      command: commandLine(words),
      created: new Date(),
    });
  }
  if (values.json) for (const summary of summaries) output.record(summaryRecord(summary), "");
  else output.record({}, summaryTable(summaries, values.verdicts === true));
  return all.some(({ unreadable, masks }) => unreadable.length + masks.unusable.length > 0) ? 1 : 0;
}

/** One page for people and one file for programs. */
async function writeReport(
  folder: string,
  draws: readonly Evaluation[],
  summaries: readonly Summary[],
  options: ReportOptions,
): Promise<void> {
  const plain = draws.map(({ images, ...draw }) => ({
    ...{ ...draw, ...everyFigure(draw), f1Threshold: draw.f1Threshold ?? null },
    images: images.map(plainImage),
  }));
  const file = { summaries: summaries.map(summaryRecord), draws: plain };
  await writeResult(folder, "evaluation.json", JSON.stringify(file, null, 2));
  await writeResult(folder, "report.html", await renderReport(draws, summaries, options));
}

const titleOf = (data: string) => basename(resolve(data));

const plainImage = ({ path, type, masks, score, milliseconds }: Evaluation["images"][number]) => {
  return { path, type, masks, score, milliseconds };
};

function optionsOf(values: Values) {
  // A number given twice is not another draw.
  const shots = [...new Set((values.shots ?? "1,2,4,8").split(",").map((text) => shotsOf(text.trim())))];
  const preprocess =
    values.preprocess === undefined ? undefined : choice("preprocess", values.preprocess, PREPROCESSINGS);
  if (preprocess !== undefined && (values.rotate !== undefined || values.mask !== undefined))
    throw new UsageError("--preprocess decides about rotations and the mask: leave out --rotate and --mask.");
  return {
    backbones: backbonesOf(values),
    settings: settingsOf(values),
    preprocess,
    shots,
    seeds: whole("seeds", values.seeds ?? "1"),
    pixels: !values["image-only"],
  };
}

const shotsOf = (text: string) => (text === "0" ? 0 : whole("shots", text));
