import { z } from "zod";
import { FILE_NAME } from "../../file-name";
import { path } from "./image";

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
