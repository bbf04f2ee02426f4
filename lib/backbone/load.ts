import { createHash } from "node:crypto";
import { basename } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import type { InferenceRuntime, Session } from "../runtime/types";
import { type Backbone, type BackboneInfo, type BackboneSpec, BUILT_IN } from "./backbone";
import { resolutionOf } from "./description";
import { featureReader } from "./features";
import { modelFiles, modelHash } from "./model-files";
import { probeBackbone } from "./probe";
import { textureBackbone } from "./texture";

/** AnomalyDINO's threshold on the first principal component of DINOv2's tokens. */
const DINO_MASK_THRESHOLD = 10;

/**
 * Loads a backbone: the built-in one, or any ONNX file that gives patch tokens or feature maps, by path.
 * @throws {GoldenSampleError} BAD_BACKBONE where the file is missing, is no ONNX model or gives no patches;
 *   DEVICE_UNAVAILABLE where the device cannot be had
 */
export async function loadBackbone(runtime: InferenceRuntime, spec: BackboneSpec): Promise<Backbone> {
  if (spec.model === BUILT_IN) return loadTexture(runtime, spec);
  const file = basename(spec.model);
  const files = await modelFiles(spec.model);
  const [session, sha256] = await Promise.all([open(runtime, spec), modelHash(files)]);
  try {
    const description = await probeBackbone(session, file, spec.description);
    const facts = { id: file, sha256, maskThreshold: DINO_MASK_THRESHOLD, whiten: false };
    return backbone(session, { ...facts, ...description, ...place(spec, session, description) });
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

async function loadTexture(runtime: InferenceRuntime, spec: BackboneSpec): Promise<Backbone> {
  if (spec.description && Object.keys(spec.description).length > 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The built-in "${BUILT_IN}" has its own description: remove yours or choose an ONNX file.`,
    );
  }
  const { model, patchSize, dimension, mean, standardDeviation, maskThreshold, whiten } = textureBackbone();
  const session = await runtime.createSession(model, { device: spec.device, threads: spec.threads });
  const sha256 = createHash("sha256").update(model).digest("hex");
  const size = { kind: "dynamic", multiple: patchSize } as const;
  const tokens = { kind: "tokens", leadingTokens: 0, trailingTokens: 0, patchSize, dimension } as const;
  return backbone(session, {
    ...{ id: BUILT_IN, sha256, maskThreshold, whiten, mean, standardDeviation, patchSize, dimension, size },
    ...{ inputName: "pixel_values", inputType: "float32", layout: "NCHW", batch: "dynamic" },
    outputs: [{ name: "patch_tokens", ...tokens }],
    ...place(spec, session, { size }),
  });
}

const place = ({ resolution }: BackboneSpec, { device }: Session, { size }: Pick<BackboneInfo, "size">) => ({
  resolution: resolutionOf(size, resolution),
  device,
});

function backbone(session: Session, info: BackboneInfo): Backbone {
  return { info, features: featureReader(session, info, info.id), release: () => session.release() };
}

async function open(runtime: InferenceRuntime, { model, device, threads }: BackboneSpec): Promise<Session> {
  try {
    return await runtime.createSession(model, { device, threads });
  } catch (thrown) {
    if (thrown instanceof GoldenSampleError) throw thrown;
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      `${basename(model)} is not an ONNX model that can be loaded (${firstSentence(thrown)}): export it again.`,
      { cause: thrown },
    );
  }
}
