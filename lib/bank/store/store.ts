import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ifAbsent } from "../../if-absent";
import { readBundleMetadata, writeBundle } from "../file/bundle";
import type { Commissioning, MemoryBank } from "../memory-bank";
import type { Actor, AuditLog, Noted } from "./audit";
import type { BundledFrames } from "./bundled-frames";
import { Ledger } from "./ledger";
import { noSuchVersion, notBuilt, stillUsed } from "./not-built";
import { lapsedAfter, setCommissioning } from "./set-commissioning";
import type { BankState, Step } from "./state-file";
import { FRAME_KINDS, FrameFolder, type FrameKind, type FrameMask, sha256Of } from "./stored-frames";
import { takeBack } from "./take-back";
import { undoFolderName } from "./undo-folders";
import { banksIn, type StoreState, type VersionFacts, versionFacts, versionsIn } from "./version-facts";

export interface SaveOptions {
  actor: Actor;
  /** Versions beyond this many are deleted, oldest first; never the one in use, the one before it or a pinned one. */
  keepVersions: number;
  /** Versions that nodes are set to. */
  pinned?: readonly number[];
  /** For the log. */
  frame?: string;
  note?: string;
  /** False leaves the version in use as it is. */
  activate?: boolean;
  /** Called with the version's file before it is taken into use; what it throws undoes the saving. */
  trial?: (file: string) => Promise<void>;
}

/**
 * One bank on disk: `<directory>/<name>/<version>.safetensors`, the frames kept for the next build, which version is in
 * use, and the audit log. Its methods must not run at the same time for one bank; the engine sees to that.
 */
export class BankStore {
  readonly root: string;
  readonly references: FrameFolder;
  /** Frames of which patches were accepted; their masks say which. */
  readonly accepted: FrameFolder;
  /** Known defects. */
  readonly defects: FrameFolder;
  private readonly ledger: Ledger;

  /** @param name already checked: it becomes a folder's name */
  constructor(
    directory: string,
    readonly name: string,
  ) {
    this.root = join(directory, name);
    this.references = new FrameFolder(join(this.root, "references"));
    this.accepted = new FrameFolder(join(this.root, "accepted"));
    this.defects = new FrameFolder(join(this.root, "defects"));
    this.ledger = new Ledger(this.root, name, {
      numbers: () => this.versionNumbers(),
      isWhole: (version) =>
        readBundleMetadata(this.versionFile(version)).then(
          () => true,
          () => false,
        ),
    });
  }

  get audit(): AuditLog {
    return this.ledger.audit;
  }

  /** Notes what is done to the bank as a whole. @param active the version in use where its files are gone */
  async note(noted: Noted, actor: Actor, active?: number): Promise<void> {
    await this.ledger.commit(active === undefined ? {} : { active, highest: active }, undefined, actor, noted);
  }

  /** Whether there is anything of it on disk. */
  async isThere(): Promise<boolean> {
    return (await stat(this.root).catch(ifAbsent(undefined))) !== undefined;
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
    if (version !== undefined) {
      if (versions.includes(version)) return version;
      throw noSuchVersion(this.name, version, versions);
    }
    const { state, missing } = await this.ledger.read(versions);
    const found = activeAmong(versions, state);
    if (found !== undefined) return found;
    const last = (await this.audit.read(1)).at(-1);
    const others = (await this.isThere()) ? [] : await banksIn(dirname(this.root));
    throw notBuilt(this.name, { last, missing, others });
  }

  async state(): Promise<StoreState> {
    const numbers = await this.versionNumbers();
    const { state, missing } = await this.ledger.read(numbers);
    const versions: VersionFacts[] = [];
    for (const version of numbers) {
      const file = this.versionFile(version);
      // A damaged version is left out of the list; scoring it says what is wrong with it.
      const metadata = await readBundleMetadata(file).catch(() => undefined);
      if (metadata) versions.push(versionFacts(version, metadata, (await stat(file)).size));
    }
    const active = activeAmong(numbers, state);
    const [references, accepted, defects] = await Promise.all(
      [this.references, this.accepted, this.defects].map(async (frames) => (await frames.list()).length),
    );
    return {
      ...(active === undefined ? {} : { version: active }),
      ...(missing !== undefined && { missing }),
      versions,
      references: references!,
      accepted: accepted!,
      defects: defects!,
      cleared: state.cleared,
    };
  }

