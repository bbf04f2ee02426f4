import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { BANK_NAME, type BankState, type Comparison, type Engine, type RequestInput } from "../lib";
import { type Arguments, backboneOf, modelsDirectory, type Values } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

const USAGE =
  "banks takes list [NAME], compare NAME A B, use NAME VERSION, export NAME [VERSION] --out FILE [--no-frames], import NAME FILE [--use], delete NAME VERSION, undo NAME or log NAME.";

/** What each action takes after its name, at least and at most. */
const OPERANDS: Readonly<Record<string, readonly [number, number]>> = {
  list: [0, 1],
  compare: [3, 3],
  use: [2, 2],
  export: [1, 2],
  import: [2, 2],
  delete: [2, 2],
  undo: [1, 1],
  log: [1, 1],
};

/** The banks of a Node-RED: their versions, taken into use, out, in and away. A running Node-RED sees it with the next frame. */
export async function banks(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  const [action = "", name = "", first, second] = operands;
  const [least, most] = OPERANDS[action] ?? [];
  const count = operands.length - 1;
  if (least === undefined || most === undefined || count < least || count > most) throw new UsageError(USAGE);
  const directory =
    values.banks ?? (process.env.GOLDEN_SAMPLE_BANKS || join(homedir(), ".node-red/golden-sample/banks"));
  if (action === "list" && name === "") return listBanks(engine, directory, output);
  if (!BANK_NAME.test(name)) throw new UsageError(`"${name}" cannot be a bank's name.`);
  const bank = { directory, name };
  const actor = { by: `${userName()} (command line)` };
  const options = { ...backboneOptions(values), guard: guardOf(values) };
  switch (action) {
    case "list": {
      const state = await engine.call("bankState", { bank });
      if (state.missing !== undefined) output.note(missingWords(name, state.missing));
      for (const version of state.versions) {
        output.record({ bank: name, inUse: version.version === state.version, ...version }, describe(version, state));
      }
      return 0;
    }
    case "compare": {
      const versions: [number, number] = [versionOf(first), versionOf(second)];
      const comparison = await engine.call("compareVersions", { bank, versions, ...options });
      output.record(comparison, table(comparison));
      return 0;
    }
    case "use": {
      const version = versionOf(first);
      const { before, replay } = await engine.call("useVersion", { bank, version, ...options, actor });
      const said = replay ? ` ${replay.words}` : "";
      output.record({ bank: name, version, before, replay }, `${name}: version ${version} is in use.${said}`);
      return 0;
    }
    case "export": {
      if (values.out === undefined) throw new UsageError("banks export needs --out FILE.");
      const wanted = first === undefined ? {} : { version: versionOf(first) };
      const request = { bank, ...wanted, file: resolve(values.out), frames: !values["no-frames"] };
      const result = await engine.call("exportVersion", request);
      const { references, accepted, defects } = result.frames;
      output.record(
        result,
        `${result.file}: version ${result.version}, ${references} references, ${accepted} accepted frames, ${defects} known defects, ${megabytes(result.bytes)}. ${result.needs.words}`,
      );
      return 0;
    }
    case "import": {
      const request = { bank, file: resolve(first!), use: values.use ?? false, ...options, actor };
      const { imported, needs, frames, version, replay } = await engine.call("importVersion", request);
      const state = imported === version ? "in use" : `not in use (that is ${version})`;
      output.record(
        { bank: name, imported, version, needs, frames, replay },
        [`${name}: imported as version ${imported}, ${state}.`, needs.words, frames.words, replay?.words]
          .filter(Boolean)
          .join(" "),
      );
      return 0;
    }
    case "delete": {
      const version = versionOf(first);
      const state = await engine.call("deleteVersion", { bank, version, actor });
      output.record(
        { bank: name, deleted: version, version: state.version },
        `${name}: version ${version} was deleted.`,
      );
      return 0;
    }
    case "undo": {
      const { undone, version } = await engine.call("undo", { bank, actor });
      output.record(
        { bank: name, undone, version },
        `${name}: undone: ${undone}; version ${version ?? "none"} is in use.`,
      );
      return 0;
    }
    default: {
      const { entries } = await engine.call("auditLog", { bank, limit: 10_000 });
      for (const entry of entries) {
        const { time, action: done, by, before, after, note, message } = entry;
        const change =
          before === after ? `version ${after ?? "none"}` : `version ${before ?? "none"} -> ${after ?? "none"}`;
        output.record(
          entry,
          [time, done.padEnd(7), change, `by ${by}`, message && `message ${message}`, note].filter(Boolean).join("  "),
        );
      }
      return 0;
    }
  }
}

