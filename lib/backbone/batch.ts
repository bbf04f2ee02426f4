import { GoldenSampleError } from "../errors";
import type { Tensor } from "../runtime/types";
import { sentence } from "../sentence";

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
