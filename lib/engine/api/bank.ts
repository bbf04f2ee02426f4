import { z } from "zod";
import type { Fallback } from "../../backbone/backbone";
import { bankSettings } from "../../bank/memory-bank";
import type { StoreState, VersionFacts } from "../../bank/store";
import { FILE_NAME } from "../../file-name";
import type { MaskDecision } from "../../mask/foreground";
import { backboneSpec } from "./backbone";
import { imageSource, reuse } from "./image";
import { gridMask } from "./mask";

export const BANK_NAME = FILE_NAME;

/** A bank in a directory of versioned banks, or one bundle file. */
export const bankLocation = z.union([
  z.object({
    directory: z.string().min(1),
    name: z
      .string()
      .regex(
        BANK_NAME,
        "a bank's name has letters, digits, . _ - and at most 64 characters, no dot at the end and no name of a Windows device",
      ),
    /** Absent: the version in use. */
    version: z.int().positive().optional(),
  }),
  z.object({ file: z.string().min(1) }),
]);
/** Only banks in a directory have references and versions. */
export const storedBank = z.object({
  directory: z.string().min(1),
  name: z
    .string()
    .regex(
      BANK_NAME,
      "a bank's name has letters, digits, . _ - and at most 64 characters, no dot at the end and no name of a Windows device",
    ),
});

export type BankLocation = z.output<typeof bankLocation>;
export type StoredBank = z.output<typeof storedBank>;

export const bankRequests = {
  bankState: z.object({ bank: storedBank }),
  /** The reference's picture, as a small JPEG, for editors. */
  referencePicture: z.object({ bank: storedBank, index: z.int().min(0) }),
  addReference: z.object({ bank: storedBank, image: imageSource, mask: gridMask.optional() }),
  /** Takes back the last addReference, clear or build. */
  undo: z.object({ bank: storedBank }),
  /** Sets the references aside; versions already built stay. */
  clear: z.object({ bank: storedBank }),
  build: z.object({
    bank: bankLocation,
    backbone: backboneSpec,
    settings: bankSettings,
    /** Absent: the references kept in the bank's directory. */
    references: z.array(imageSource).min(1).optional(),
    /** Older versions beyond this many are deleted. */
    keepVersions: z.int().min(1).default(10),
    reuse,
  }),
};

export type BankVersion = VersionFacts;

export interface BankState extends StoreState {
  name: string;
}

export interface BuildResult {
  name: string;
  version: number;
  references: number;
  patches: number;
  dimension: number;
  backbone: string;
  fallback?: Fallback;
  mask: MaskDecision;
  calibration: number[];
  milliseconds: number;
}

export interface BankResponses {
  bankState: BankState;
  referencePicture: { picture: Buffer };
  addReference: BankState;
  undo: BankState & { undone: "add" | "clear" | "build" | "nothing" };
  clear: BankState;
  build: BuildResult;
}
