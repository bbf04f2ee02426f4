import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./shared-data";

/**
 * A Python that has what test/python/requirements.txt names: the one in GOLDEN_SAMPLE_PYTHON, or .cache/python, which
 * .ci/run makes. Where there is none, it is said what is skipped and why.
 */
export function pythonFor(what: string): string | undefined {
  const python = process.env.GOLDEN_SAMPLE_PYTHON ?? join(ROOT, ".cache", "python", "bin", "python");
  if (existsSync(python)) return python;
  console.log(
    `      skipped: ${what} needs Python: python3 -m venv .cache/python && .cache/python/bin/pip install -r test/python/requirements.txt`,
  );
  return undefined;
}
