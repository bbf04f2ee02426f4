import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_IN, isBuiltIn } from "./backbone/built-in/names";
import { defaultModelsDirectory, defaultResolution } from "./backbone/defaults";
import type { Fit } from "./backbone/fit";
import { isModelName } from "./backbone/models/registry";
import type { BankSettings } from "./bank/bank-settings";
import { bankCalibration } from "./bank/file/bank-calibration";
import type { MissingResult, Region, ScoreResult } from "./engine/frames/score-frame";
import type { Engine, RequestInput } from "./engine/requests";
import type { BuildProgress } from "./engine/requests/schemas";
import { acquireEngine } from "./engine/supervisor/registry";
import type { Timing } from "./engine/timing";
import { GoldenSampleError } from "./errors";
import type { FrameHealth } from "./health/check";
import { expandImages } from "./image/expand-images";
import { type ImageSource, toImageSource } from "./image/source";
import type { Device, RuntimeSetting } from "./runtime/types";
import { plain } from "./sentence";
import type { CalibratedThreshold } from "./threshold/calibrate";
import { defaultThreshold } from "./threshold/default-threshold";

// What these signatures name: with what is declared here, the API pages of docs/api.
export type { BankSettings } from "./bank/bank-settings";
export type { MissingResult, Region } from "./engine/frames/score-frame";
export type { BuildProgress } from "./engine/requests/schemas";
export type { Timing } from "./engine/timing";
export { type ErrorCode, GoldenSampleError } from "./errors";
export type { FrameHealth, Unlikeness } from "./health/check";
export type { PlainText, Sentence, SentenceValue } from "./sentence";
export type { CalibratedThreshold } from "./threshold/calibrate";
export type { RateInterval } from "./threshold/rate-interval";

/**
 * An image: a path; the bytes of an encoded file (JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP); or pixels of 8 bits,
 * row-major, of 1 (grey), 3 (RGB) or 4 (RGBA) channels.
 */
export type Image = string | Uint8Array | { data: Uint8Array; width: number; height: number; channels: number };

/** What `createInspector` takes. Needs `references`, `bank` or both. */
export interface InspectorOptions {
  /** Good parts, five to twenty are enough: a folder, or images and folders. */
  references?: string | readonly Image[];
  /** The path of a bank file. With references it is written, without them it is read. */
  bank?: string;
  /** `texture` (built in, the default), a model's name, or the path of an ONNX file. */
  backbone?: string;
  /** The smaller edge that images are brought to, in pixels; 320 of `texture`, else 448, by default. */
  resolution?: number;
  /** Whole frames (`all`), or right and bottom cropped (`crop`); by default as the bank was built, of a new one whole. */
  fit?: Fit;
  /** How the bank is built from references: rotations, mask, distance, coreset. */
  settings?: Partial<BankSettings>;
  /** Scores above it are anomalies; by default it is chosen from the references, see `Inspector.threshold`. */
  threshold?: number;
  /** Where the backbone runs; `auto`, the default, is the fastest device that passes its self-test. */
  device?: Exclude<Device, "remote">;
  /** The inference library; `auto`, the default, is native where it works, else portable. */
  runtime?: RuntimeSetting;
  /** Megabytes that the inference process may take, 200 or more. */
  memory?: number;
  /** The folder of models by name; by default `$GOLDEN_SAMPLE_MODELS`, or Node-RED's. */
  models?: string;
  /** Hears how far the building of the bank is. */
  onProgress?: (progress: BuildProgress) => void;
}

/** What is wanted of one image besides its score, map and verdict. */
export interface InspectOptions {
  /** A JPEG of the image with the anomaly map over it. */
  overlay?: boolean;
  /** Aborting takes back an image that waits; one in the backbone is let finish. */
  signal?: AbortSignal;
  /** Milliseconds from now after which the call fails with TIMEOUT, whatever the engine does. */
  deadline?: number;
}

