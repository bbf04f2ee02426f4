import type { Backbone, BackboneSpec } from "../../backbone/backbone";
import { BUILT_IN, isBuiltIn } from "../../backbone/built-in/names";
import { resolutionOf } from "../../backbone/description";
import { fitOf } from "../../backbone/fit";
import { loadBackbone } from "../../backbone/load";
import { externalFiles, fileStamp } from "../../backbone/model-files";
import { isModelName } from "../../backbone/models/registry";
import { ModelStore } from "../../backbone/models/store";
import { GoldenSampleError } from "../../errors";
import type { Device, InferenceRuntime } from "../../runtime/types";
import { type Sentence, saidOf } from "../../sentence";
import { type Holds, Lru } from "../caches";
import { DeviceSelection } from "../devices/device-selection";
import { timeTokens } from "../devices/probe";
import type { BackboneRequest, BuildProgress } from "../requests/schemas";

/** Models in memory at a time, beside those in use: one that a deploy has taken out of use makes room for the next. */
const KEPT = 4;
/** Milliseconds for which a download that failed is not tried again: a camera asks many times a second. */
const FAILED_FOR = 30_000;

/** Models whose list of files is remembered: it is asked for with every frame. */
const LISTED = 32;

type OnProgress = (progress: BuildProgress) => void;

interface Loading {
  backbone: Promise<Backbone>;
  /** All who wait for it. */
  listeners: Set<OnProgress>;
  isThere: boolean;
}

/** What a device's self-test found. */
export interface DeviceReport {
  device: Device;
  passed: boolean;
  /** Why it is not used; a sentence. */
  reason?: string;
  /** What other languages make the reason from. */
  sentence?: Sentence;
  /** There is no such device: nothing is wrong. */
  absent?: boolean;
  /** Of one inference. */
  milliseconds?: number;
  /** Least cosine similarity of a patch token to the CPU's. */
  cosine?: number;
  /** What \`auto\` takes. */
  chosen: boolean;
}

/** Where a backbone comes from: this process' own models, or another's. */
export interface BackboneSource {
  /** @throws {GoldenSampleError} BAD_BACKBONE, DEVICE_UNAVAILABLE, MODEL_UNAVAILABLE */
  get(request: BackboneRequest): Promise<Backbone>;
}

/** The loaded models: one for each file (or built-in), device and thread count, whatever the resolution and however many flows. */
export class Backbones implements BackboneSource {
  private readonly loaded = new Lru<Loading>(KEPT, release);
  private readonly external = new Lru<{ stamp: string; files: string[] }>(LISTED);
  private holds: Holds | undefined;

  constructor(
    private readonly runtime: InferenceRuntime,
    private readonly devices: DeviceSelection = new DeviceSelection(runtime),
  ) {}

  /** The same models, seen by one request: what it gets here stays loaded until it lets go. */
  usedBy(holds: Holds): Backbones {
    return Object.assign(Object.create(this) as Backbones, { holds });
  }

  /**
   * @param onProgress of a download, where the model has to be fetched first
   * @param onWait called where it has to be loaded first
   * @throws {GoldenSampleError} BAD_BACKBONE, DEVICE_UNAVAILABLE, MODEL_UNAVAILABLE
   */
  async get(
    request: BackboneRequest,
    onProgress: OnProgress = () => undefined,
    onWait: () => void = () => undefined,
  ): Promise<Backbone> {
    const spec = await inPrecisionWanted(request);
    const key = await this.keyOf(spec);
    let loading = this.loaded.get(key);
    if (!loading) {
      const listeners = new Set<OnProgress>();
      const tell: OnProgress = (progress) => {
        for (const listener of listeners) listener(progress);
      };
      const begun: Loading = { backbone: this.load(spec, tell), listeners, isThere: false };
      loading = begun;
      this.loaded.set(key, begun);
      begun.backbone.then(
        () => {
          begun.isThere = true;
        },
        (thrown: unknown) => this.forget(key, begun, thrown),
      );
    }
    this.holds?.add(this.loaded.hold(key));
    if (!loading.isThere) onWait();
    const { backbone: ready, listeners } = loading;
    listeners.add(onProgress);
    try {
      const backbone = await ready;
      const { size } = backbone.info;
      const asked = { resolution: resolutionOf(size, spec.resolution), fit: fitOf(size, spec.fit) };
      return { ...backbone, info: { ...backbone.info, ...asked } };
    } finally {
      listeners.delete(onProgress);
    }
  }

