import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import type { BuiltInBackbone } from "./model";

/** Of the weights in `lite.onnx`; training/MODEL-CARD.md says where they come from. A change of them is a breaking one. */
const SHA256 = "d6769dea1206e36640be504128b746b148930c610603cc351f704a1e77e43215";
const STRIDE = 16;
const DIMENSION = 256;

/**
 * The learned backbone: a small convolutional network of our own training (`training/`), one token a 16 x 16 patch.
 * @throws {GoldenSampleError} BAD_BACKBONE where its file is missing or damaged
 */
export async function liteBackbone(): Promise<BuiltInBackbone> {
  const model = await readFile(join(__dirname, "lite.onnx")).catch(() => undefined);
  const sha256 = model && createHash("sha256").update(model).digest("hex");
  if (!model || sha256 !== SHA256) {
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      model
        ? sentence`[builtInDamaged] The built-in backbone's file is damaged: install @golden-sample/node-red-anomaly again.`
        : sentence`[builtInMissing] The built-in backbone's file is missing: install @golden-sample/node-red-anomaly again.`,
    );
  }
  return {
    model,
    sha256,
    output: { name: "features", kind: "map", layout: "NCHW", patchSize: STRIDE, dimension: DIMENSION },
    mean: [0.485, 0.456, 0.406],
    standardDeviation: [0.229, 0.224, 0.225],
    maskThreshold: 0.1,
    // A part that is missing looks like background: masked out, it would never be found.
    autoMask: false,
    whiten: false,
    // Measured (docs/method.md): pieces of one product differ all over, above all surfaces, and that is no defect; and its
    // tokens are averaged over 3 x 3 patches, so that two already stand for an area.
    relative: true,
    worstShare: 0.005,
    precision: "fp16",
  };
}
