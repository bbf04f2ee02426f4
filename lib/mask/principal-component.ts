import type { PatchTokens } from "../backbone/patch-tokens";
import { type GraphNode, writeOnnxModel } from "../runtime/onnx-graph";
import type { InferenceRuntime, Session } from "../runtime/types";

/** Projects patch tokens on their first principal component. */
export interface PrincipalComponent {
  /** @returns float32 [rows * cols], centred, in the tokens' own unit; all 0 where no component can be computed */
  project(tokens: PatchTokens): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Squaring the covariance this often equals 2^10 steps of power iteration: ten small products instead of 1024. */
const SQUARINGS = 10;

/** The covariance and its powers are computed by onnxruntime, in JavaScript they would cost as much as a frame. */
export function createPrincipalComponent(runtime: InferenceRuntime): PrincipalComponent {
  let session: Promise<Session> | undefined;
  return {
    async project({ data, rows, cols, dimension }) {
      session ??= runtime.createSession(covariancePowerModel(), { device: "cpu" });
      const { centred, power } = await (await session).run({
        tokens: { type: "float32", data, dims: [rows * cols, dimension] },
      });
      const axis = dominantColumn(power!.data as Float32Array, dimension);
      const projection = orient(multiply(centred!.data as Float32Array, axis), axis);
      // Tokens that are no numbers, or too large to be squared.
      return projection.every(Number.isFinite) ? projection : projection.fill(0);
    },
    async release() {
      await (await session)?.release();
    },
  };
}

function covariancePowerModel(): Buffer {
  const nodes: GraphNode[] = [
    { op: "ReduceMean", inputs: ["tokens", "firstAxis"], outputs: ["mean"] },
    { op: "Sub", inputs: ["tokens", "mean"], outputs: ["centred"] },
    { op: "Gemm", inputs: ["centred", "centred"], outputs: ["square0"], attributes: { transA: 1 } },
  ];
  for (let i = 0; i < SQUARINGS; i++) {
    // Scaled to a largest entry of one before each squaring, or the powers would overflow.
    nodes.push(
      { op: "Abs", inputs: [`square${i}`], outputs: [`abs${i}`] },
      { op: "ReduceMax", inputs: [`abs${i}`], outputs: [`max${i}`] },
      { op: "Max", inputs: [`max${i}`, "tiny"], outputs: [`scale${i}`] },
      { op: "Div", inputs: [`square${i}`, `scale${i}`], outputs: [`scaled${i}`] },
      {
        op: "MatMul",
        inputs: [`scaled${i}`, `scaled${i}`],
        outputs: [i === SQUARINGS - 1 ? "power" : `square${i + 1}`],
      },
    );
  }
  return writeOnnxModel({
    name: "principal-component",
    inputs: [{ name: "tokens", type: "float32", dims: ["patches", "dimension"] }],
    outputs: [
      { name: "centred", type: "float32", dims: ["patches", "dimension"] },
      { name: "power", type: "float32", dims: ["dimension", "dimension"] },
    ],
    constants: {
      firstAxis: { type: "int64", data: BigInt64Array.of(0n), dims: [1] },
      tiny: { type: "float32", data: Float32Array.of(1e-30), dims: [] },
    },
    nodes,
  });
}

/** A high power of a covariance is, up to scale, v v^T: any column is v, the one of the largest diagonal most exactly. */
function dominantColumn(power: Float32Array, dimension: number): Float64Array {
  let best = 0;
  for (let i = 1; i < dimension; i++) if (power[i * (dimension + 1)]! > power[best * (dimension + 1)]!) best = i;
  const axis = Float64Array.from({ length: dimension }, (_, row) => power[row * dimension + best]!);
  const norm = Math.hypot(...axis);
  return norm > 0 ? axis.map((value) => value / norm) : axis;
}

function multiply(matrix: Float32Array, vector: Float64Array): Float32Array {
  const dimension = vector.length;
  return Float32Array.from({ length: matrix.length / dimension }, (_, row) => {
    let sum = 0;
    for (let col = 0, at = row * dimension; col < dimension; col++) sum += matrix[at + col]! * vector[col]!;
    return sum;
  });
}

/** A component's sign is arbitrary; scikit-learn makes the axis' largest entry positive, and the mask test builds on it. */
function orient(projection: Float32Array, axis: Float64Array): Float32Array {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? projection.map((value) => -value) : projection;
}
