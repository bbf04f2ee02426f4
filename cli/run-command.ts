import { acquireEngine, type Engine, GoldenSampleError } from "../lib";
import { type Arguments, engineOf, readArguments, unusedBeside } from "./arguments";
import { backbone } from "./backbone";
import { banks } from "./banks";
import { batch } from "./batch";
import { build } from "./build";
import { doctor } from "./doctor";
import { evaluate } from "./evaluate";
import { mustBeLookedAt } from "./looked-at";
import { madeDefects } from "./made-defects";
import { models } from "./models";
import { offlineBundle } from "./offline-bundle";
import { createOutput, type Output, type Streams } from "./output";
import { score } from "./score";
import { threshold } from "./threshold";
import { USAGE, UsageError } from "./usage";

type Command = (engine: Engine, args: Arguments, output: Output) => Promise<number>;
const COMMANDS: Readonly<Record<string, Command>> = {
  score,
  batch,
  build,
  evaluate,
  threshold,
  "made-defects": madeDefects,
  backbone,
  doctor,
  banks,
};

/**
 * Runs one command line, whatever it is.
 * @param words what follows the program's name
 * @returns the exit code: 0, 1 for bad input, 2 for wrong usage; why is on stderr by then
 */
export async function runCommand(words: readonly string[], streams: Streams): Promise<number> {
  try {
    return await run(words, streams);
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      streams.stderr.write(`golden-sample: ${thrown.message}\n\n${USAGE}\n`);
      return 2;
    }
    const message = thrown instanceof GoldenSampleError ? thrown.message : String(thrown);
    streams.stderr.write(`golden-sample: ${message}\n`);
    return 1;
  }
}

async function run(words: readonly string[], streams: Streams): Promise<number> {
  const args = readArguments(words);
  if (args.values.help) {
    streams.stdout.write(`${USAGE}\n`);
    return 0;
  }
  mustBeLookedAt(args);
  const output = createOutput(args.values.json ?? false, streams);
  if (args.command === "models") return models(args, output);
  if (args.command === "offline-bundle") return offlineBundle(args, output);
  const command = Object.hasOwn(COMMANDS, args.command ?? "") ? COMMANDS[args.command!] : undefined;
  if (!command)
    throw new UsageError(args.command === undefined ? "No command given." : `There is no command "${args.command}".`);
  const engine = acquireEngine(engineOf(args.values));
  try {
    const code = await command(engine, args, output);
    const unused = unusedBeside(args.values);
    if (unused !== undefined) output.note(unused);
    return code;
  } finally {
    engine.release();
  }
}
