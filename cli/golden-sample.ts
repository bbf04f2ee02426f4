#!/usr/bin/env node
import { runCommand } from "./run-command";
import { ownTemporaryFolder } from "./temporary-folder";

ownTemporaryFolder();
void runCommand(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});

// A reader that closes early (`| head`) is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
