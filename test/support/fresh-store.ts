import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach } from "mocha";
import { BankStore } from "../../lib/bank/store/store";
import { refusal as refused } from "./refusal";
import { temporaryFolder } from "./temporary";

export const actor = { by: "operator", message: "m1" };
export const options = { actor, keepVersions: 10 };
export const png = (text: string) => Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.from(text)]);

/**
 * Gives each test of a `describe` the store of a bank that holds nothing yet, in a folder of its own.
 * @param take is handed the store before each test
 * @returns the folder, paths in the bank's part of it, and which version is in use
 */
export function freshStore(take: (store: BankStore) => void) {
  const folder = { path: "" };
  let remove: () => void;
  let store: BankStore;
  beforeEach(() => {
    ({ path: folder.path, remove } = temporaryFolder());
    store = new BankStore(folder.path, "part");
    take(store);
  });
  afterEach(() => remove());

  const at = (...parts: string[]) => join(folder.path, "part", ...parts);
  const active = async () => (await store.state()).version;
  return { folder, at, active };
}

/** @returns what is said where a change is refused with this code, in a sentence that says what to do */
export async function refusal(work: Promise<unknown>, code: string): Promise<string> {
  const message = await refused(work, code);
  assert.match(message, /: .*\.$/);
  return message;
}
