import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  acquireEngine,
  BUILT_IN,
  BUILT_IN_RESOLUTION,
  BUILT_INS,
  DEVICES,
  type Engine,
  type EngineOptions,
  FITS,
  GoldenSampleError,
  isBuiltIn,
  isModelName,
  PRECISIONS,
  type RequestInput,
  RUNTIMES,
  readDescription,
  sentence,
} from "../../lib";
import { choice, deferred, flag, number, text } from "./config";
import type { Runtime } from "./node-red";
import { remoteServer } from "./remote-server";

export type BackboneSpec = RequestInput<"describe">["backbone"];

/** The settings of an anomaly-backbone node, or of its dialog before it is deployed. */
export type BackboneConfig = Readonly<Record<string, unknown>>;

/**
 * @param token for the device `remote`; kept apart from the settings, which are exported with the flow
 * @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used
 */
export function backboneSpec(RED: Runtime, config: BackboneConfig, token = ""): BackboneSpec {
  if (config.device === "remote") {
    const remote = remoteServer(config, token, userDirectory(RED));
    const size = { resolution: resolution(config, 448), ...edges(config) };
    return { model: remote.model, ...size, device: "remote", threads: 0, remote };
  }
  const kind = choice(config.model, [...BUILT_INS, "named", "file"], BUILT_IN, "Model");
  const file = text(config.file, "");
  if (kind === "file" && file === "") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[backboneWithoutFile] The backbone has no file: enter the path of an ONNX file in its settings.`,
    );
  }
  return {
    model: isBuiltIn(kind) ? kind : kind === "named" ? modelName(config) : resolve(userDirectory(RED), file),
    ...(kind === "named" && { models: { ...modelsPlace(RED, config), allowFallback: flag(config.fallback) } }),
    ...(!isBuiltIn(kind) && { notes: modelsPlace(RED, config).directory }),
    resolution: resolution(config, isBuiltIn(kind) ? BUILT_IN_RESOLUTION : 448),
    ...edges(config),
    device: choice(config.device, DEVICES, "auto", "Device"),
    deviceIndex: number(config.deviceIndex, 0, "Number", { from: 0, to: 63, whole: true }),
    // Only a model by name has variants.
    ...(kind === "named" &&
      text(config.precision, "") !== "" && { precision: choice(config.precision, PRECISIONS, "fp32", "Precision") }),
    threads: 0,
    // What the dialog hides for the built-in backbone is not used either.
    ...(kind === "file" && text(config.description, "") !== "" && { description: readDescription(config.description) }),
  };
}

/**
 * The engine that a backbone's settings ask for.
 * @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used
 */
export function engineOptions(spec: BackboneSpec, config: BackboneConfig): EngineOptions {
  const { device = "auto", deviceIndex } = spec;
  return {
    device,
    deviceIndex,
    runtime: choice(config.runtime, RUNTIMES, "auto", "Runtime"),
    // 0, or nothing: no budget.
    memory: number(config.memory, 0, "Memory", { from: 0, whole: true }) || undefined,
  };
}

function resolution(config: BackboneConfig, fallback: number): number {
  return number(config.resolution, fallback, "Resolution", { from: 14, to: 4096, whole: true });
}

/** Empty, and in flows from before it could be chosen: as each bank was built. */
function edges(config: BackboneConfig): Pick<BackboneSpec, "fit"> {
  return text(config.fit, "") === "" ? {} : { fit: choice(config.fit, FITS, "all", "Fit") };
}

function modelName(config: BackboneConfig): string {
  const name = text(config.modelName, "");
  if (isModelName(name) && name !== "") return name;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[backboneWithoutModel] The backbone has no model: choose one by name in its settings.`,
  );
}

/** Where models by name are kept, and the server they come from where it is not the usual one. */
export function modelsPlace(RED: Runtime, { mirror }: BackboneConfig): { directory: string; mirror?: string } {
  const directory = process.env.GOLDEN_SAMPLE_MODELS || join(userDirectory(RED), "golden-sample", "models");
  const server = text(mirror, "");
  return { directory, ...(server !== "" && { mirror: server }) };
}

/** Where this Node-RED keeps its user's files; also what relative paths start from. */
export function userDirectory(RED: Runtime): string {
  return RED.settings.userDir ?? join(homedir(), ".node-red");
}

/** A deployed backbone: what it is to run, and its share of the engine. */
export class BackboneHandle {
  private readonly read: () => { spec: BackboneSpec; engine: Engine };

  constructor(RED: Runtime, config: BackboneConfig, token?: string) {
    this.read = deferred(() => {
      const spec = backboneSpec(RED, config, token);
      return { spec, engine: acquireEngine(engineOptions(spec, config)) };
    });
  }

  /** @throws {GoldenSampleError} where the settings cannot be used or there is no engine */
  get spec(): BackboneSpec {
    return this.read().spec;
  }

  get engine(): Engine {
    return this.read().engine;
  }

  close(): void {
    try {
      this.engine.release();
    } catch {
      // Nothing was acquired.
    }
  }
}

/** @throws {GoldenSampleError} BAD_REQUEST where `id` is no deployed backbone */
export function findBackbone(RED: Runtime, id: unknown): BackboneHandle {
  const node = RED.nodes.getNode(text(id, "")) as { backbone?: unknown } | null;
  if (node?.backbone instanceof BackboneHandle) return node.backbone;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noBackbone] The node has no backbone, or it is disabled: choose one in the node's settings and deploy.`,
  );
}
