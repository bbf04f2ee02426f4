import { join } from "node:path";
import { setCommissioning } from "./set-commissioning";
import type { Step } from "./state-file";
import { FrameFolder, type FrameKind } from "./stored-frames";

/** A bank's files, as far as steps change them. */
interface BankFiles extends Record<FrameKind, FrameFolder> {
  root: string;
  versionFile: (version: number) => string;
  /** Versions that are there. */
  versions: readonly number[];
}

/**
 * Puts a bank's files back as they were before a step; which version is in use is the state file's. Done twice, as after
 * a crash in between, it is as if done once.
 */
export async function takeBack(step: Step, bank: BankFiles): Promise<void> {
  switch (step.kind) {
    case "add":
      return bank.references.remove(step.file);
    case "defect":
      return bank.defects.remove(step.file);
    case "ok":
      return bank.accepted.remove(step.file);
    case "import":
      for (const [kind, file] of step.frames) await bank[kind].remove(file);
      return;
    case "clear":
      return bringBack(step, bank);
    case "leave-out":
      return new FrameFolder(join(bank.root, step.folder)).moveOne(step.file, bank.references);
    case "commission":
      // A version that was pruned meanwhile needs it no more.
      if (bank.versions.includes(step.version))
        await setCommissioning(bank.versionFile(step.version), step.former ?? undefined);
  }
}

async function bringBack(
  { folder, accepted, defects }: Extract<Step, { kind: "clear" }>,
  bank: BankFiles,
): Promise<void> {
  if (folder !== undefined) await bank.references.moveFrom(join(bank.root, folder));
  if (accepted !== undefined) await bank.accepted.moveFrom(join(bank.root, accepted));
  if (defects !== undefined) await bank.defects.moveFrom(join(bank.root, defects));
}
