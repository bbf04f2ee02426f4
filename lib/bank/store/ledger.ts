import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { type Actor, AuditLog, type Noted } from "./audit";
import { type BankState, JOURNAL, readState, type Step, writeState } from "./state-file";
import { sweepUndoFolders } from "./undo-folders";

/** What was found on disk. */
export interface Recorded {
  state: BankState;
  /** The version that the state file names, where it is not there and another took its place, or none is whole. */
  missing?: number;
  /** Why the state is not what the state file says; for the log. */
  recovered?: string;
}

/** The versions on disk. */
export interface VersionsOnDisk {
  /** Oldest first. */
  numbers: () => Promise<number[]>;
  /** Whether a version's file is there from its first byte to its last. */
  isWhole: (version: number) => Promise<boolean>;
}

/** Which version of a bank is in use and what can be taken back (`state.json`), with the audit log of how it came so. */
export class Ledger {
  readonly audit: AuditLog;
  private readonly file: string;

  constructor(
    private readonly root: string,
    private readonly name: string,
    private readonly versions: VersionsOnDisk,
  ) {
    this.audit = new AuditLog(join(root, "audit.jsonl"));
    this.file = join(root, "state.json");
  }

  /**
   * Without a state file: versions copied here by hand, of which the newest is meant. A damaged one is made good for by
   * the audit log, which has the version in use with every change; only the steps to take back are lost. Where the
   * version in use is not there any more, the newest whole one is used: nothing is learned anew because a file is gone.
   */
  async read(known?: readonly number[]): Promise<Recorded> {
    const numbers = known ?? (await this.versions.numbers());
    const recorded = await this.recorded(numbers);
    const { active } = recorded.state;
    if (active === null || numbers.includes(active)) return recorded;
    const newest = await this.newestWhole(numbers);
    if (newest === undefined) return { ...recorded, missing: active };
    const recovered = `version ${active} is missing, version ${newest} is the newest whole one`;
    return { state: { ...recorded.state, active: newest }, missing: active, recovered };
  }

  private async newestWhole(numbers: readonly number[]): Promise<number | undefined> {
    for (const version of [...numbers].reverse()) if (await this.versions.isWhole(version)) return version;
    return undefined;
  }

  private async recorded(numbers: readonly number[]): Promise<Recorded> {
    const found = await readState(this.file);
    if (found !== undefined && found !== "damaged") return { state: found };
    if (found === undefined) {
      const newest = numbers.at(-1) ?? null;
      return { state: { active: newest, cleared: false, journal: [], highest: newest ?? 0 } };
    }
    const entries = await this.audit.read(Number.POSITIVE_INFINITY);
    const last = entries.at(-1);
    if (last) {
      const highest = entries.reduce((most, { after }) => Math.max(most, after ?? 0), 0);
      return {
        state: { active: last.after, cleared: false, journal: [], highest },
        recovered: "state.json was damaged",
      };
    }
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[stateDamaged] The bank's state.json is damaged: delete it, and the newest version of "${{ bank: this.name }}" is used.`,
    );
  }

  /** Notes a change, then makes it: the new state is one rename. */
  async commit(
    change: Partial<BankState>,
    step: Step | undefined,
    { by, message }: Actor,
    noted: Noted,
    from?: Recorded,
  ): Promise<void> {
    const { state, recovered } = from ?? (await this.read());
    const now = { ...state, ...change };
    if (step) now.journal = [...now.journal, step];
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const time = new Date().toISOString();
    const facts = { time, by, ...(message !== undefined && { message }), before: state.active };
    if (recovered !== undefined)
      await this.audit.append({ ...facts, action: "recover", after: state.active, note: recovered });
    await this.audit.append({ ...facts, after: now.active, ...noted });
    await writeState(this.file, now);
    await sweepUndoFolders(this.root, now.journal.slice(-JOURNAL));
  }
}