  /**
   * What the self-tests of all devices say of a backbone.
   * @throws {GoldenSampleError} BAD_BACKBONE, MODEL_UNAVAILABLE
   */
  async examine(request: BackboneRequest): Promise<DeviceReport[]> {
    const spec = await inPrecisionWanted(request);
    const { models, model } = spec;
    const path = models && isModelName(model) ? (await new ModelStore(models).ensure(model)).path : model;
    const local = { ...spec, model: path };
    const { device: chosen } = await this.devices.place({ ...local, device: "auto" });
    const cpu = await timeTokens(this.runtime, { ...local, device: "cpu", deviceIndex: 0 });
    const others = await this.devices.examine(local);
    return [
      { device: "cpu", passed: true, milliseconds: cpu.milliseconds, cosine: 1, chosen: chosen === "cpu" },
      ...others.map(({ device, verdict, absent }): DeviceReport => {
        const known = { device, passed: verdict.passed, chosen: device === chosen, absent };
        if (!verdict.passed) return { ...known, ...saidOf(verdict.reason) };
        const { milliseconds, cosine } = verdict.figures;
        return { ...known, milliseconds, cosine };
      }),
    ];
  }

  private async load(spec: BackboneRequest, onProgress: OnProgress): Promise<Backbone> {
    const { models, model, device } = spec;
    // On an inference server the name is the server's, not the store's.
    if (device === "remote" || !models || !isModelName(model)) return this.loadPlaced(spec);
    try {
      const { entry, path } = await new ModelStore(models).ensure(model, {
        onProgress: (progress) => onProgress({ ...progress, phase: "download" }),
      });
      return await this.loadPlaced({ ...spec, model: path }, { id: model, sha256: entry.sha256 });
    } catch (thrown) {
      if (!models.allowFallback || !(thrown instanceof GoldenSampleError) || thrown.code !== "MODEL_UNAVAILABLE")
        throw thrown;
      const { message: reason, sentence } = thrown;
      const fallback = { wanted: model, reason, ...(sentence && { sentence }) };
      const backbone = await this.loadPlaced({ ...spec, model: BUILT_IN, description: undefined });
      return { ...backbone, info: { ...backbone.info, fallback } };
    }
  }

  /** On the device wanted, or the best there is. */
  private async loadPlaced(spec: BackboneSpec, known?: { id: string; sha256: string }): Promise<Backbone> {
    const { device, reason } = await this.devices.place(spec);
    const backbone = await loadBackbone(this.runtime, { ...spec, device }, known);
    if (reason === undefined) return backbone;
    const { info } = backbone;
    return { ...backbone, info: { ...info, runtime: { ...info.runtime, ...saidOf(reason) } } };
  }

  /** A failed load is tried again by the next request: the file may be there by then. */
  private forget(key: string, failed: Loading, thrown: unknown): void {
    const drop = () => {
      if (this.loaded.get(key) === failed) this.loaded.delete(key);
    };
    if (thrown instanceof GoldenSampleError && thrown.code === "MODEL_UNAVAILABLE")
      setTimeout(drop, FAILED_FOR).unref();
    else drop();
  }

  /** With the files' sizes and times: a model replaced, or there at last, is another one, and so are its weights. */
  private async keyOf({
    model,
    device,
    deviceIndex,
    threads,
    description,
    models,
    remote,
  }: BackboneRequest): Promise<string> {
    if (device === "remote") return JSON.stringify([device, remote, description]);
    const settings = [model, device, deviceIndex, threads, description];
    if (isBuiltIn(model)) return JSON.stringify(settings);
    const isNamed = models !== undefined && isModelName(model);
    const path = isNamed ? await pathOf(new ModelStore(models), model) : model;
    const own = await fileStamp(path);
    if (own === undefined) return JSON.stringify([...settings, path, models]);
    let listed = this.external.get(path);
    if (listed?.stamp !== own) {
      listed = { stamp: own, files: externalFiles(path) };
      this.external.set(path, listed);
    }
    return JSON.stringify([...settings, path, own, await Promise.all(listed.files.map(fileStamp))]);
  }
}

/** With the name of the variant that the request means. */
async function inPrecisionWanted(spec: BackboneRequest): Promise<BackboneRequest> {
  const { models, model, precision, device } = spec;
  if (precision === undefined || device === "remote" || !models || !isModelName(model)) return spec;
  return { ...spec, model: (await new ModelStore(models).entry(model, precision)).name };
}

async function pathOf(store: ModelStore, model: string): Promise<string> {
  return store.pathOf(await store.entry(model));
}

function release({ backbone }: Loading): void {
  backbone.then(
    (loaded) => loaded.release(),
    () => undefined,
  );
}
