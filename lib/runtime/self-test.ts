import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { writeOnnxModel } from "./onnx-graph";
import type { InferenceRuntime, SessionOptions } from "./types";

const [ROWS, INNER, COLS] = [9, 67, 33];

/**
 * Runs one small matrix product and compares it with the same in JavaScript: what loads need not work.
 * @param options of the session; with a device other than the CPU no part may run elsewhere
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE where it computes wrong; what the runtime throws where it does not run
 */
export async function selfTest(runtime: InferenceRuntime, options: SessionOptions = {}): Promise<void> {
  const [a, b] = [wave(ROWS * INNER, 0.7), wave(INNER * COLS, 1.3)];
  const session = await runtime.createSession(productModel(), options);
  try {
    const { product } = await session.run({
      a: { type: "float32", data: a, dims: [ROWS, INNER] },
      b: { type: "float32", data: b, dims: [INNER, COLS] },
    });
    const found = product?.data as Float32Array | undefined;
    const worst = expected(a, b).reduce((most, value, i) => Math.max(most, Math.abs(value - (found?.[i] ?? NaN))), 0);
    // NaN compares as false.
    if (!(worst < 1e-2)) {
      throw new GoldenSampleError(
        "RUNTIME_UNAVAILABLE",
        sentence`[runtimeWrong] The ${{ runtime: runtime.name }} runtime computes wrong on ${{ device: session.device }}: a matrix product is off by ${{ difference: worst }}.`,
      );
    }
  } finally {
    await session.release();
  }
}

function productModel(): Buffer {
  return writeOnnxModel({
    name: "self-test",
    inputs: [
      { name: "a", type: "float32", dims: [ROWS, INNER] },
      { name: "b", type: "float32", dims: [INNER, COLS] },
    ],
    outputs: [{ name: "product", type: "float32", dims: [ROWS, COLS] }],
    nodes: [
      { op: "MatMul", inputs: ["a", "b"], outputs: ["signed"] },
      { op: "Relu", inputs: ["signed"], outputs: ["product"] },
    ],
  });
}

function expected(a: Float32Array, b: Float32Array): number[] {
  return Array.from({ length: ROWS * COLS }, (_, at) => {
    const [row, col] = [Math.floor(at / COLS), at % COLS];
    let sum = 0;
    for (let i = 0; i < INNER; i++) sum += a[row * INNER + i]! * b[i * COLS + col]!;
    return Math.max(0, sum);
  });
}

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(step * i));
