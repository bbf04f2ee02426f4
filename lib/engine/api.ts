import { z } from "zod";
import type { BackboneInfo, Fallback } from "../backbone/backbone";
import { descriptionOverrides } from "../backbone/description";
import { modelEntry } from "../backbone/models/registry";
import type { ModelState } from "../backbone/models/store";
import { bankSettings } from "../bank/memory-bank";
import type { StoreState, VersionFacts } from "../bank/store";
import type { MaskDecision } from "../mask/foreground";

/**
 * What can be asked of the engine, and what it answers. Everything here crosses a process boundary, so it is plain
 * data: numbers, strings and Buffers. The schemas check what arrives at the engine; the types are theirs.
 */

const buffer = z.custom<Buffer>((value) => value instanceof Uint8Array, "a Buffer is expected");
const share = z.number().min(0).max(1);

export const imageSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("encoded"), data: buffer }),
  z.object({ kind: z.literal("path"), path: z.string() }),
  z.object({
    kind: z.literal("raw"),
    data: buffer,
    width: z.int().positive(),
    height: z.int().positive(),
    channels: z.int().positive(),
  }),
]);

/** A model on servers that speak the Open Inference Protocol v2. */
export const remoteServer = z.object({
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
  directory: z.string().min(1),
  /** Takes the place of https://huggingface.co; the same layout. */
  mirror: z.string().optional(),
  /** Further models, beside the pinned ones and models.json in the directory. */
  entries: z.array(modelEntry).optional(),
});

export const backboneSpec = z.object({
  /** `texture`, a path (it has a separator, or ends in .onnx), or with `models` a model's name. */
  model: z.string().min(1),
  resolution: z.int().min(14).max(4096),
  device: z.enum(["auto", "cpu", "cuda", "webgpu", "directml", "coreml", "remote"]).default("auto"),
  threads: z.int().min(0).max(256).default(0),
  /** Needed with the device `remote`. */
  remote: remoteServer.optional(),
  /** `allowFallback`: runs on `texture` where a model by name cannot be had; results say so. */
  models: modelsPlace.extend({ allowFallback: z.boolean().optional() }).optional(),
  /** Of an ONNX file, where probing finds out too little or something else is wanted. */
  description: descriptionOverrides.optional(),
});

export const BANK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A bank in a directory of versioned banks, or one bundle file. */
export const bankLocation = z.union([
  z.object({
    directory: z.string().min(1),
    name: z.string().regex(BANK_NAME, "a bank's name has letters, digits, . _ - and at most 64 characters"),
    /** Absent: the version in use. */
    version: z.int().positive().optional(),
  }),
  z.object({ file: z.string().min(1) }),
]);
/** Only banks in a directory have references and versions. */
export const storedBank = z.object({
  directory: z.string().min(1),
  name: z.string().regex(BANK_NAME, "a bank's name has letters, digits, . _ - and at most 64 characters"),
});

export const gridMask = z.object({
  rows: z.int().positive(),
  cols: z.int().positive(),
  dtype: z.literal("uint8"),
  data: buffer,
});

export const foregroundMode = z.enum(["auto", "on", "off"]);
const polygon = z.array(z.tuple([share, share])).min(3);

export const requests = {
  /** Loads the backbone if it is not yet. */
  describe: z.object({ backbone: backboneSpec }),
  score: z.object({
    image: imageSource,
    backbone: backboneSpec,
    bank: bankLocation,
    /** Takes the place of the bank's own foreground mask. */
    mask: gridMask.optional(),
    /** Patch distances as they come out of the search. */
    map: z.boolean().default(false),
    regions: z.boolean().default(false),
    overlay: z.boolean().default(false),
    /** Patch distance from which a patch belongs to a region; absent: the bank's own calibration. */
    regionLevel: z.number().positive().optional(),
  }),
  mask: z.object({
    image: imageSource,
    backbone: backboneSpec,
    bank: bankLocation.optional(),
    foreground: foregroundMode,
    include: z.array(polygon).default([]),
    exclude: z.array(polygon).default([]),
    picture: z.boolean().default(false),
  }),
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
  }),
  models: z.object({ models: modelsPlace }),
  downloadModel: z.object({ models: modelsPlace, name: z.string() }),
  /** `file`: a path on the engine's machine. */
  importModel: z.object({ models: modelsPlace, name: z.string(), file: z.string().min(1) }),
  /** Reads the whole file; otherwise that happens once. */
  verifyModel: z.object({ models: modelsPlace, name: z.string() }),
};

