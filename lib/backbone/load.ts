import { basename } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { openInferenceSession } from "../runtime/open-inference/session";
import type { InferenceRuntime, Session } from "../runtime/types";
import { sentence } from "../sentence";
import type { Backbone, BackboneInfo, BackboneSpec } from "./backbone";
import { builtInBackbone } from "./built-in/built-in";
import { type BuiltInName, isBuiltIn } from "./built-in/names";
import { resolutionOf } from "./description";
import { type AttentionFacts, openFastest } from "./fastest";
import { featureReader } from "./features";
import { fitOf } from "./fit";
import { modelFiles, modelHash, modelStamp, unreadable } from "./model-files";
import { precisionOf } from "./precision";
import type { InputTensor } from "./preprocess";
import { probeBackbone } from "./probe";

/** AnomalyDINO's threshold on the first principal component of DINOv2's tokens. */
const DINO_MASK_THRESHOLD = 10;
/** Times that a file is read which is replaced meanwhile. */
const MOST_ROUNDS = 3;

/**
 * Loads a backbone: the built-in one, any ONNX file that gives patch tokens or feature maps, or one that an inference
 * server runs.
 * @param known what a model from the store is called, and its hash that was checked there
 * @throws {GoldenSampleError} BAD_BACKBONE where the file is missing, is no ONNX model or gives no patches;
 *   DEVICE_UNAVAILABLE where the device cannot be had
 */
export async function loadBackbone(
  runtime: InferenceRuntime,
  spec: BackboneSpec,
  known?: { id: string; sha256: string },
): Promise<Backbone> {
  if (spec.device === "remote") return loadRemote(runtime, spec);
  if (isBuiltIn(spec.model)) return loadBuiltIn(runtime, spec, spec.model);
  const { model, notes, description: said } = spec;
  for (let round = 1; ; round++) {
    const files = await modelFiles(model);
    const stamp = await modelStamp(files);
    const sha256 = round === 1 && known ? known.sha256 : await modelHash(files);
    const given = { model, sha256, notes, said, options: sessionOptions(spec) };
    const { session, attention } = await openFastest(runtime, given, () => open(runtime, spec));
    // The hash may be that of the file before else, and that one's banks would be scored with what took its place.
    if ((await modelStamp(files)) === stamp)
      return probed(runtime, session, known?.id ?? basename(model), sha256, spec, attention);
    await session.release();
    if (round === MOST_ROUNDS) throw unreadable(model, "it changes while it is read");
  }
}

async function loadRemote(runtime: InferenceRuntime, spec: BackboneSpec): Promise<Backbone> {
  const { remote } = spec;
  if (!remote) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[remoteAddress] The device "remote" needs the address of an inference server: enter at least one endpoint.`,
    );
  }
  const session = await openInferenceSession(remote);
  const id = remote.version === undefined ? remote.model : `${remote.model} ${remote.version}`;
  return probed(runtime, session, id, session.identity, spec);
}

async function probed(
  runtime: InferenceRuntime,
  session: Session,
  id: string,
  sha256: string,
  spec: BackboneSpec,
  attention?: AttentionFacts,
): Promise<Backbone> {
  try {
    const description = await probeBackbone(session, id, spec.description);
    const facts = { id, sha256, maskThreshold: DINO_MASK_THRESHOLD, whiten: false };
    const precision = spec.device === "remote" ? {} : { precision: precisionOf(spec.model) };
    return backbone(session, {
      ...facts,
      ...precision,
      ...(attention && { attention }),
      ...description,
      ...place(runtime, spec, session, description),
    });
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

async function loadBuiltIn(runtime: InferenceRuntime, spec: BackboneSpec, id: BuiltInName): Promise<Backbone> {
  if (spec.description && Object.keys(spec.description).length > 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[builtInDescription] The built-in "${{ model: id }}" has its own description: remove yours or choose an ONNX file.`,
    );
  }
  const { model, output, ...facts } = await builtInBackbone(id);
  const session = await runtime.createSession(model, sessionOptions(spec));
  const { patchSize, dimension } = output;
  const size = { kind: "dynamic", multiple: patchSize } as const;
  return backbone(session, {
    ...{ id, ...facts, patchSize, dimension, size, outputs: [output] },
    ...{ inputName: "pixel_values", inputType: "float32", layout: "NCHW", batch: "dynamic" },
    ...place(runtime, spec, session, { size }),
  });
}

function place(
  { name }: InferenceRuntime,
  { resolution, fit }: BackboneSpec,
  { device }: Session,
  { size }: Pick<BackboneInfo, "size">,
) {
  return { resolution: resolutionOf(size, resolution), fit: fitOf(size, fit), device, runtime: { name, device } };
}

const sessionOptions = ({ device, deviceIndex, threads }: BackboneSpec) => ({ device, deviceIndex, threads });

function backbone(session: Session, info: BackboneInfo): Backbone {
  const featuresOfBatch = featureReader(session, info, info.id);
  const features = async (input: InputTensor) => (await featuresOfBatch([input]))[0]!;
  return { info, features, featuresOfBatch, release: () => session.release() };
}

async function open(runtime: InferenceRuntime, spec: BackboneSpec): Promise<Session> {
  const { model } = spec;
  try {
    return await runtime.createSession(model, sessionOptions(spec));
  } catch (thrown) {
    if (thrown instanceof GoldenSampleError) throw thrown;
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      sentence`[notOnnx] ${{ file: basename(model) }} is not an ONNX model that can be loaded (${{ why: firstSentence(thrown) }}): export it again.`,
      { cause: thrown },
    );
  }
}
