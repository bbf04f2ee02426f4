import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { GoldenSampleError, plain } from "../../lib";

const run = promisify(execFile);

/**
 * Runs npm in a folder.
 * @throws {GoldenSampleError} INTERNAL with npm's first error where it fails or is not there
 */
export async function npm(cwd: string, args: readonly string[]): Promise<string> {
  const script = npmScript();
  const flags = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts"];
  try {
    const { stdout } = script
      ? await run(process.execPath, [script, ...args, ...flags], { cwd, maxBuffer: 1 << 24 })
      : await run("npm", [...args, ...flags], { cwd, maxBuffer: 1 << 24 });
    return stdout;
  } catch (thrown) {
    const { stderr = "", message } = thrown as Error & { stderr?: string };
    const errors = stderr
      .split("\n")
      .filter((line) => /^npm (error|ERR!) (?!code|errno|syscall|A complete log)/.test(line));
    const said = errors[0]?.replace(/^npm (error|ERR!) /, "") ?? message;
    throw new GoldenSampleError(
      "INTERNAL",
      plain(`npm ${args[0]} failed (${said}): check that npm runs and reaches its registry.`),
      {
        cause: thrown,
      },
    );
  }
}

/** npm's own script: on Windows its command is a batch file, which cannot be run without a shell. */
function npmScript(): string | undefined {
  const besideNode = dirname(process.execPath);
  const places = [
    process.env.npm_execpath ?? "",
    join(besideNode, "node_modules", "npm", "bin", "npm-cli.js"),
    join(besideNode, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  return places.find((path) => path.endsWith("npm-cli.js") && existsSync(path));
}
