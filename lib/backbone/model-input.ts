import { toHalf } from "../runtime/float16";
import type { Tensor } from "../runtime/types";
import type { BackboneDescription } from "./description";
import type { InputTensor } from "./preprocess";

/** A prepared image in the type and layout that the model declares. */
export function modelInput(
  { data, height, width }: InputTensor,
  { inputType, layout }: Pick<BackboneDescription, "inputType" | "layout">,
): Tensor {
  const dims = layout === "NCHW" ? [1, 3, height, width] : [1, height, width, 3];
  const values = layout === "NCHW" ? data : transpose(data, 3, height * width);
  return inputType === "float16"
    ? { type: "float16", data: toHalf(values), dims }
    : { type: "float32", data: values, dims };
}

/** @param data row-major [rows, cols] @returns row-major [cols, rows] */
export function transpose(data: Float32Array, rows: number, cols: number): Float32Array {
  const turned = new Float32Array(rows * cols);
  for (let row = 0, from = 0; row < rows; row++)
    for (let col = 0, to = row; col < cols; col++, from++, to += rows) turned[to] = data[from]!;
  return turned;
}