async function listBanks(engine: Engine, directory: string, output: Output): Promise<number> {
  const { names } = await engine.call("bankNames", { directory });
  for (const name of names) {
    const { version, missing, versions, references, accepted, defects } = await engine.call("bankState", {
      bank: { directory, name },
    });
    if (missing !== undefined) output.note(missingWords(name, missing));
    output.record(
      { bank: name, version, missing, versions: versions.length, references, accepted, defects },
      `${name.padEnd(20)} version ${version ?? "none"} of ${versions.length}, ${references} references, ${accepted} accepted frames, ${defects} known defects`,
    );
  }
  return 0;
}

function describe(facts: BankState["versions"][number], { version: inUse }: BankState): string {
  const { version, created, references, patches, accepted, backbone, resolution, bytes, origin } = facts;
  return [
    `${version === inUse ? "*" : " "} ${String(version).padStart(4)}`,
    created,
    `${references} references`,
    accepted > 0 ? `${accepted} accepted frames` : "",
    `${patches} patches`,
    `${backbone} ${resolution} px`,
    megabytes(bytes),
    origin ? `${origin.kind} by ${origin.by}` : "",
  ]
    .filter(Boolean)
    .join("  ");
}

function table({ versions: [a, b], settings, scores, words }: Comparison): string {
  const row = (label: string, x: unknown, y: unknown) => `${label.padEnd(28)} ${String(x).padEnd(22)} ${String(y)}`;
  const score = (value: number | undefined) => (value === undefined ? "-" : value.toPrecision(4));
  const lines = [
    row("", `version ${a.version}`, `version ${b.version}`),
    row("references", a.references, b.references),
    row("accepted frames", a.accepted, b.accepted),
    row("patches", a.patches, b.patches),
    row("calibration, median", score(a.calibration?.median), score(b.calibration?.median)),
    row("calibration, largest", score(a.calibration?.largest), score(b.calibration?.largest)),
    row("threshold", score(a.calibration?.threshold), score(b.calibration?.threshold)),
    ...settings.map(({ setting, values: [x, y] }) => row(setting, x.slice(0, 21), y.slice(0, 21))),
    ...scores.map(({ kind, number, file, scores: values, passes }) => {
      const [x, y] = values.map((value, i) => `${score(value)}${passes?.[i] ? " passes" : ""}`);
      return row(`${kind} ${number} ${file}`, x, y);
    }),
    words,
  ];
  return lines.filter(Boolean).join("\n");
}

/** Only a backbone that was named is meant; otherwise each version says which it needs. */
function backboneOptions(values: Values): Pick<RequestInput<"useVersion">, "backbone" | "models"> {
  if (values.backbone !== undefined) return { backbone: backboneOf(values) };
  return { models: { directory: modelsDirectory(values), mirror: values.mirror } };
}

function guardOf({ guard, rate, threshold }: Values): RequestInput<"useVersion">["guard"] {
  const modes = ["refuse", "warn", "off"] as const;
  const mode = modes.find((value) => value === (guard ?? "refuse"));
  if (!mode) throw new UsageError(`--guard takes ${modes.join(", ")}, not "${guard}".`);
  const share = rate === undefined ? undefined : Number(rate) / 100;
  if (share !== undefined && !(share > 0 && share < 1))
    throw new UsageError("--rate takes a false-reject rate in percent, such as 1.");
  const fixed = threshold === undefined ? undefined : Number(threshold);
  if (fixed !== undefined && !Number.isFinite(fixed)) throw new UsageError("--threshold takes a number.");
  return { mode, ...(share !== undefined && { rate: share }), ...(fixed !== undefined && { threshold: fixed }) };
}

function versionOf(text: string | undefined): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`A version is a number above 0, not "${text}".`);
}

const missingWords = (name: string, missing: number) =>
  `${name}: version ${missing}, which was in use, is missing; the newest whole one takes its place: restore its file or build again.`;

/** Containers run programs as users that the system has no name for. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "without a name"}`;
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