/** What was found in one image. */
export interface Inspection {
  /** `unlike`: the image as a whole is unlike the references (lamp, focus, place), so it says nothing about the part. */
  verdict: "ok" | "anomaly" | "unlike";
  /** Mean of the largest 1 % of the patch distances. */
  score: number;
  /** The score above which the verdict is `anomaly`. */
  threshold: number;
  /** Whether something is missing that the references show, which is an anomaly too; absent where that cannot be told. */
  missing?: MissingResult;
  /** Distance of each patch to the nearest one of the bank, row-major [rows * cols]; 0 where the mask leaves out. */
  map: { rows: number; cols: number; data: Float32Array };
  /** Where the image is suspicious, in its pixels; the worst first. */
  regions: Region[];
  /** JPEG, where asked for. */
  overlay?: Buffer;
  /** Whether the image as a whole is like the references, and why not; banks of early versions do not tell. */
  health?: FrameHealth;
  /** Of the upright image, in pixels; `pages` where its file has several, of which the first was looked at. */
  image: { width: number; height: number; pages?: number };
  /** Where the milliseconds went. */
  timing: Timing;
}

/** Finds defects in images of one kind of part. Any number of images may be inspected at the same time. */
export interface Inspector {
  /**
   * The threshold, and in `words` how far it can be trusted; absent where one was given. It is that of the bank as the
   * inspector found or built it: where the file is built anew, each inspection has the threshold of the bank that scored it.
   */
  readonly threshold: CalibratedThreshold | undefined;
  /** What is to be known about the references, such as files in their folder that are no images; sentences. */
  readonly notes: readonly string[];
  /**
   * @throws {GoldenSampleError} BAD_IMAGE, TIMEOUT, CANCELLED; ENGINE_CLOSED after `close`; ENGINE_CRASHED where the
   * inference process ended twice over this image
   */
  inspect(image: Image, options?: InspectOptions): Promise<Inspection>;
  /** Gives up the inference process and removes what was temporary, once the images under way are answered. */
  close(): Promise<void>;
}

/**
 * Learns what good parts look like, and inspects others (AnomalyDINO, arXiv 2405.14529).
 *
 * Inference runs in a process of its own, as in Node-RED: this one's event loop stays free, and a crash is mended
 * there. All inspectors of a program share that process and its loaded models.
 *
 * @example
 * import { createInspector } from "@golden-sample/node-red-anomaly";
 *
 * const inspector = await createInspector({ references: "good/" });
 * const { verdict, score, map } = await inspector.inspect("part.jpg");
 * console.log(verdict, score, `${map.rows} x ${map.cols} patches`);
 * await inspector.close();
 *
 * @throws {GoldenSampleError} BAD_REQUEST, BAD_IMAGE, BAD_BANK, BAD_BACKBONE, BANK_MISMATCH, MODEL_UNAVAILABLE,
 * DEVICE_UNAVAILABLE, RUNTIME_UNAVAILABLE
 */
