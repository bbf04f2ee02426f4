import { z } from "zod";
import type { Tensor, TensorData } from "../types";
import type { Answer } from "./answer";

/** The protocol's names of the element types that cross the runtime's boundary. */
const DATATYPE = { float32: "FP32", float16: "FP16", int64: "INT64", uint8: "UINT8" } as const;
export const ELEMENT_TYPE: Readonly<Record<string, TensorData["type"]>> = {
  FP32: "float32",
  FP16: "float16",
  INT64: "int64",
  UINT8: "uint8",
};
const BYTES = { float32: 4, float16: 2, int64: 8, uint8: 1 } as const;
const HEADER_LENGTH = "inference-header-content-length";

export interface EncodedRequest {
  headers: Record<string, string>;
  body: Uint8Array[];
}

/** 64-bit numbers are strings in the JSON of servers that make it from protocol buffers. */
export const wholeNumber = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);

const output = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(wholeNumber.pipe(z.int().min(0))),
  parameters: z.object({ binary_data_size: wholeNumber.optional() }).optional(),
  data: z.array(z.unknown()).optional(),
});
const inferenceResponse = z.object({ outputs: z.array(output) });

/**
 * An inference request: JSON, then the tensors' little-endian bytes (binary tensor data extension), or all as JSON.
 * @param fetches outputs wanted; absent: all
 */
export function encodeRequest(
  feeds: Readonly<Record<string, Tensor>>,
  fetches: readonly string[] | undefined,
  binary: boolean,
): EncodedRequest {
  const inputs = Object.entries(feeds).map(([name, tensor]) => ({
    name,
    shape: tensor.dims,
    datatype: DATATYPE[tensor.type],
    ...(binary
      ? { parameters: { binary_data_size: tensor.data.byteLength } }
      : { data: Array.from<number | bigint, number>(tensor.data, Number) }),
  }));
  const outputs = fetches?.map((name) => ({ name, ...(binary && { parameters: { binary_data: true } }) }));
  const request = { ...(binary && { parameters: { binary_data_output: true } }), inputs, ...(outputs && { outputs }) };
  const json = Buffer.from(JSON.stringify(request));
  if (!binary) return { headers: { "Content-Type": "application/json" }, body: [json] };
  const bytes = Object.values(feeds).map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return {
    headers: { "Content-Type": "application/octet-stream", "Inference-Header-Content-Length": String(json.length) },
    body: [json, ...bytes],
  };
}

/**
 * Reads an inference response; each output may be binary or JSON, as the server liked.
 * @throws {Error} that says in a few words what is wrong with it
 */
export function decodeResponse({ headers, body }: Answer): Record<string, Tensor> {
  const announced = headers[HEADER_LENGTH];
  const length = announced === undefined ? body.length : Number(announced);
  if (!(Number.isSafeInteger(length) && length >= 0 && length <= body.length)) {
    throw new Error(`a JSON part of ${String(announced)} bytes in a body of ${body.length}`);
  }
  const parsed = inferenceResponse.safeParse(parseJson(body.subarray(0, length)));
  if (!parsed.success) throw new Error("no list of outputs with name, datatype and shape");
  let offset = length;
  const tensors = parsed.data.outputs.map(({ name, datatype, shape, parameters, data }) => {
    const type = ELEMENT_TYPE[datatype];
    if (type === undefined) throw new Error(`the output ${name} is ${datatype}`);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const size = parameters?.binary_data_size;
    if (size === undefined) return [name, { ...fromJson(name, type, data, count), dims: shape }] as const;
    if (size !== count * BYTES[type] || offset + size > body.length) {
      throw new Error(`${size} bytes for the output ${name} of shape ${shape.join(" x ")}`);
    }
    const bytes = body.subarray(offset, offset + size);
    offset += size;
    return [name, { ...fromBytes(type, bytes), dims: shape }] as const;
  });
  if (offset !== body.length) throw new Error(`${body.length - offset} bytes after the last output`);
  return Object.fromEntries(tensors);
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Error("no JSON");
  }
}

function fromBytes(type: TensorData["type"], bytes: Uint8Array): TensorData {
  // A copy starts at an offset that every element type may be read from.
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "float32":
      return { type, data: new Float32Array(buffer) };
    case "float16":
      return { type, data: new Uint16Array(buffer) };
    case "int64":
      return { type, data: new BigInt64Array(buffer) };
    case "uint8":
      return { type, data: new Uint8Array(buffer) };
  }
}

/** JSON data may be flat or nested along the dimensions. */
function fromJson(name: string, type: TensorData["type"], data: unknown[] | undefined, count: number): TensorData {
  const numbers = (data ?? []).flat(Number.POSITIVE_INFINITY) as unknown[];
  const isNumber = (value: unknown) => typeof value === "number";
  if (numbers.length !== count || !numbers.every(isNumber)) {
    throw new Error(`${numbers.filter(isNumber).length} numbers for the ${count} of the output ${name}`);
  }
  switch (type) {
    case "float32":
      return { type, data: Float32Array.from(numbers) };
    case "int64":
      return { type, data: BigInt64Array.from(numbers, BigInt) };
    case "uint8":
      return { type, data: Uint8Array.from(numbers) };
    case "float16":
      throw new Error(`the output ${name} is FP16 in JSON, which has no such numbers`);
  }
}
