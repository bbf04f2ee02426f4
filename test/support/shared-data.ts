import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "mocha";

/** The project's root, wherever the compiled tests lie. */
export const ROOT = resolve(__dirname, "..", "..", "..");
const SHARED = resolve(ROOT, "..", "shared");

/** A path in the shared test material beside the checkout; the test is skipped, with the reason, where it is absent. */
export function sharedPath(context: Context, ...parts: string[]): string {
  const path = join(SHARED, ...parts);
  if (!existsSync(path)) {
    console.log(`      skipped: ${path} is not on this machine`);
    context.skip();
  }
  return path;
}
