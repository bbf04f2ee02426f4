import assert from "node:assert/strict";
import { GoldenSampleError } from "../../lib/errors";

/** @returns what is said where a call is refused with this code */
export async function refusal(call: Promise<unknown>, code: string): Promise<string> {
  const thrown = await call.catch((error: unknown) => error);
  assert.ok(thrown instanceof GoldenSampleError, `thrown: ${JSON.stringify(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown.message;
}
