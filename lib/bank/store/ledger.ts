import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { GoldenSampleError } from "../../errors";
import { type Actor, AuditLog, type Noted } from "./audit";
import { sweepSetAside } from "./set-aside";
import { type BankState, JOURNAL, readState, type Step, writeState } from "./state-file";

/** What was found on disk; `recovered` from the audit log, where the state file is damaged. */
export interface Recorded {
  state: BankState;
  recovered: boolean;
}

/** Which version of a bank is in use and what can be taken back (`state.json`), with the audit log of how it came so. */
export class Ledger {
  readonly audit: AuditLog;
  private readonly file: string;

  /** @param versions numbers of those on disk, oldest first */
  constructor(
    private readonly root: string,
    private readonly name: string,
    private readonly versions: () => Promise<number[]>,
  ) {
    this.audit = new AuditLog(join(root, "audit.jsonl"));
    this.file = join(root, "state.json");
  }

  /**
   * Without a state file: versions copied here by hand, of which the newest is meant. A damaged one is made good for by
   * the audit log, which has the version in use with every change; only the steps to take back are lost.
   */
  async read(known?: readonly number[]): Promise<Recorded> {
    const found = await readState(this.file);
    if (found !== undefined && found !== "damaged") return { state: found, recovered: false };
    if (found === undefined) {
      const newest = (known ?? (await this.versions())).at(-1) ?? null;
      return { state: { active: newest, cleared: false, journal: [], highest: newest ?? 0 }, recovered: false };
    }
    const entries = await this.audit.read(Number.POSITIVE_INFINITY);
    const last = entries.at(-1);
    if (last) {
      const highest = entries.reduce((most, { after }) => Math.max(most, after ?? 0), 0);
      return { state: { active: last.after, cleared: false, journal: [], highest }, recovered: true };
    }
    throw new GoldenSampleError(
      "BAD_BANK",
      `The bank's state.json is damaged: delete it, and the newest version of "${this.name}" is used.`,
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
    await mkdir(this.root, { recursive: true });
    const time = new Date().toISOString();
    const facts = { time, by, ...(message !== undefined && { message }), before: state.active };
    if (recovered)
      await this.audit.append({ ...facts, action: "recover", after: state.active, note: "state.json was damaged" });
    await this.audit.append({ ...facts, after: now.active, ...noted });
    await writeState(this.file, now);
    await sweepSetAside(this.root, now.journal.slice(-JOURNAL));
  }
}
