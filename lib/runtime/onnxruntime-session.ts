import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import type { Device, Session, Tensor, ValueInfo } from "./types";

/** onnxruntime-node and onnxruntime-web share their interface (onnxruntime-common). */
type Ort = Pick<typeof import("onnxruntime-node"), "Tensor">;
type OrtSession = import("onnxruntime-node").InferenceSession;

/** One of onnxruntime's own sessions as ours. */
export function wrapSession(ort: Ort, session: OrtSession, device: Device): Session {
  let running: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;
  return {
    device,
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    async run(feeds, fetches) {
      if (released)
        throw new GoldenSampleError(
          "ENGINE_CLOSED",
          sentence`[modelUnloaded] The model was unloaded while a frame was waiting for it.`,
        );
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const run = fetches ? session.run(inputs, [...fetches]) : session.run(inputs);
      running = run.catch(() => undefined);
      const outputs = await run;
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, toTensor(value)]));
    },
    release() {
      // A second native release throws, and so does a release under a run.
      released ??= running.then(() => session.release());
      return released;
    },
  };
}

/**
 * Where Node has a Float16Array (from 24 on), onnxruntime-common makes one of our 16 bits, which onnxruntime-node's binary
 * does not know: every run fails with "not enough space".
 */
function toOrt(ort: Ort, { type, data, dims }: Tensor): import("onnxruntime-node").Tensor {
  const tensor = new ort.Tensor(type, data, dims);
  return type === "float16" ? Object.defineProperty(tensor, "data", { value: data }) : tensor;
}

type OrtMetadata = OrtSession["inputMetadata"][number];

function describe(meta: OrtMetadata): ValueInfo {
  return meta.isTensor
    ? { name: meta.name, type: meta.type, dims: meta.shape }
    : { name: meta.name, type: "other", dims: [] };
}

function toTensor(value: import("onnxruntime-node").Tensor): Tensor {
  const dims = value.dims;
  switch (value.type) {
    case "float32":
      return { type: "float32", data: value.data as Float32Array, dims };
    case "float16": {
      // A Float16Array where Node has one; its bits are what we pass on.
      const { buffer, byteOffset, length } = value.data as unknown as Uint16Array;
      return { type: "float16", data: new Uint16Array(buffer, byteOffset, length), dims };
    }
    case "int64":
      return { type: "int64", data: value.data as BigInt64Array, dims };
    case "uint8":
      return { type: "uint8", data: value.data as Uint8Array, dims };
    default:
      throw new GoldenSampleError(
        "BAD_BACKBONE",
        sentence`[modelOutputType] The model puts out ${{ type: value.type }} values, which no backbone does: export it with float outputs.`,
      );
  }
}
