import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  BUILT_IN,
  DEVICES,
  defaultModelsDirectory,
  defaultResolution,
  type EngineOptions,
  FITS,
  isBuiltIn,
  isModelName,
  PRECISIONS,
  type RequestInput,
  RUNTIMES,
  readDescription,
} from "../lib";
import { UsageError } from "./usage";

const OPTIONS = {
  backbone: { type: "string" },
  resolution: { type: "string" },
  fit: { type: "string" },
  device: { type: "string" },
  "device-index": { type: "string" },
  runtime: { type: "string" },
  memory: { type: "string" },
  precision: { type: "string" },
  endpoint: { type: "string", multiple: true },
  "model-version": { type: "string" },
  ca: { type: "string" },
  description: { type: "string" },
  rotate: { type: "boolean" },
  mask: { type: "string" },
  "mask-references": { type: "boolean" },
  metric: { type: "string" },
  neighbours: { type: "string" },
  coreset: { type: "string" },
  place: { type: "string" },
  missing: { type: "string" },
  tolerance: { type: "string" },
  smallest: { type: "string" },
  search: { type: "string" },
  scorer: { type: "string" },
  references: { type: "string", multiple: true },
  bank: { type: "string" },
  banks: { type: "string" },
  use: { type: "boolean" },
  "no-frames": { type: "boolean" },
  guard: { type: "string" },
  threshold: { type: "string" },
  out: { type: "string" },
  distances: { type: "string" },
  overlay: { type: "string" },
  data: { type: "string" },
  shots: { type: "string" },
  seeds: { type: "string" },
  preprocess: { type: "string" },
  "image-only": { type: "boolean" },
  verdicts: { type: "boolean" },
  report: { type: "string" },
  count: { type: "string" },
  seconds: { type: "string" },
  "no-made-defects": { type: "boolean" },
  scores: { type: "string" },
  commission: { type: "string", multiple: true },
  good: { type: "string", multiple: true },
  bad: { type: "string", multiple: true },
  rule: { type: "string" },
  rate: { type: "string" },
  goal: { type: "string" },
  "escape-rate": { type: "string" },
  "cost-reject": { type: "string" },
  "cost-escape": { type: "string" },
  prevalence: { type: "string" },
  os: { type: "string" },
  cpu: { type: "string" },
  libc: { type: "string" },
  package: { type: "string" },
  models: { type: "string" },
  mirror: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>["values"];

export interface Arguments {
  command: string | undefined;
  values: Values;
  /** What is left besides options: images. */
  operands: string[];
  /** As they were given. */
  words: readonly string[];
}

/** @throws {UsageError} for an unknown option or a missing value */
export function readArguments(argv: readonly string[]): Arguments {
  const { expanded, lastGroup } = expandLists(argv);
  let parsed: { values: Values; positionals: string[] };
  try {
    parsed = parseArgs({ args: expanded, options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const [command, ...operands] = parsed.positionals;
  const { references } = parsed.values;
  // `--references DIR IMAGE...` at the end of the line: a folder stands alone, what follows it are images.
  if (references && command === "score" && operands.length === 0 && lastGroup > 1) {
    const start = references.length - lastGroup;
    if (isFolder(references[start]!)) operands.push(...references.splice(start + 1));
  }
  return { command, values: parsed.values, operands, words: argv };
}

/** `--references A B C` becomes one option each, `--mask` alone becomes `--mask=on`. */
function expandLists(argv: readonly string[]): { expanded: string[]; lastGroup: number } {
  const expanded: string[] = [];
  let lastGroup = 0;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") return { expanded: [...expanded, ...argv.slice(i)], lastGroup };
    if (word === "--mask") expanded.push("--mask=on");
    else if (word === "--references") {
      lastGroup = 0;
      while (i + 1 < argv.length && !argv[i + 1]!.startsWith("--")) {
        expanded.push(`--references=${argv[++i]}`);
        lastGroup++;
      }
      if (lastGroup === 0) throw new UsageError("--references needs a folder or files.");
    } else expanded.push(word);
  }
  return { expanded, lastGroup };
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The backbone the options ask for. @throws {UsageError} */
export function backboneOf(values: Values): RequestInput<"build">["backbone"] {
  const model = values.backbone ?? BUILT_IN;
  const { device, deviceIndex } = engineOf(values);
  return {
    model,
    resolution: values.resolution === undefined ? defaultResolution(model) : whole("resolution", values.resolution),
    ...(values.fit !== undefined && { fit: choice("fit", values.fit, FITS) }),
    device,
    deviceIndex,
    ...(values.precision !== undefined && { precision: choice("precision", values.precision, PRECISIONS) }),
    ...(device !== "remote" &&
      isModelName(model) && { models: { directory: modelsDirectory(values), mirror: values.mirror } }),
    ...(isBuiltIn(model) || device === "remote" ? {} : { notes: modelsDirectory(values) }),
    ...remoteOf(values, device === "remote"),
    ...(values.description !== undefined && { description: description(values.description) }),
  };
}

/** Several backbones, named with commas between them, each once; the options hold for each. @throws {UsageError} */
export function backbonesOf(values: Values): { name: string; spec: ReturnType<typeof backboneOf> }[] {
  const given = [...new Set((values.backbone ?? BUILT_IN).split(",").map((name) => name.trim()))];
  if (given.includes("")) throw new UsageError("--backbone has an empty name between two commas.");
  const names = given.map((backbone) => basename(backbone));
  // Figures are put together by name: of two files called alike they would be one backbone's mean.
  const isAlone = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  return given.map((backbone, i) => ({
    name: isAlone(names[i]!) ? names[i]! : backbone,
    spec: backboneOf({ ...values, backbone }),
  }));
}

/** The engine that the options ask for. @throws {UsageError} */
export function engineOf(values: Values): EngineOptions & { deviceIndex: number } {
  const index = values["device-index"] ?? "0";
  return {
    device: choice("device", values.device ?? "auto", DEVICES),
    deviceIndex: index === "0" ? 0 : whole("device-index", index),
    runtime: choice("runtime", values.runtime ?? "auto", RUNTIMES),
    ...(values.memory !== undefined && { memory: whole("memory", values.memory) }),
  };
}

/** The inference server, with the device `remote` only. The token comes by the environment: other users see options. */
function remoteOf(values: Values, wanted: boolean): Pick<RequestInput<"build">["backbone"], "remote"> {
  const { endpoint, backbone, ca } = values;
  const version = values["model-version"];
  if (!wanted) {
    if (endpoint === undefined && version === undefined && ca === undefined) return {};
    throw new UsageError("--endpoint, --model-version and --ca go with --device remote.");
  }
  if (!endpoint) throw new UsageError("--device remote needs --endpoint URL.");
  if (backbone === undefined) throw new UsageError("--device remote needs --backbone NAME, the model on the server.");
  const token = process.env.GOLDEN_SAMPLE_TOKEN;
  return { remote: { endpoints: endpoint, model: backbone, version, ca, ...(token && { token }) } };
}

/** Where models by name are kept. */
export function modelsDirectory({ models }: Values): string {
  return models ?? defaultModelsDirectory();
}

/** JSON as it stands, or the path of a file that holds it. */
function description(text: string): ReturnType<typeof readDescription> {
  try {
    return readDescription(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8"));
  } catch (thrown) {
    throw new UsageError(`--description: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** What a bank is built with: one that is there has its own. */
export const OF_BANKS = [
  "rotate",
  "mask",
  "mask-references",
  "metric",
  "neighbours",
  "coreset",
  "scorer",
  "place",
  "missing",
  "tolerance",
  "smallest",
  "search",
] as const;

/** What to say of options that change nothing of the bank that is given; undefined where there is none of them. */
export function unusedBeside({ bank, ...values }: Values): string | undefined {
  const unused = bank === undefined ? [] : OF_BANKS.filter((name) => values[name] !== undefined);
  if (unused.length === 0) return undefined;
  return `${written(unused)}: not looked at, for a bank is used with what it was built with; build another one to change that.`;
}

/** Those of a bank's options that say nothing where there is none, images being compared with one another. */
export const withoutBank = (values: Values): (keyof Values)[] =>
  OF_BANKS.filter((name) => name !== "mask" && name !== "smallest" && values[name] !== undefined);

/** Options as they are written on the command line. */
export const written = (names: readonly (keyof Values)[]): string => names.map((name) => `--${name}`).join(", ");

/** The bank settings the options ask for. @throws {UsageError} */
export function settingsOf(values: Values): RequestInput<"build">["settings"] {
  const keep = values.coreset === undefined ? undefined : Number(values.coreset);
  if (keep !== undefined && !(keep > 0 && keep <= 1))
    throw new UsageError("--coreset takes a share between 0 and 1, such as 0.1.");
  return {
    rotate: values.rotate ?? false,
    mask: choice("mask", values.mask ?? "off", ["auto", "on", "off"]),
    maskReferences: values["mask-references"] ?? false,
    metric: choice("metric", values.metric ?? "cosine", ["cosine", "l2"]),
    neighbours: values.neighbours === undefined ? 1 : whole("neighbours", values.neighbours),
    scorer: choice("scorer", values.scorer ?? "nearest", ["nearest", "subspace"]),
    // Where frames are cropped as the method's authors do it, they are searched as they do it, too.
    place: choice("place", values.place ?? (values.fit === "crop" ? "anywhere" : "auto"), ["auto", "same", "anywhere"]),
    missing: choice("missing", values.missing ?? (values.fit === "crop" ? "off" : "auto"), ["auto", "off"]),
    tolerance: values.tolerance === undefined ? 0 : whole("tolerance", values.tolerance),
    ...(values.smallest !== undefined && { smallest: whole("smallest", values.smallest) }),
    search: choice("search", values.search ?? "auto", ["auto", "exact", "clustered"]),
    reduction: keep === undefined ? { method: "none" } : { method: "coreset", keep },
  };
}

/** @throws {UsageError} */
export function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`--${name} takes a whole number above 0, not "${text}".`);
}

export function choice<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} takes ${allowed.join(", ")}, not "${text}".`);
}
