/** Where a tensor's bytes lie in a file beside the model. */
export interface ExternalWeights {
  location: string;
  /** Bytes. */
  offset: number;
}

/**
 * A float32 initializer whose numbers lie in another file, to be put after a model's bytes: protobuf merges what
 * follows into the message before it, so that no second writer of whole models is needed.
 */
export function externalTensor(name: string, dims: readonly number[], { location, offset }: ExternalWeights): Buffer {
  const length = 4 * dims.reduce((product, dim) => product * dim, 1);
  const entry = (key: string, value: string) => bytes(13, Buffer.concat([bytes(1, key), bytes(2, value)]));
  const tensor = Buffer.concat([
    ...dims.map((dim) => integer(1, dim)),
    integer(2, 1),
    bytes(8, name),
    entry("location", location),
    entry("offset", String(offset)),
    entry("length", String(length)),
    integer(14, 1),
  ]);
  return bytes(7, bytes(5, tensor));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const integer = (field: number, value: number) => Buffer.concat([varint(field << 3), varint(value)]);

function bytes(field: number, value: Buffer | string): Buffer {
  const body = Buffer.from(value as string);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}
