import { GoldenSampleError } from "../errors";
import type { Tensor } from "../runtime/types";
import { sentence } from "../sentence";
import type { Backbone } from "./backbone";
import type { PatchTokens } from "./patch-tokens";
import type { InputTensor } from "./preprocess";

/** Puts tensors that differ only in their content one behind the other along the first axis. */
export function stack(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (tensors.length === 1) return first!;
  const [batch = 1, ...rest] = first!.dims;
  const size = first!.data.length;
  const Values = first!.data.constructor as new (length: number) => Float32Array;
  const data = new Values(size * tensors.length);
  for (const [i, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, i * size);
  return { ...first!, data, dims: [batch * tensors.length, ...rest] } as Tensor;
}

/**
 * The part of the first axis that belongs to picture `index` of `count`; shares the memory of the whole.
 * @throws {GoldenSampleError} BAD_BACKBONE where the axis does not have that many
 */
export function slice(tensor: Tensor, index: number, count: number): Tensor {
  if (count === 1) return tensor;
  const [batch, ...rest] = tensor.dims;
  if (batch !== count) {
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      sentence`[batchMismatch] The model gave ${{ results: batch ?? 0 }} results for ${{ images: count }} images: export it with a dynamic batch axis or with a batch of 1.`,
    );
  }
  const size = tensor.data.length / count;
  return { ...tensor, data: tensor.data.subarray(index * size, (index + 1) * size), dims: [1, ...rest] } as Tensor;
}

/** Largest difference between tokens of a batch and of a single run, as a share of the largest token value. */
const TOLERANCE = 1e-3;

/** What is known of a loaded model's batches. */
export interface BatchTrust {
  /** Images in one run. */
  most: number;
  /** A first batch agreed with a single run. */
  checked: boolean;
}

/**
 * A file may say that its batch axis is free and still mix up the images in it, which would be wrong verdicts. So the
 * first batch is compared with a single run, and a model that fails there, or cannot do batches, gets none any more.
 */
export async function runBatch(
  backbone: Backbone,
  inputs: InputTensor[],
  batching: BatchTrust,
): Promise<PatchTokens[]> {
  if (inputs.length > 1) {
    try {
      const tokens = await backbone.featuresOfBatch(inputs);
      if (batching.checked) return tokens;
      if (agree(tokens.at(-1)!, await backbone.features(inputs.at(-1)!))) {
        batching.checked = true;
        return tokens;
      }
    } catch {
      // One by one it may work, and if not, the error is that of the image it belongs to.
    }
    batching.most = 1;
  }
  const tokens: PatchTokens[] = [];
  for (const input of inputs) tokens.push(await backbone.features(input));
  return tokens;
}

function agree(a: PatchTokens, b: PatchTokens): boolean {
  if (a.data.length !== b.data.length) return false;
  let [largest, difference] = [0, 0];
  for (const [i, value] of b.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - a.data[i]!));
  }
  return difference <= TOLERANCE * largest;
}
