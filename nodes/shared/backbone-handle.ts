import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { acquireEngine, BUILT_IN, type Engine, GoldenSampleError, type RequestInput, readDescription } from "../../lib";
import { choice, deferred, number, text } from "./config";
import type { Runtime } from "./node-red";

export type BackboneSpec = RequestInput<"describe">["backbone"];
export const DEVICES = ["auto", "cpu", "cuda", "webgpu", "directml", "coreml"] as const;

/** The settings of an anomaly-backbone node, or of its dialog before it is deployed. */
export type BackboneConfig = Readonly<Record<string, unknown>>;

/** @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used */
export function backboneSpec(RED: Runtime, config: BackboneConfig): BackboneSpec {
  const kind = choice(config.model, ["texture", "file"], "texture", "Model");
  const file = text(config.file, "");
  if (kind === "file" && file === "") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      "The backbone has no file: enter the path of an ONNX file in its settings.",
    );
  }
  return {
    model: kind === "texture" ? BUILT_IN : resolve(userDirectory(RED), file),
    resolution: number(config.resolution, kind === "texture" ? 320 : 448, "Resolution", {
      from: 14,
      to: 4096,
      whole: true,
    }),
    device: choice(config.device, DEVICES, "auto", "Device"),
    threads: 0,
    // What the dialog hides for the built-in backbone is not used either.
    ...(kind === "file" && text(config.description, "") !== "" && { description: readDescription(config.description) }),
  };
}

/** Where this Node-RED keeps its user's files; also what relative paths start from. */
export function userDirectory(RED: Runtime): string {
  return RED.settings.userDir ?? join(homedir(), ".node-red");
}

/** A deployed backbone: what it is to run, and its share of the engine. */
export class BackboneHandle {
  private readonly read: () => { spec: BackboneSpec; engine: Engine };

  constructor(RED: Runtime, config: BackboneConfig) {
    this.read = deferred(() => {
      const spec = backboneSpec(RED, config);
      return { spec, engine: acquireEngine({ device: spec.device ?? "auto" }) };
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
