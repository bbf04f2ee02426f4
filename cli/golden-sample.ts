#!/usr/bin/env node
import { acquireEngine, type Engine, GoldenSampleError } from "../lib";
import { type Arguments, engineOf, readArguments } from "./arguments";
import { backbone } from "./backbone";
import { banks } from "./banks";
import { batch } from "./batch";
import { build } from "./build";
import { doctor } from "./doctor";
import { evaluate } from "./evaluate";
import { madeDefects } from "./made-defects";
import { models } from "./models";
import { offlineBundle } from "./offline-bundle";
import { createOutput, type Output } from "./output";
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

async function main(argv: readonly string[]): Promise<number> {
  const args = readArguments(argv);
  if (args.values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const output = createOutput(args.values.json ?? false);
  if (args.command === "models") return models(args, output);
  if (args.command === "offline-bundle") return offlineBundle(args, output);
  const command = Object.hasOwn(COMMANDS, args.command ?? "") ? COMMANDS[args.command!] : undefined;
  if (!command)
    throw new UsageError(args.command === undefined ? "No command given." : `There is no command "${args.command}".`);
  const engine = acquireEngine(engineOf(args.values));
  try {
    return await command(engine, args, output);
  } finally {
    engine.release();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    if (thrown instanceof UsageError) {
      process.stderr.write(`golden-sample: ${thrown.message}\n\n${USAGE}\n`);
      process.exitCode = 2;
      return;
    }
    const message = thrown instanceof GoldenSampleError ? thrown.message : String(thrown);
    process.stderr.write(`golden-sample: ${message}\n`);
    process.exitCode = 1;
  },
);

// A reader that closes early (`| head`) is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
