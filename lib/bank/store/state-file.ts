import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ifAbsent } from "../../if-absent";
import { sentence } from "../../sentence";
import { writeBankFile } from "../file/write-bank-file";
import { commissioning } from "../memory-bank";
import { FRAME_KINDS } from "./stored-frames";

const before = z.int().positive().nullable();
/** What happened to a bank, newest last, so that it can be taken back. */
const step = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("add"), file: z.string() }),
  /** Folders that the frames were set aside in. */
  z.object({
    kind: z.literal("clear"),
    folder: z.string().optional(),
    accepted: z.string().optional(),
    defects: z.string().optional(),
    /** Whether the bank was being learned anew before, too. */
    cleared: z.boolean().default(false),
  }),
  /** `file`: of the reference, set aside in `folder`. */
  z.object({ kind: z.literal("leave-out"), file: z.string(), folder: z.string() }),
  z.object({ kind: z.literal("build"), before, cleared: z.boolean() }),
  z.object({ kind: z.literal("use"), before, cleared: z.boolean() }),
  /** `frames`: that came with it. */
  z.object({
    kind: z.literal("import"),
    before,
    cleared: z.boolean(),
    frames: z.array(z.tuple([z.enum(FRAME_KINDS), z.string()])).default([]),
  }),
  /** `file`: of the accepted frame. */
  z.object({ kind: z.literal("ok"), before, cleared: z.boolean(), file: z.string() }),
  z.object({ kind: z.literal("defect"), file: z.string() }),
  /** Of a version, which had been commissioned otherwise before, or not at all. */
  z.object({ kind: z.literal("commission"), version: z.int().positive(), former: commissioning.nullable() }),
]);
const bankState = z.object({
  /** The version in use. */
  active: z.int().positive().nullable(),
  /** No build since the references were cleared. */
  cleared: z.boolean(),
  journal: z.array(step),
  /** The highest version there has been: the number of one that was deleted is not given again. */
  highest: z.int().min(0).default(0),
});
export type Step = z.output<typeof step>;
export type BankState = z.output<typeof bankState>;

/** Steps that can be taken back. */
export const JOURNAL = 100;

/** @returns undefined where there is none, "damaged" where it cannot be read */
export async function readState(path: string): Promise<BankState | undefined | "damaged"> {
  const text = await readFile(path, "utf8").catch(ifAbsent(undefined));
  if (text === undefined) return undefined;
  try {
    return bankState.parse(JSON.parse(text));
  } catch {
    return "damaged";
  }
}

/** The switch from one version to another is this rename. */
export async function writeState(path: string, state: BankState): Promise<void> {
  const text = JSON.stringify({ ...state, journal: state.journal.slice(-JOURNAL) });
  await writeBankFile(path, [Buffer.from(text)], sentence`[theBanksState] The bank's state`);
}
