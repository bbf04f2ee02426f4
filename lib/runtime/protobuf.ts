/** The little of protobuf's wire format that ONNX models need: fields are written, and read without knowing their meaning. */

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A varint field. */
export const integer = (field: number, value: number) => Buffer.concat([varint(field << 3), varint(value)]);

/** A length-delimited field: bytes, a string or a message. */
export function bytes(field: number, value: Uint8Array | string): Buffer {
  const body = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

/** A 32-bit field. */
export function float(field: number, value: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), body]);
}

/** One field of a message as it stands in the bytes. */
export interface Field {
  number: number;
  /** Tag and all, so that what is not understood is passed on as it is. */
  raw: Uint8Array;
  /** What a length-delimited field holds; empty for any other. */
  content: Uint8Array;
  /** The value of a varint field; 0 for any other. */
  value: number;
}

/**
 * Takes a message apart; nothing is copied.
 * @throws {RangeError} where the bytes are no protobuf message
 */
export function readFields(message: Uint8Array): Field[] {
  const found: Field[] = [];
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const read = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = read();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    let value = 0;
    let content = message.subarray(0, 0);
    if (type === 0) value = read();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = read();
      content = message.subarray(at, at + length);
      at += length;
    } else throw new RangeError("no protobuf message");
    if (at > message.length) throw new RangeError("the message ends early");
    found.push({ number, raw: message.subarray(start, at), content, value });
  }
  return found;
}

/** The text of the first field of that number; "" where there is none. */
export function textOf(fields: readonly Field[], number: number): string {
  const field = fields.find((item) => item.number === number);
  return field ? Buffer.from(field.content).toString("utf8") : "";
}

export function textsOf(fields: readonly Field[], number: number): string[] {
  return fields.filter((item) => item.number === number).map(({ content }) => Buffer.from(content).toString("utf8"));
}
