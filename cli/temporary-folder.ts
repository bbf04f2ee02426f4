import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Gives this process and those that it starts a temporary folder of their own, which goes with it: a bank of many
 * megabytes would otherwise stay where somebody presses Ctrl-C or reads the first line only (`| head -1`).
 */
export function ownTemporaryFolder(): void {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "golden-sample-"));
  } catch {
    // What needs one says so; most commands do not.
    return;
  }
  for (const name of ["TMPDIR", "TEMP", "TMP"]) process.env[name] = folder;
  const tidy = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", tidy);
  for (const signal of ENDINGS) {
    process.once(signal, () => {
      tidy();
      // Ends as it would have without us, so that a shell's loop over many commands ends, too.
      process.kill(process.pid, signal);
    });
  }
}