  async addReference(image: Buffer, mask: FrameMask | undefined, actor: Actor): Promise<void> {
    const noted = { action: "add", frame: sha256Of(image) };
    await this.references.addFor(image, mask, (file) => this.ledger.commit({}, { kind: "add", file }, actor, noted));
  }

  async addDefect(image: Buffer, mask: FrameMask | undefined, actor: Actor): Promise<void> {
    const noted = { action: "defect", frame: sha256Of(image) };
    await this.defects.addFor(image, mask, (file) => this.ledger.commit({}, { kind: "defect", file }, actor, noted));
  }

  /** Sets frames aside, the accepted ones with the references; undo brings them back. A bank that is not there stays so. */
  async clear(what: FrameKind, actor: Actor): Promise<void> {
    if (!(await this.isThere())) return;
    const { state } = await this.ledger.read();
    const kinds: FrameKind[] = what === "references" ? ["references", "accepted"] : [what];
    const step: Extract<Step, { kind: "clear" }> = { kind: "clear", cleared: state.cleared };
    for (const kind of kinds) {
      const folder = undoFolderName();
      await this[kind].moveTo(join(this.root, folder));
      step[kind === "references" ? "folder" : kind] = folder;
    }
    const change = what === "references" ? { cleared: true } : {};
    await this.ledger.commit(change, step, actor, { action: "clear", note: what });
  }

  /**
   * Sets one reference aside, for the next build to be made without it; undo brings it back.
   * @param file as `references.list` has it
   */
  async leaveOut(file: string, actor: Actor): Promise<void> {
    const folder = undoFolderName();
    const { image } = await this.references.read(file);
    await this.references.moveOne(file, new FrameFolder(join(this.root, folder)));
    const noted = { action: "leave-out", frame: sha256Of(image), note: file };
    await this.ledger.commit({}, { kind: "leave-out", file, folder }, actor, noted);
  }

  /** Keeps a freshly built bank as the newest version, takes it into use and prunes old ones. */
  async save(bank: MemoryBank, options: SaveOptions): Promise<number> {
    return this.keep(bank, (before, cleared) => ({ kind: "build", before, cleared }), options);
  }

  /** The same for another machine's bank. @param frames that came with it and are to be kept; undo takes them out */
  async saveImported(bank: MemoryBank, frames: BundledFrames | undefined, options: SaveOptions): Promise<number> {
    const added: [FrameKind, string][] = [];
    const trial = async (file: string) => {
      await options.trial?.(file);
      for (const kind of frames ? FRAME_KINDS : [])
        for (const { image, mask } of frames![kind]) added.push([kind, await this[kind].add(image, mask)]);
    };
    try {
      return await this.keep(bank, (before, cleared) => ({ kind: "import", before, cleared, frames: added }), {
        ...options,
        trial,
      });
    } catch (thrown) {
      for (const [kind, file] of added) await this[kind].remove(file);
      throw thrown;
    }
  }

  /** The same for a version that has patches of one more frame. @param mask the patches accepted */
  async saveAccepted(bank: MemoryBank, image: Buffer, mask: FrameMask, options: SaveOptions): Promise<number> {
    return this.accepted.addFor(image, mask, (file) =>
      this.keep(bank, (before, cleared) => ({ kind: "ok", before, cleared, file }), options),
    );
  }

  /** Takes a version into use. @throws {GoldenSampleError} BANK_NOT_BUILT where it is not there */
  async use(version: number, actor: Actor, note?: string): Promise<void> {
    await this.resolve(version);
    const { state } = await this.ledger.read();
    if (state.active === version) return;
    const step: Step = { kind: "use", before: state.active, cleared: state.cleared };
    await this.ledger.commit({ active: version, cleared: false }, step, actor, {
      action: "use",
      ...(note && { note }),
    });
  }