export async function createInspector(options: InspectorOptions): Promise<Inspector> {
  const { references, bank, threshold, onProgress, settings = {} } = options;
  if (references === undefined && bank === undefined)
    throw new GoldenSampleError(
      "BAD_REQUEST",
      plain("An inspector needs references or a bank: name a folder of good parts."),
    );
  if (threshold !== undefined && (typeof threshold !== "number" || Number.isNaN(threshold)))
    throw new GoldenSampleError(
      "BAD_REQUEST",
      // No score is over it, and every part would be ok.
      plain("The threshold is no number: give the score above which a part is an anomaly, or leave it out."),
    );
  const notes: string[] = [];
  const sources = references === undefined ? [] : await sourcesOf(references, (text) => notes.push(text));
  const { device = "auto", runtime = "auto", memory } = options;
  const engine = acquireEngine({ device, runtime, memory });
  let temporary: string | undefined;
  const close = async () => {
    engine.release();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    if (bank === undefined) temporary = await mkdtemp(join(tmpdir(), "golden-sample-"));
    const setup = { bank: { file: bank ?? join(temporary!, "bank.safetensors") }, backbone: backboneOf(options) };
    if (references !== undefined)
      await engine.call(
        "build",
        { ...setup, settings: { place: "auto", missing: "auto", ...settings }, references: sources },
        onProgress && { onProgress },
      );
    const chosen = threshold === undefined ? await thresholdOf(setup.bank.file) : undefined;
    return new EngineInspector(engine, setup, threshold, chosen, notes, close);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

type Setup = Pick<RequestInput<"score">, "backbone"> & { bank: { file: string } };

class EngineInspector implements Inspector {
  private closed: Promise<void> | undefined;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    private readonly given: number | undefined,
    readonly threshold: CalibratedThreshold | undefined,
    readonly notes: readonly string[],
    private readonly end: () => Promise<void>,
  ) {}

  async inspect(image: Image, { overlay = false, ...call }: InspectOptions = {}): Promise<Inspection> {
    if (this.closed)
      throw new GoldenSampleError(
        "ENGINE_CLOSED",
        plain("The inspector was closed: create another one to inspect images."),
      );
    const request = { ...this.setup, image: sourceOf(image), map: true, regions: true, overlay };
    const found = await this.untilAnswered(this.engine.call("score", request, call));
    const { score, health, missing } = found;
    const threshold = this.given ?? thresholdBy(found.bank);
    const isAnomaly = score > threshold || missing?.over === true;
    return {
      verdict: health?.state === "unlike" ? "unlike" : isAnomaly ? "anomaly" : "ok",
      score,
      ...(missing && { missing }),
      threshold,
      map: numbersOf(found.map!),
      regions: found.regions ?? [],
      ...(found.overlay && { overlay: found.overlay }),
      ...(health && { health }),
      image: found.image,
      timing: found.timing,
    };
  }

  close(): Promise<void> {
    // A bank that was temporary would be gone before an image's turn.
    this.closed ??= Promise.allSettled(this.underWay).then(() => this.end());
    return this.closed;
  }

  private async untilAnswered<T>(call: Promise<T>): Promise<T> {
    this.underWay.add(call);
    try {
      return await call;
    } finally {
      this.underWay.delete(call);
    }
  }
}

function backboneOf(options: InspectorOptions): Setup["backbone"] {
  const { backbone: model = BUILT_IN, resolution = defaultResolution(model), fit, device = "auto" } = options;
  const directory = options.models ?? defaultModelsDirectory();
  const models = isModelName(model) && { models: { directory } };
  const notes = !isBuiltIn(model) && { notes: directory };
  return { model, resolution, ...(fit && { fit }), device, ...models, ...notes };
}

async function thresholdOf(file: string): Promise<CalibratedThreshold> {
  const { calibration, weak, commissioned } = await bankCalibration(file);
  return defaultThreshold(calibration, weak, commissioned);
}

/** By the very bank that scored: another program may have built its file anew since. */
const thresholdBy = ({ calibration, calibratedBy, commissioned }: ScoreResult["bank"]): number =>
  defaultThreshold(calibration, calibratedBy === "copies", commissioned?.scores).threshold;

async function sourcesOf(references: string | readonly Image[], note: (text: string) => void): Promise<ImageSource[]> {
  const images = typeof references === "string" ? [references] : references;
  const found: ImageSource[] = [];
  for (const image of images) {
    const expanded = typeof image === "string" ? await expandImages([image], note) : [image];
    found.push(...expanded.map(sourceOf));
  }
  return found;
}

/** A string is a path here, never an image's bytes. */
const sourceOf = (image: Image): ImageSource =>
  typeof image === "string" ? { kind: "path", path: image } : toImageSource(image);

/** A copy: a Float32Array's memory is aligned, a Buffer's need not be. */
function numbersOf({ rows, cols, data }: { rows: number; cols: number; data: Buffer }): Inspection["map"] {
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => data.readFloatLE(4 * i)) };
}
