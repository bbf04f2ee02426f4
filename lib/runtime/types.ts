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

/** Where a model can be wanted to run; `auto` is the fastest device that passes its self-test. */
export const DEVICES = ["auto", "cpu", "cuda", "tensorrt", "webgpu", "directml", "coreml", "remote"] as const;
export type Device = (typeof DEVICES)[number];

/** `native` is onnxruntime-node, `portable` the WebAssembly build of onnxruntime-web. */
export type RuntimeName = "native" | "portable";
/** Which runtime can be wanted; `auto` is native where it works, else portable. */
export const RUNTIMES = ["auto", "native", "portable"] as const;
export type RuntimeSetting = (typeof RUNTIMES)[number];

export interface SessionOptions {
  /** Absent or `auto`: the CPU. Which device `auto` is, is decided before a session is made. */
  device?: Device;
  /** Which of several devices of a kind, from 0; cuda, tensorrt and directml have more than one. */
  deviceIndex?: number | undefined;
  /** Intra-operator threads; 0 or absent: as many as this process may keep busy. Portable has one pool for all sessions. */
  threads?: number;
  /** Path of the ONNX file beside which a model given as bytes finds the weights it names (external data). */
  weights?: string | undefined;
  /** Refuses a model of which any part would run on the CPU instead of the device. */
  strict?: boolean;
}

/** The one small door to an inference library; everything above it sees tensors only. */
export interface InferenceRuntime {
  readonly name: RuntimeName;
  /** Of the library behind it. */
  readonly version: string;
  /** The devices it says it can reach, `cpu` among them; whether they work, a self-test finds out. */
  readonly devices: readonly Device[];
  /**
   * @param model path of an ONNX file (needed above 2 GB and for external data) or its bytes
   * @throws {GoldenSampleError} DEVICE_UNAVAILABLE; what the library throws where it cannot read or run the model
   */
  createSession(model: string | Uint8Array, options?: SessionOptions): Promise<Session>;
}