  /** Keeps with a version what it was commissioned with. @param note for the log: the threshold before and after */
  async commission(version: number, found: Commissioning, actor: Actor, note: string): Promise<void> {
    const file = this.versionFile(version);
    const { commissioning: former = null } = await readBundleMetadata(file);
    await this.ledger.commit({}, { kind: "commission", version, former }, actor, { action: "commission", note });
    await setCommissioning(file, found);
  }

  /**
   * Deletes a version for good.
   * @param pinned versions that nodes are set to
   * @throws {GoldenSampleError} BAD_REQUEST where it is in use, BANK_NOT_BUILT where it is not there
   */
  async delete(version: number, pinned: readonly number[], actor: Actor): Promise<void> {
    const found = await this.resolve(version);
    const active = activeAmong(await this.versionNumbers(), (await this.ledger.read()).state);
    if (found === active || pinned.includes(found)) {
      throw stillUsed(this.name, version, found === active);
    }
    await this.ledger.commit({}, undefined, actor, { action: "delete", note: `version ${version}` });
    await rm(this.versionFile(version));
  }

  /**
   * Takes back the last step that can be taken back.
   * @throws {GoldenSampleError} BANK_NOT_BUILT where that leads to an earlier version that was deleted
   */
  async undo(actor: Actor): Promise<Step["kind"] | "nothing"> {
    const { state } = await this.ledger.read();
    const last = state.journal.at(-1);
    if (last === undefined) return "nothing";
    const now: Partial<BankState> = { journal: state.journal.slice(0, -1) };
    if ("before" in last) {
      now.active = last.before === null ? null : await this.resolve(last.before);
      now.cleared = last.cleared;
    }
    if (last.kind === "clear" && last.folder !== undefined) now.cleared = last.cleared;
    // The files first: after a crash in between, the same undo can be asked for again.
    await takeBack(last, {
      root: this.root,
      references: this.references,
      accepted: this.accepted,
      defects: this.defects,
      versionFile: (version) => this.versionFile(version),
      versions: await this.versionNumbers(),
    });
    await this.ledger.commit(now, undefined, actor, { action: "undo", note: last.kind });
    return last.kind;
  }

  private async keep(
    bank: MemoryBank,
    step: (before: number | null, cleared: boolean) => Step,
    { actor, keepVersions, pinned = [], frame, note, activate = true, trial }: SaveOptions,
  ): Promise<number> {
    const numbers = await this.versionNumbers();
    const from = await this.ledger.read(numbers);
    const before = activeAmong(numbers, from.state) ?? null;
    const version = Math.max(numbers.at(-1) ?? 0, from.state.highest) + 1;
    const lapsed = before === null ? undefined : await lapsedAfter(this.versionFile(before), before);
    const isLapsed = lapsed !== undefined && !bank.metadata.commissioning;
    const metadata = { ...bank.metadata, name: this.name, version, ...(isLapsed && { lapsedCommissioning: lapsed }) };
    await writeBundle(this.versionFile(version), { ...bank, metadata });
    try {
      await trial?.(this.versionFile(version));
      const made = step(before, from.state.cleared);
      const noted = { action: made.kind, ...(frame && { frame }), note: note ?? `version ${version}` };
      if (activate)
        await this.ledger.commit({ active: version, cleared: false, highest: version }, made, actor, noted, from);
      else await this.ledger.commit({ active: before, highest: version }, undefined, actor, noted, from);
    } catch (thrown) {
      await rm(this.versionFile(version), { force: true });
      throw thrown;
    }
    const spared = [before, version, ...pinned];
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keepVersions))) {
      if (!spared.includes(old)) await rm(this.versionFile(old), { force: true });
    }
    return version;
  }

  private versionNumbers(): Promise<number[]> {
    return versionsIn(this.root);
  }
}

function activeAmong(versions: readonly number[], { active }: BankState): number | undefined {
  return active !== null && versions.includes(active) ? active : undefined;
}
