import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "../../write-whole";

const checkRecord = z.object({ sha256: z.string(), bytes: z.number(), mtimeMs: z.number() });
const speed = z.object({
  sha256: z.string(),
  machine: z.string(),
  device: z.string(),
  resolution: z.number(),
  milliseconds: z.number(),
});
const rewrite = z.object({
  sha256: z.string(),
  revision: z.number(),
  runtime: z.string(),
  machine: z.string(),
  same: z.boolean(),
});
/** What was found out of a rewritten model: whether it computes the same on this machine and runtime. */
export type Rewrite = Omit<z.output<typeof rewrite>, "machine">;

/** Notes on so many rewritten models; the oldest go. */
const MOST_REWRITES = 200;

export type Speed = Omit<z.output<typeof speed>, "machine">;

/**
 * Notes beside the models. They only save work, so one that cannot be read or written (a folder shared read-only)
 * is no error.
 */
export const records = {
  /** Whether the file is still the one whose full SHA-256 was checked, by size and time. */
  async isChecked(path: string, note: string, sha256: string): Promise<boolean> {
    const [kept, file] = await Promise.all([read(note, checkRecord), stat(path).catch(() => undefined)]);
    return kept?.sha256 === sha256 && kept.bytes === file?.size && kept.mtimeMs === file.mtimeMs;
  },

  async checked(path: string, note: string, sha256: string): Promise<void> {
    const { size, mtimeMs } = await stat(path);
    await write(note, { sha256, bytes: size, mtimeMs });
  },

  /** What was measured on this machine. */
  async speeds(directory: string): Promise<Speed[]> {
    const all = (await read(speedsFile(directory), speed.array())) ?? [];
    return all.filter(({ machine }) => machine === hostname());
  },

  async addSpeed(directory: string, measured: Speed): Promise<void> {
    const all = (await read(speedsFile(directory), speed.array())) ?? [];
    await write(speedsFile(directory), [...all, { ...measured, machine: hostname() }]);
  },

  /** @returns undefined where nothing is known yet */
  async rewrite(directory: string, wanted: Omit<Rewrite, "same">): Promise<boolean | undefined> {
    const all = (await read(rewritesFile(directory), rewrite.array())) ?? [];
    return all.findLast((note) => isOf(note, wanted))?.same;
  },

  async addRewrite(directory: string, found: Rewrite): Promise<void> {
    const all = (await read(rewritesFile(directory), rewrite.array())) ?? [];
    const others = all.filter((note) => !isOf(note, found)).slice(1 - MOST_REWRITES);
    await write(rewritesFile(directory), [...others, { ...found, machine: hostname() }]);
  },
};

function isOf(note: z.output<typeof rewrite>, { sha256, revision, runtime }: Omit<Rewrite, "same">): boolean {
  return (
    note.sha256 === sha256 && note.revision === revision && note.runtime === runtime && note.machine === hostname()
  );
}

const rewritesFile = (directory: string) => join(directory, "rewrites.json");
const speedsFile = (directory: string) => join(directory, "speeds.json");

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

async function write(path: string, content: object): Promise<void> {
  // Models may be shared: others read the notes, too.
  await writeWhole(path, [Buffer.from(JSON.stringify(content))], { mode: 0o666 }).catch(() => undefined);
}