export type Requests = typeof requests;
/** As a caller writes it (defaults may be left out) and as the engine reads it. */
export type RequestInput<M extends keyof Requests> = z.input<Requests[M]>;
export type Request<M extends keyof Requests> = z.output<Requests[M]>;

export type BackboneRequest = z.output<typeof backboneSpec>;
export type BankLocation = z.output<typeof bankLocation>;
export type StoredBank = z.output<typeof storedBank>;

/** A mask on the patch grid as messages carry it: uint8 [rows * cols], 1 = look here. */
export interface MaskMessage {
  rows: number;
  cols: number;
  dtype: "uint8";
  data: Buffer;
}

export interface MaskResult extends MaskMessage {
  /** Share of the grid that is looked at, 0..1. */
  coverage: number;
  foreground: MaskDecision;
  image: { width: number; height: number };
  /** JPEG of the image with what is left out darkened, where asked for. */
  picture?: Buffer;
  fallback?: Fallback;
}

/** A connected area of suspicious patches, in pixels of the upright image. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Pixels. */
  area: number;
  /** Largest patch distance in it. */
  score: number;
  /** Where the best match of its worst patch lies: index of the reference, pixels in it. */
  nearest: { reference: number; x: number; y: number };
}

export interface ScoreResult {
  score: number;
  grid: { rows: number; cols: number };
  /** Patch distances, little-endian float32 [rows * cols], where asked for. */
  map?: { rows: number; cols: number; dtype: "float32"; data: Buffer };
  regions?: Region[];
  /** JPEG of the image with the anomaly map over it, where asked for. */
  overlay?: Buffer;
  /** `calibration`: leave-one-image-out scores of the bank's references. */
  bank: { name: string; version: number; calibration: number[] };
  backbone: string;
  /** Set where the backbone wanted could not be had and the built-in one did the work. */
  fallback?: Fallback;
  image: { width: number; height: number };
  mask: MaskDecision & { coverage: number };
  /** Milliseconds; `queue` is the wait for other frames' inference. */
  timing: { queue: number; decode: number; features: number; match: number; total: number };
}

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

export interface BuildProgress {
  done: number;
  total: number;
  /** `download`: bytes of the backbone, which comes first where it is not there. */
  phase?: "download";
}

export interface Responses {
  /** `milliseconds` of one inference, measured once on a machine and recorded; only where `models` says where. */
  describe: BackboneInfo & { milliseconds?: number };
  score: ScoreResult;
  mask: MaskResult;
  bankState: BankState;
  referencePicture: { picture: Buffer };
  addReference: BankState;
  undo: BankState & { undone: "add" | "clear" | "build" | "nothing" };
  clear: BankState;
  build: BuildResult;
  models: { models: ModelState[] };
  downloadModel: { name: string; path: string };
  importModel: { name: string; path: string };
  verifyModel: { name: string; path: string; sha256: string };
}

export type Method = keyof Requests & keyof Responses;

export interface CallOptions {
  /** Building reports after each step. */
  onProgress?: (progress: BuildProgress) => void;
  /** Aborting ends a build between two images; frames under way are answered but not waited for. */
  signal?: AbortSignal;
}

/** `starting` until the process answers, `restarting` after a crash, `failed` once restarts are given up for a while. */
export type EngineState = "starting" | "ready" | "restarting" | "failed" | "closed";

/** The inference process as its users see it; shared by all of them. */
export interface Engine {
  call<M extends Method>(method: M, request: RequestInput<M>, options?: CallOptions): Promise<Responses[M]>;
  readonly state: EngineState;
  /** @returns a function that ends the listening */
  onState(listener: (state: EngineState, reason: string) => void): () => void;
  /** Gives up this user's share; the process ends some time after the last one did. */
  release(): void;
}
