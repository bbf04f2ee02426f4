/**
 * What sharp put out, in memory of its own. Its WASM build gives views of its shared memory, which neither onnxruntime
 * nor a message to another process takes; its native build's are passed on as they are.
 */
export function ownMemory(data: Buffer): Buffer {
  return data.buffer instanceof SharedArrayBuffer ? Buffer.from(data) : data;
}
