/** The element types that cross the runtime's boundary. float16 travels as its raw 16 bits. */
export type TensorData =
  | { type: "float32"; data: Float32Array }
  | { type: "float16"; data: Uint16Array }
  | { type: "int64"; data: BigInt64Array }
  | { type: "uint8"; data: Uint8Array };

/** A dense tensor: row-major data and its shape. */
export type Tensor = TensorData & { dims: readonly number[] };

/** One input or output as the model declares it; a string is a symbolic dimension, free at run time. */
export interface ValueInfo {
  name: string;
  type: string;
  dims: readonly (number | string)[];
}

/** A loaded model. `run` blocks the thread of the process it is called in, hence the engine process. */
export interface Session {
  /** Where it runs; never `auto`. */
  readonly device: Device;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees native memory. Runs under way are waited for; a second call does nothing. */
  release(): Promise<void>;
}

export type Device = "auto" | "cpu" | "cuda" | "webgpu" | "directml" | "coreml" | "remote";

export interface SessionOptions {
  device?: Device;
  /** Intra-operator threads; 0 or absent: as many as this process may keep busy. */
  threads?: number;
}

/** The one small door to an inference library; everything above it sees tensors only. */
export interface InferenceRuntime {
  readonly name: string;
  /** @param model path of an ONNX file (needed above 2 GB and for external data) or its bytes. */
  createSession(model: string | Uint8Array, options?: SessionOptions): Promise<Session>;
}
