import { GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";
import type { AuditEntry } from "./audit";

/** @returns what to throw where a bank lacks the version asked for. @param versions those that there are */
export function noSuchVersion(bank: string, version: number, versions: readonly number[]): GoldenSampleError {
  return new GoldenSampleError(
    "BANK_NOT_BUILT",
    versions.length > 0
      ? sentence`[noSuchVersion] The bank "${{ bank }}" has no version ${{ version }}: there are ${{ versions: versions.join(", ") }}.`
      : sentence`[noVersionYet] The bank "${{ bank }}" has no version ${{ version }}: none has been built.`,
  );
}

/** @returns what to throw where a version is to be deleted. @param inUse else a node is set to it */
export function stillUsed(bank: string, version: number, inUse: boolean): GoldenSampleError {
  return new GoldenSampleError(
    "BAD_REQUEST",
    inUse
      ? sentence`[versionInUse] Version ${{ version }} of the bank "${{ bank }}" is in use: take another one into use first.`
      : sentence`[versionSetInNode] Version ${{ version }} of the bank "${{ bank }}" is set in a node: choose another there.`,
  );
}

interface Known {
  /** The newest entry of its log. */
  last: AuditEntry | undefined;
  /** The version that was in use and whose file is gone. */
  missing: number | undefined;
  /** Banks beside it, where there is nothing of this one. */
  others: readonly string[];
}

/** @returns what to throw where a bank has no version to be used, by what became of it */
export function notBuilt(bank: string, { last, missing, others }: Known): GoldenSampleError {
  const retired = retiredWords(bank, last);
  if (retired !== undefined) return new GoldenSampleError("BANK_NOT_BUILT", retired);
  if (missing !== undefined) {
    return new GoldenSampleError(
      "BANK_NOT_BUILT",
      sentence`[versionLost] The bank "${{ bank }}" has lost version ${{ version: missing }}, which was in use, and has no other that is whole: restore its file or build it again.`,
    );
  }
  return new GoldenSampleError(
    "BANK_NOT_BUILT",
    others.length === 0
      ? sentence`[notBuilt] The bank "${{ bank }}" has not been built yet: send references to an anomaly-build node first.`
      : sentence`[notBuiltOthers] The bank "${{ bank }}" has not been built yet: send references to an anomaly-build node first, or correct the name to one of those there are (${{ banks: others.join(", ") }}).`,
  );
}

/** One sentence about a bank that was renamed or deleted, by the last entry of its log; undefined of others. */
function retiredWords(bank: string, last: AuditEntry | undefined): Sentence | undefined {
  if (last?.action === "rename" && last.note !== bank)
    return sentence`[bankRenamed] The bank "${{ bank }}" was renamed to "${{ other: last.note ?? "" }}" by ${{ by: last.by }}: choose that name in the node's bank and deploy.`;
  if (last?.action === "delete-bank")
    return sentence`[bankDeleted] The bank "${{ bank }}" was deleted by ${{ by: last.by }}: send good parts with msg.action "add" and build it again, or choose another bank.`;
  return undefined;
}
