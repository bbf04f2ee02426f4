import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { type Method, type Request, requests } from ".";

/** Bytes that one request may carry: it is in memory several times on its way. */
const MOST = 2 ** 30;

/**
 * Checks a request. Both sides do: the caller's, so that what is no request, or cannot travel, never leaves it; and the
 * engine's, which trusts nobody.
 * @returns the request with its defaults, without what no method knows
 * @throws {GoldenSampleError} BAD_REQUEST that names the first thing that is wrong
 */
export function readRequest<M extends Method>(method: M, request: unknown): Request<M> {
  const { success, data, error } = requests[method].schema.safeParse(request);
  if (!success) {
    const [issue] = error.issues;
    const where = issue?.path.join(".") || "request";
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The setting "${where}" is not usable: ${issue?.message ?? "check it"}.`,
      { cause: error },
    );
  }
  const bytes = bytesIn(data);
  if (bytes > MOST) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[requestTooLarge] The request carries ${{ mebibytes: Math.round(bytes / 2 ** 20) }} MiB of images, more than the ${{ most: MOST / 2 ** 20 }} allowed: send fewer at a time, or compressed.`,
    );
  }
  return data as Request<M>;
}

function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + bytesIn(inner), 0);
}
