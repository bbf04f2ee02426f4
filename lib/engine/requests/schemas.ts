import { z } from "zod";
import { descriptionOverrides } from "../../backbone/description";
import { FITS } from "../../backbone/fit";
import { modelEntry } from "../../backbone/models/registry";
import { PRECISIONS } from "../../backbone/precision";
import { box } from "../../bank/bank-settings";
import { FILE_NAME } from "../../confined-path";
import { MOST_NAME, MOST_REGIONS } from "../../mask/named-region";
import { DEVICES } from "../../runtime/types";
import type { Sentence } from "../../sentence";

/** A path on the engine's machine. */
export const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "a path has no NUL character");

const buffer = z.custom<Buffer>((value) => value instanceof Uint8Array, "a Buffer is expected");

export const imageSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("encoded"), data: buffer }),
  z.object({ kind: z.literal("path"), path, within: path.optional() }),
  z.object({
    kind: z.literal("raw"),
    data: buffer,
    width: z.int().positive(),
    height: z.int().positive(),
    channels: z.int().positive(),
  }),
]);

/**
 * Keeps the images' tokens in memory under this name, for further requests of the same name, as evaluations make them;
 * a request of another name lets them go.
 */
export const reuse = z.string().min(1).max(500).optional();

const share = z.number().min(0).max(1);
export const polygon = z.array(z.tuple([share, share])).min(3);

const namedRegion = z.object({
  name: z.string().trim().min(1).max(MOST_NAME),
  threshold: z.number().optional(),
  outlines: z.array(polygon).min(1),
});

export const gridMask = z
  .object({
    rows: z.int().positive(),
    cols: z.int().positive(),
    dtype: z.literal("uint8"),
    data: buffer,
    /** What the grid covers, and the box around the regions it was made with, as shares of the frame. */
    area: box.optional(),
    region: box.optional(),
    /** Regions that are scored by themselves, too; what the mask leaves out of them is not looked at. */
    regionsOfInterest: z.array(namedRegion).max(MOST_REGIONS).optional(),
  })
  .refine(({ data }) => data.every((byte) => byte <= 1), "a mask holds 1 where to look and 0 elsewhere");

export const foregroundMode = z.enum(["auto", "on", "off"]);

/** A model on servers that speak the Open Inference Protocol v2. */
const remoteServer = z.object({
  endpoints: z.array(z.string().min(1)).min(1).max(64),
  model: z.string().min(1),
  version: z.string().min(1).optional(),
  token: z.string().min(1).optional(),
  /** Path of a PEM file. */
  ca: z.string().min(1).optional(),
  insecure: z.boolean().optional(),
  /** Milliseconds. */
  connectTimeout: z.int().min(1).max(600_000).optional(),
  timeout: z.int().min(1).max(600_000).optional(),
  retries: z.int().min(0).max(20).optional(),
});

/** Where models by name are kept, and where they come from. */
export const modelsPlace = z.object({
  directory: path,
  /** Takes the place of https://huggingface.co; the same layout. */
  mirror: z.string().optional(),
  /** Further models, beside the pinned ones and models.json in the directory. */
  entries: z.array(modelEntry).optional(),
});

export const backboneSpec = z.object({
  /** `texture`, a path (it has a separator, or ends in .onnx), or with `models` a model's name. */
  model: path,
  resolution: z.int().min(14).max(4096),
  /** Absent: as the bank was built that it is used with, and the whole frame where there is none yet. */
  fit: z.enum(FITS).optional(),
  device: z.enum(DEVICES).default("auto"),
  /** Which of several devices of a kind. */
  deviceIndex: z.int().min(0).max(63).optional(),
  /** Of a model by name that has variants; absent: as named. A file's is only told. */
  precision: z.enum(PRECISIONS).optional(),
  threads: z.int().min(0).max(256).default(0),
  /** Needed with the device `remote`. */
  remote: remoteServer.optional(),
  /** `allowFallback`: runs on `texture` where a model by name cannot be had; results say so. */
  models: modelsPlace.extend({ allowFallback: z.boolean().optional() }).optional(),
  /** Folder for notes of what was found out about models by path, too; absent: found out at each start. */
  notes: path.optional(),
  /** Of an ONNX file, where probing finds out too little or something else is wanted. */
  description: descriptionOverrides.optional(),
});

export type BackboneRequest = z.output<typeof backboneSpec>;

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

/** What is done about known defects that would pass after a change, and from which score on one is caught. */
export const guard = z
  .object({
    mode: z.enum(["refuse", "warn", "off"]).default("refuse"),
    /** False-reject rate that a threshold is chosen for from the bank's calibration; absent: the default threshold. */
    rate: z.number().gt(0).lt(1).optional(),
    /** Takes the place of the calibrated one. */
    threshold: z.number().optional(),
  })
  .default({ mode: "refuse" });
export type Guard = z.output<typeof guard>;

/** A known defect under a version that is to be taken into use. */
export interface ReplayedDefect {
  /** Counted from 1. */
  number: number;
  file: string;
  score: number;
  /** Its score under the version in use; absent where that cannot be told. */
  before?: number;
  passes: boolean;
}

export interface Replay {
  /** Absent where the bank has no calibration; then nothing is refused. */
  threshold?: number;
  defects: ReplayedDefect[];
  /** One sentence for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

/** How far a request is that takes its time. */
export interface BuildProgress {
  done: number;
  total: number;
  /** `download`: bytes of the backbone, which comes first where it is not there; `reduce`: patches of a coreset. */
  phase?: "download" | "reduce" | "made defects";
}
