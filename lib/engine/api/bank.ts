import { z } from "zod";
import type { AuditEntry } from "../../bank/store/audit";
import type { Step } from "../../bank/store/state-file";
import type { StoreState, VersionFacts } from "../../bank/store/version-facts";
import { FILE_NAME } from "../../file-name";
import type { Finds } from "../../made-defects/finds";
import { imageSource, path } from "./image";
import { gridMask } from "./mask";

export const BANK_NAME = FILE_NAME;

/** Only banks in a directory have references and versions. */
export const storedBank = z.object({
  directory: path,
  name: z
    .string()
    .regex(
      BANK_NAME,
      "a bank's name has letters, digits, . _ - and at most 64 characters, no dot at the end and no name of a Windows device",
    ),
});

/** A bank in a directory of versioned banks, or one bundle file. */
export const bankLocation = z.union([
  storedBank.extend({
    /** Absent: the version in use. */
    version: z.int().positive().optional(),
  }),
  z.object({ file: path }),
]);

export type BankLocation = z.output<typeof bankLocation>;
export type StoredBank = z.output<typeof storedBank>;

/** Who asks for a change, for the bank's audit log. */
export const actor = z
  .object({ by: z.string().min(1).max(200), message: z.string().max(200).optional() })
  .default({ by: "unknown" });

export const bankRequests = {
  bankState: z.object({ bank: storedBank }),
  /** Banks of a directory that have versions or frames, by name. */
  bankNames: z.object({ directory: path }),
  /** The picture of a kept frame, as a small JPEG, for editors. */
  referencePicture: z.object({ bank: storedBank, index: z.int().min(0) }),
  /** The kept references, with what the version in use says of each. */
  listReferences: z.object({ bank: storedBank }),
  addReference: z.object({
    bank: storedBank,
    image: imageSource,
    mask: gridMask.optional(),
    /** Refuse a picture that is among the references already, byte for byte. */
    distinct: z.boolean().default(false),
    actor,
  }),
  /** Takes back the last step: add, clear, leave-out, build, ok, defect, use or import. */
  undo: z.object({ bank: storedBank, actor }),
  /** Sets frames aside, with the references the accepted ones, too; versions already built stay. */
  clear: z.object({
    bank: storedBank,
    what: z.enum(["references", "accepted", "defects"]).default("references"),
    actor,
  }),
  /** Sets one reference aside: the next build is made without it. */
  leaveOut: z.object({
    bank: storedBank,
    /** Its number in the version in use, from 1, as findings have it; or the file it is kept as. */
    reference: z.union([z.int().min(1), z.string().min(1).max(200)]),
    actor,
  }),
  /** What was done to the bank, newest last. */
  auditLog: z.object({ bank: storedBank, limit: z.int().min(1).max(10_000).default(100) }),
};

export type BankVersion = VersionFacts;

export interface BankState extends StoreState {
  name: string;
  /** What the default threshold of the version in use finds of its made defects, once they were made. */
  finds?: Finds;
}

/** A kept reference; the version in use may have been built without it. */
export interface ListedReference {
  /** What it is kept as. */
  file: string;
  /** Its number in the version in use, from 1. */
  number?: number;
  /** Its image score against the others of that version. */
  score?: number;
  /** Whether it is unlike the others. */
  outlier: boolean;
}

export interface BankResponses {
  bankState: BankState;
  bankNames: { names: string[] };
  referencePicture: { picture: Buffer };
  listReferences: { references: ListedReference[] };
  addReference: BankState;
  undo: BankState & { undone: Step["kind"] | "nothing" };
  clear: BankState;
  /** `file`: what the reference was kept as. */
  leaveOut: BankState & { file: string };
  auditLog: { name: string; entries: AuditEntry[] };
}
