import { pathWithin } from "../confined-path";
import { GoldenSampleError } from "../errors";
import { type Sentence, sentence } from "../sentence";

/** An image as it came in, not yet decoded: plain data only, so that it crosses to the engine process as it is. */
export type ImageSource =
  | { kind: "encoded"; data: Buffer }
  /** `within`: the folder that the path must not lead out of, links followed. */
  | { kind: "path"; path: string; within?: string | undefined }
  | { kind: "raw"; data: Buffer; width: number; height: number; channels: number };

export interface ImageSourceOptions {
  /** A string that is no base64 and no data URL is a file's path only where this is true. */
  allowPaths?: boolean;
  /** The folder that paths start from and stay in; absent: any file that this process may read. */
  within?: string | undefined;
}

/** Whatever type it says, or none, as browsers and dashboards write it: what an image is, its content decides. */
const DATA_URL = /^data:[^,]{0,200};base64,/i;
const BASE64 = /^[A-Za-z0-9+/\r\n]+={0,2}\s*$/;

/**
 * Recognises what a message carries as an image. No pixel is touched.
 * @param value Buffer or Uint8Array of an encoded file; base64 or data-URL string; a path (where allowed); or raw
 *   pixels `{data, width, height, channels}`, 8 bits, row-major, 1 (grey), 3 (RGB) or 4 (RGBA) channels
 * @throws {GoldenSampleError} BAD_IMAGE where it is none of these
 */
export function toImageSource(value: unknown, options: ImageSourceOptions = {}): ImageSource {
  if (value instanceof Uint8Array) return { kind: "encoded", data: asBuffer(value) };
  if (typeof value === "string") return fromString(value, options);
  if (isRaw(value)) return fromRaw(value);
  throw new GoldenSampleError(
    "BAD_IMAGE",
    sentence`[noImage] The message carries ${{ what: describe(value) }} instead of an image: send a Buffer, a base64 string or {data, width, height, channels}.`,
  );
}

function fromString(text: string, { allowPaths = false, within }: ImageSourceOptions): ImageSource {
  const prefix = DATA_URL.exec(text)?.[0];
  if (prefix !== undefined) return { kind: "encoded", data: Buffer.from(text.slice(prefix.length), "base64") };
  // Bytes of a JPEG or PNG forced through UTF-8: the replacement characters cannot be turned back.
  if (text.includes("\uFFFD")) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      sentence`[imageAsText] The image arrived as text and is damaged by that: set the output of the mqtt-in (or file) node to "a Buffer".`,
    );
  }
  const looksLikePath = /^([/~.]|[A-Za-z]:[\\/]|\\\\)/.test(text) && !(text.length > 1000);
  if (BASE64.test(text) && text.length >= 32 && !(allowPaths && looksLikePath)) {
    return { kind: "encoded", data: Buffer.from(text, "base64") };
  }
  if (allowPaths && text.trim() !== "" && !text.includes("\0")) {
    if (within === undefined) return { kind: "path", path: text };
    return { kind: "path", path: pathWithin(within, text, { code: "BAD_IMAGE", absolute: true }), within };
  }
  throw new GoldenSampleError(
    "BAD_IMAGE",
    looksLikePath
      ? sentence`[pathNotRead] The message carries a path, which this node does not read: tick “allow file paths” or read the file with a file-in node.`
      : sentence`[textNoImage] The message carries text that is no base64 image: send a Buffer, a base64 string or a data URL.`,
  );
}

interface Raw {
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}

function isRaw(value: unknown): value is Raw {
  if (typeof value !== "object" || value === null) return false;
  const raw = value as Partial<Record<keyof Raw, unknown>>;
  return (
    raw.data instanceof Uint8Array &&
    [raw.width, raw.height, raw.channels].every((number) => typeof number === "number")
  );
}

function fromRaw({ data, width, height, channels }: Raw): ImageSource {
  const whole = [width, height].every((side) => Number.isSafeInteger(side) && side > 0);
  if (!whole || ![1, 3, 4].includes(channels) || data.byteLength !== width * height * channels) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      sentence`[rawImageSize] The raw image has ${{ bytes: data.byteLength }} bytes for ${{ width }} x ${{ height }} x ${{ channels }}: width, height and channels (1, 3 or 4) must multiply to its size.`,
    );
  }
  return { kind: "raw", data: asBuffer(data), width, height, channels };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function describe(value: unknown): Sentence {
  if (value === null || value === undefined) return sentence`[nothing] nothing`;
  if (Array.isArray(value)) return sentence`[anArray] an array`;
  return typeof value === "object" ? sentence`[anObject] an object` : sentence`[aValue] a ${{ type: typeof value }}`;
}
