import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { GoldenSampleError } from "../errors";
import { readBundleMetadata, writeBundle } from "./bundle";
import type { MemoryBank } from "./memory-bank";
import { ReferenceFolder, type ReferenceMask } from "./references";

/** What happened to a bank, newest last, so that it can be taken back. */
const journalEntry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("add"), file: z.string() }),
  z.object({ kind: z.literal("clear"), folder: z.string() }),
  z.object({ kind: z.literal("build"), before: z.int().positive().nullable(), cleared: z.boolean() }),
]);
const stateFile = z.object({
  active: z.int().positive().nullable(),
  /** No build since the references were cleared. */
  cleared: z.boolean(),
  journal: z.array(journalEntry),
});
type State = z.output<typeof stateFile>;

/** Steps that can be taken back. */
const JOURNAL = 100;

export interface VersionFacts {
  version: number;
  created: string;
  references: number;
  patches: number;
  backbone: string;
  resolution: number;
}

export interface StoreState {
  /** The version in use; absent before the first build. */
  version?: number;
  versions: VersionFacts[];
  /** References kept for the next build. */
  references: number;
  /** The references were cleared and no version has been built since: the bank is being learned anew. */
  cleared: boolean;
}

/**
 * One bank on disk: `<directory>/<name>/<version>.safetensors`, the references for the next build, and which version
 * is in use. Its methods must not run at the same time for one bank; the engine sees to that.
 */
export class BankStore {
  private readonly root: string;
  readonly references: ReferenceFolder;

  /** @param name already checked: it becomes a folder's name */
  constructor(
    directory: string,
    readonly name: string,
  ) {
    this.root = join(directory, name);
    this.references = new ReferenceFolder(join(this.root, "references"));
  }

  versionFile(version: number): string {
    return join(this.root, `${version}.safetensors`);
  }

  /**
   * The version asked for, or the one in use.
   * @throws {GoldenSampleError} BANK_NOT_BUILT where there is none
   */
  async resolve(version?: number): Promise<number> {
    const versions = await this.versionNumbers();
    if (version !== undefined && !versions.includes(version)) {
      const there = versions.length > 0 ? `there are ${versions.join(", ")}` : "none has been built";
      throw new GoldenSampleError("BANK_NOT_BUILT", `The bank "${this.name}" has no version ${version}: ${there}.`);
    }
    const found = version ?? (await this.activeOf(versions));
    if (found !== undefined) return found;
    throw new GoldenSampleError(
      "BANK_NOT_BUILT",
      `The bank "${this.name}" has not been built yet: send references to an anomaly-build node first.`,
    );
  }

  async state(): Promise<StoreState> {
    const numbers = await this.versionNumbers();
    const versions: VersionFacts[] = [];
    for (const version of numbers) {
      // A damaged version is left out of the list; scoring it says what is wrong with it.
      const facts = await readBundleMetadata(this.versionFile(version)).catch(() => undefined);
      if (!facts) continue;
      const { created, references, patches, backbone } = facts;
      versions.push({ version, created, references, patches, backbone: backbone.id, resolution: backbone.resolution });
    }
    const active = await this.activeOf(numbers);
    const references = (await this.references.list()).length;
    const { cleared } = await this.read();
    return { ...(active === undefined ? {} : { version: active }), versions, references, cleared };
  }

  async addReference(image: Buffer, mask: ReferenceMask | undefined): Promise<void> {
    const file = await this.references.add(image, mask);
    await this.record({ kind: "add", file }, {});
  }

  async clear(): Promise<void> {
    const folder = `cleared-${Date.now()}-${randomBytes(2).toString("hex")}`;
    await mkdir(this.root, { recursive: true });
    await this.references.moveTo(join(this.root, folder));
    await this.record({ kind: "clear", folder }, { cleared: true });
  }

  /** Keeps a freshly built bank as the newest version, takes it into use and prunes old ones. */
  async save(bank: MemoryBank, keepVersions: number): Promise<number> {
    const numbers = await this.versionNumbers();
    const before = (await this.activeOf(numbers)) ?? null;
    const version = (numbers.at(-1) ?? 0) + 1;
    bank.metadata.version = version;
    await writeBundle(this.versionFile(version), bank);
    const { cleared } = await this.read();
    await this.record({ kind: "build", before, cleared }, { active: version, cleared: false });
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keepVersions))) {
      if (old !== before) await rm(this.versionFile(old), { force: true });
    }
    return version;
  }

  /**
   * Takes back the last step that can be taken back.
   * @throws {GoldenSampleError} BANK_NOT_BUILT where that is a build whose earlier version has been pruned
   */
  async undo(): Promise<"add" | "clear" | "build" | "nothing"> {
    const state = await this.read();
    const last = state.journal.at(-1);
    if (last === undefined) return "nothing";
    const now = { ...state, journal: state.journal.slice(0, -1) };
    if (last.kind === "add") await this.references.remove(last.file);
    else if (last.kind === "clear") {
      await this.references.moveFrom(join(this.root, last.folder));
      now.cleared = false;
    } else {
      now.active = last.before === null ? null : await this.resolve(last.before);
      now.cleared = last.cleared;
    }
    await this.write(now);
    return last.kind;
  }

  private async record(entry: State["journal"][number], change: Partial<State>): Promise<void> {
    const state = await this.read();
    await this.write({ ...state, ...change, journal: [...state.journal, entry] });
  }

  private async versionNumbers(): Promise<number[]> {
    const names = await readdir(this.root).catch(() => [] as string[]);
    const numbers = names.flatMap((name) => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? []).map(Number);
    return numbers.sort((a, b) => a - b);
  }

  private async activeOf(versions: number[]): Promise<number | undefined> {
    const text = await readFile(this.statePath, "utf8").catch(() => undefined);
    // No state file: versions copied here by hand, of which the newest is meant.
    if (text === undefined) return versions.at(-1);
    const { active } = parseState(text);
    return active !== null && versions.includes(active) ? active : undefined;
  }

  private async read(): Promise<State> {
    const text = await readFile(this.statePath, "utf8").catch(() => undefined);
    if (text !== undefined) return parseState(text);
    return { active: (await this.versionNumbers()).at(-1) ?? null, cleared: false, journal: [] };
  }

  private async write(state: State): Promise<void> {
    await mkdir(this.root, { recursive: true });
    const temporary = `${this.statePath}.${randomBytes(4).toString("hex")}.tmp`;
    await writeFile(temporary, JSON.stringify({ ...state, journal: state.journal.slice(-JOURNAL) }));
    await rename(temporary, this.statePath);
  }

  private get statePath(): string {
    return join(this.root, "state.json");
  }
}

function parseState(text: string): State {
  try {
    return stateFile.parse(JSON.parse(text));
  } catch (thrown) {
    throw new GoldenSampleError(
      "BAD_BANK",
      "The bank's state.json is damaged: delete it, and the newest version is used.",
      { cause: thrown },
    );
  }
}
