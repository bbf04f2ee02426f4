import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { openInferenceSession } from "../runtime/open-inference/session";
import type { InferenceRuntime, Session } from "../runtime/types";
import { type Backbone, type BackboneInfo, type BackboneSpec, BUILT_IN } from "./backbone";
import { hashFile } from "./models/hash-file";
import type { PatchTokens } from "./patch-tokens";
import { probeLayout } from "./probe";
import { textureBackbone } from "./texture";

/** Mean and deviation of ImageNet, which DINOv2 and nearly every published backbone were trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225] } as const;
/** AnomalyDINO's threshold on the first principal component of DINOv2's tokens. */
const DINO_MASK_THRESHOLD = 10;

/**
 * Loads a backbone: the built-in one, any ONNX ViT with dynamic size by path, or one that an inference server runs.
 * @param known what a model from the store is called, and its hash that was checked there
 * @throws {GoldenSampleError} BAD_BACKBONE where the file is missing, is no ONNX model or gives no patch tokens;
 *   DEVICE_UNAVAILABLE where the device cannot be had
 */
export async function loadBackbone(
  runtime: InferenceRuntime,
  spec: BackboneSpec,
  known?: { id: string; sha256: string },
): Promise<Backbone> {
  if (spec.device === "remote") return loadRemote(spec);
  const options = { device: spec.device, threads: spec.threads };
  if (spec.model === BUILT_IN) {
    const { model, ...facts } = textureBackbone();
    const session = await runtime.createSession(model, options);
    const layout = { inputName: "pixel_values", outputName: "patch_tokens", leadingTokens: 0 };
    const sha256 = createHash("sha256").update(model).digest("hex");
    const { mean, standardDeviation, patchSize, dimension, maskThreshold, whiten } = facts;
    const rule = { mean, standardDeviation, patchSize, dimension, maskThreshold, whiten };
    return backbone(session, { id: BUILT_IN, sha256, ...layout, ...rule, ...place(spec, session) });
  }
  await mustBeFile(spec.model);
  const [session, sha256] = await Promise.all([open(runtime, spec), known?.sha256 ?? hashFile(spec.model)]);
  return probed(session, known?.id ?? basename(spec.model), sha256, spec);
}

async function loadRemote(spec: BackboneSpec): Promise<Backbone> {
  const { remote } = spec;
  if (!remote) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      'The device "remote" needs the address of an inference server: enter at least one endpoint.',
    );
  }
  const session = await openInferenceSession(remote);
  const id = remote.version === undefined ? remote.model : `${remote.model} ${remote.version}`;
  return probed(session, id, session.identity, spec);
}

async function probed(session: Session, id: string, sha256: string, spec: BackboneSpec): Promise<Backbone> {
  try {
    const layout = await probeLayout(session, id);
    const facts = { id, sha256, maskThreshold: DINO_MASK_THRESHOLD, whiten: false };
    return backbone(session, { ...facts, ...IMAGENET, ...layout, ...place(spec, session) });
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

const place = ({ resolution }: BackboneSpec, { device }: Session) => ({ resolution, device });

function backbone(session: Session, info: BackboneInfo): Backbone {
  return {
    info,
    async features({ data, height, width }) {
      const feeds = { [info.inputName]: { type: "float32", data, dims: [1, 3, height, width] } } as const;
      const tokens = (await session.run(feeds, [info.outputName]))[info.outputName]!;
      return dropLeading(tokens.data as Float32Array, height / info.patchSize, width / info.patchSize, info);
    },
    release: () => session.release(),
  };
}

function dropLeading(data: Float32Array, rows: number, cols: number, info: BackboneInfo): PatchTokens {
  const { dimension, leadingTokens, id } = info;
  const patches = data.subarray(leadingTokens * dimension);
  if (patches.length !== rows * cols * dimension) {
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      `${id} gave ${patches.length / dimension} patch tokens for a grid of ${rows} x ${cols}: it is not a backbone of one token a patch.`,
    );
  }
  return { rows, cols, dimension, data: patches };
}

async function mustBeFile(path: string): Promise<void> {
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile()) return;
  throw new GoldenSampleError(
    "BAD_BACKBONE",
    `The backbone file ${path} does not exist: give the path of an ONNX file, or choose the built-in "${BUILT_IN}".`,
  );
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
