import { readTensorOutlines } from "../runtime/onnx-tensors";

/** What a model's weights are kept and multiplied in. */
export const PRECISIONS = ["fp32", "fp16", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** TensorProto.DataType. */
const OF_TYPE: Readonly<Record<number, Precision>> = { 1: "fp32", 2: "int8", 3: "int8", 10: "fp16" };

/** The precision that most of an ONNX file's weights have; `fp32` of what is no ONNX file. */
export function precisionOf(path: string): Precision {
  const elements: Record<Precision, number> = { fp32: 0, fp16: 0, int8: 0 };
  for (const tensor of readTensorOutlines(path)) {
    const precision = OF_TYPE[tensor.dataType];
    if (precision) elements[precision] += tensor.elements;
  }
  return [...PRECISIONS].sort((a, b) => elements[b] - elements[a])[0]!;
}
