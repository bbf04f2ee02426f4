import { z } from "zod";
import { descriptionOverrides } from "../../backbone/description";
import { FITS } from "../../backbone/fit";
import { modelEntry } from "../../backbone/models/registry";
import { PRECISIONS } from "../../backbone/precision";
import { DEVICES } from "../../runtime/types";
import { path } from "./image";

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
