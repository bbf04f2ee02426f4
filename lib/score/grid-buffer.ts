/** A grid as messages carry it: its bytes in a Buffer, whose memory Node-RED's clones share instead of copying. */
export interface GridBuffer {
  rows: number;
  cols: number;
  dtype: "float32" | "uint8";
  /** Little-endian, row-major. */
  data: Buffer;
}

/** Packs a grid of numbers; the array's memory is used, not copied. */
export function float32Buffer(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * A message's grid (msg.mask, msg.anomaly.map) as numbers, for function nodes and tests.
 * @returns [rows][cols]
 */
export function gridNumbers({ rows, cols, dtype, data }: GridBuffer): number[][] {
  const read = dtype === "float32" ? (i: number) => data.readFloatLE(i * 4) : (i: number) => data.readUInt8(i);
  return Array.from({ length: rows }, (_, row) => Array.from({ length: cols }, (_, col) => read(row * cols + col)));
}
