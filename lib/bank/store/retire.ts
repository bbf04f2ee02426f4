import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { readBundle, writeBundle } from "../file/bundle";
import type { Actor } from "./audit";
import type { BankStore } from "./store";

/** What is left of a bank whose name is no more: which version was in use, so that nothing is learned anew, and why. */
const LEFT = ["state.json", "audit.jsonl", "lock"];

/**
 * Moves a bank to another name, with all of its versions and frames. In its old place stays a note of it, so that a node that
 * still has the old name says what became of it, and does not begin to learn the parts of the line as good.
 * @throws {GoldenSampleError} BAD_REQUEST where there is no such bank, or one of the other name already
 */
export async function renameBank(store: BankStore, to: BankStore, actor: Actor): Promise<void> {
  await mustHold(store);
  if (store.name.toLowerCase() === to.name.toLowerCase() || (await holds(to))) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[bankNameTaken] There is a bank "${{ other: to.name }}" already: choose another name for "${{ bank: store.name }}", or delete that one first.`,
    );
  }
  const noted = { action: "rename", note: to.name } as const;
  await store.note(noted, actor);
  await rm(to.root, { recursive: true, force: true });
  await rename(store.root, to.root);
  // The lock is held under the old name, too, and moved along.
  await rm(join(to.root, "lock"), { force: true });
  const { versions, version } = await to.state();
  for (const each of versions) {
    const file = to.versionFile(each.version);
    const bank = await readBundle(file);
    await writeBundle(file, { ...bank, metadata: { ...bank.metadata, name: to.name } });
  }
  await leaveNote(store, version, noted, actor);
}

/**
 * Deletes a bank with all of its versions and frames for good.
 * @param used whether nodes are set to it: a note stays, as after `renameBank`
 * @throws {GoldenSampleError} BAD_REQUEST where there is no such bank
 */
export async function deleteBank(store: BankStore, used: boolean, actor: Actor): Promise<void> {
  await mustHold(store);
  if (!used) return rm(store.root, { recursive: true, force: true });
  await store.note({ action: "delete-bank" }, actor);
  for (const name of await readdir(store.root))
    if (!LEFT.includes(name)) await rm(join(store.root, name), { recursive: true, force: true });
}

async function leaveNote(
  store: BankStore,
  active: number | undefined,
  noted: Parameters<BankStore["note"]>[0],
  by: Actor,
) {
  // Nothing was built: nothing is lost by learning anew.
  if (active === undefined) return;
  await mkdir(store.root, { recursive: true, mode: 0o700 });
  await store.note(noted, by, active);
}

async function holds(store: BankStore): Promise<boolean> {
  const { versions, references, accepted, defects } = await store.state();
  return versions.length + references + accepted + defects > 0;
}

async function mustHold(store: BankStore): Promise<void> {
  if (await holds(store)) return;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noBankOnDisk] There is no bank "${{ bank: store.name }}" on disk: nothing was changed.`,
  );
}
