import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { BackboneInfo } from "../backbone/backbone";
import { featureKey } from "../backbone/description";
import { readBundle } from "../bank/bundle";
import type { BankMetadata } from "../bank/memory-bank";
import { makeReady, type ReadyBank } from "../bank/ready-bank";
import type { Matcher } from "../bank/search";
import { BankStore } from "../bank/store";
import { GoldenSampleError } from "../errors";
import type { BankLocation, StoredBank } from "./api";
import { KeyedQueue } from "./keyed-queue";
import { Lru } from "./lru";

/** Banks held in memory at a time; others are read again when they are needed. */
const KEPT = 8;

interface Loaded {
  stamp: string;
  ready: Promise<ReadyBank>;
}

/** The banks on disk and those of them in memory. */
export class Banks {
  private readonly loaded = new Lru<Loaded>(KEPT);
  private readonly changes = new KeyedQueue();
  private readonly firstBuilds = new Map<string, Promise<unknown>>();

  constructor(private readonly matcher: Matcher) {}

  /** Changes a bank's files, one request at a time. */
  change<T>(bank: StoredBank, work: (store: BankStore) => Promise<T>): Promise<T> {
    return this.changes.run(keyOf(bank), () => work(storeOf(bank)));
  }

  /** Marks a bank as being built, so that frames that come before its first version wait for it. */
  async building<T>(bank: StoredBank, build: Promise<T>): Promise<T> {
    this.firstBuilds.set(keyOf(bank), build);
    try {
      return await build;
    } finally {
      if (this.firstBuilds.get(keyOf(bank)) === build) this.firstBuilds.delete(keyOf(bank));
    }
  }

  /**
   * The bank a frame is to be scored with, in memory.
   * @throws {GoldenSampleError} BANK_NOT_BUILT, BAD_BANK, or BANK_MISMATCH where it was built otherwise than asked
   */
  async get(location: BankLocation, backbone: BackboneInfo): Promise<ReadyBank> {
    const ready = await this.load(await this.fileOf(location));
    mustMatch(ready.bank.metadata, backbone);
    return ready;
  }

  private async fileOf(location: BankLocation): Promise<string> {
    if ("file" in location) return location.file;
    const store = storeOf(location);
    try {
      return store.versionFile(await store.resolve(location.version));
    } catch (thrown) {
      const underWay = this.firstBuilds.get(keyOf(location));
      if (!underWay) throw thrown;
      await underWay.catch(() => undefined);
      return store.versionFile(await store.resolve(location.version));
    }
  }

  private async load(file: string): Promise<ReadyBank> {
    const facts = await stat(file).catch(() => undefined);
    const stamp = facts ? `${facts.mtimeMs} ${facts.size} ${facts.ino}` : "absent";
    const known = this.loaded.get(file);
    if (known?.stamp === stamp) return known.ready;
    const ready = readBundle(file).then(async (bank) => {
      if (bank.metadata.name === "") bank.metadata.name = basename(file);
      const ready = await makeReady(bank, this.matcher);
      // The index has them in its own form; a large bank would be in memory twice.
      bank.features = new Float32Array();
      return ready;
    });
    this.loaded.set(file, { stamp, ready });
    ready.catch(() => this.loaded.delete(file));
    return ready;
  }
}

export function storeOf({ directory, name }: StoredBank): BankStore {
  return new BankStore(directory, name);
}

const keyOf = ({ directory, name }: StoredBank) => JSON.stringify([directory, name]);

function mustMatch({ name, backbone: built }: BankMetadata, now: BackboneInfo): void {
  const differs = [
    built.sha256 === now.sha256
      ? ""
      : `the backbone ${built.id} and the frame goes through ${now.id === built.id ? "another file of that name" : now.id}`,
    built.resolution === now.resolution ? "" : `${built.resolution} px and the backbone is set to ${now.resolution} px`,
    built.features === undefined || built.features === featureKey(now)
      ? ""
      : "other outputs or another fixed size than the backbone's description has now",
    sameNumbers(built, now) ? "" : "another normalisation of pixels than the backbone has now",
  ].filter((text) => text !== "");
  if (differs.length === 0) return;
  throw new GoldenSampleError(
    "BANK_MISMATCH",
    `The bank "${name}" was built with ${differs.join("; and with ")}: set the backbone back or build the bank again.`,
  );
}

function sameNumbers(a: BankMetadata["backbone"], b: BackboneInfo): boolean {
  const numbers = ({ mean, standardDeviation, patchSize, dimension }: typeof a | BackboneInfo) =>
    [...mean, ...standardDeviation, patchSize, dimension].join();
  return numbers(a) === numbers(b);
}
