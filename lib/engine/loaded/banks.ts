import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BackboneInfo } from "../../backbone/backbone";
import { withLock } from "../../backbone/models/lock";
import { mustBeFile, readBundle } from "../../bank/file/bundle";
import { makeReady, type ReadyBank } from "../../bank/ready-bank";
import type { Indexer } from "../../bank/search";
import { BankStore } from "../../bank/store/store";
import { FRAME_KINDS } from "../../bank/store/stored-frames";
import { GoldenSampleError } from "../../errors";
import type { InTurn } from "../../in-pieces";
import { availableMemory } from "../../runtime/available-memory";
import { memoryPlan } from "../../runtime/memory-plan";
import { sentence } from "../../sentence";
import { missingThreshold } from "../../threshold/missing-parts";
import { sweepTemporary } from "../../write-whole";
import { type Holds, Lru } from "../caches";
import { RequestQueue } from "../frames/request-queue";
import type { BankLocation, StoredBank } from "../requests/schemas";
import { mustMatch } from "./bank-backbone";

/** Bytes that banks may take in memory unless told otherwise: a quarter of what there is, two gigabytes at most. */
const MEMORY = Math.min(2 * 1024 ** 3, availableMemory() / 4);

/** Milliseconds that a change waits for another process to be done with a bank; trying out a version takes its time. */
const PATIENCE = 10 * 60_000;

export interface BanksOptions {
  /** Milliseconds that a change waits for another process to be done with a bank. */
  patience?: number | undefined;
  /** Bytes that banks may take in memory; those not used for longest are forgotten, and read again when needed. */
  memory?: number | undefined;
}

/** A bank in memory, with what each frame would find out of it anew. */
export interface LoadedBank extends ReadyBank {
  /** The score from which something is missing; absent where that cannot be told. */
  readonly missingThreshold?: number;
}

interface OpenOptions {
  /** Where no frame waits for it: it is made ready in pieces. */
  inTurn?: InTurn | undefined;
  onWait?: (() => void) | undefined;
}

interface Loaded {
  stamp: string;
  ready: Promise<LoadedBank>;
  isThere: boolean;
}

/** The banks on disk and those of them in memory. */
export class Banks {
  private readonly loaded: Lru<Loaded>;
  private readonly changes = new KeyedQueue();
  private readonly builds = new KeyedQueue();
  private readonly firstBuilds = new Map<string, Promise<unknown>>();
  /** One bank is read at a time: two would take turns at the same cores and disk. */
  private readonly loading = new RequestQueue();
  private holds: Holds | undefined;
  private readonly patience: number;

  constructor(
    private readonly indexer: Indexer,
    { memory = memoryPlan()?.banks ?? MEMORY, patience = PATIENCE }: BanksOptions = {},
  ) {
    this.patience = patience;
    this.loaded = new Lru(memory);
  }

  /** The same banks, seen by one request: what it gets here stays in memory until it lets go. */
  usedBy(holds: Holds): Banks {
    return Object.assign(Object.create(this) as Banks, { holds });
  }

  /** Bytes that banks take in memory now. */
  get bytes(): number {
    return this.loaded.size;
  }

  /**
   * Changes a bank's files, one request at a time, be it from this process or another. Of a bank that is not there
   * nothing comes into being: `work` finds it empty.
   */
  change<T>(bank: StoredBank, work: (store: BankStore) => Promise<T>): Promise<T> {
    return this.changes.run(keyOf(bank), async () => {
      const store = storeOf(bank);
      return (await store.isThere()) ? this.locked(store, work) : work(store);
    });
  }

  /** The same for what may begin a bank. */
  begin<T>(bank: StoredBank, work: (store: BankStore) => Promise<T>): Promise<T> {
    return this.changes.run(keyOf(bank), async () => {
      const store = storeOf(bank);
      await mkdir(store.root, { recursive: true, mode: 0o700 });
      return this.locked(store, work);
    });
  }
  /**
   * Builds of one bank come one after the other; what changes it in another way need not wait for them. Frames that
   * come before the first version wait for it.
   */
  async building<T>(bank: StoredBank, work: () => Promise<T>): Promise<T> {
    const build = this.builds.run(keyOf(bank), work);
    this.firstBuilds.set(keyOf(bank), build);
    try {
      return await build;
    } finally {
      if (this.firstBuilds.get(keyOf(bank)) === build) this.firstBuilds.delete(keyOf(bank));
    }
  }

  /**
   * The bank a frame is to be scored with, in memory. A frame keeps what it got here to its end, whatever version is
   * taken into use meanwhile.
   * @param onWait called where it has to be built or read first
   * @throws {GoldenSampleError} BANK_NOT_BUILT, BAD_BANK, or BANK_MISMATCH where it was built otherwise than asked
   */
  async get(location: BankLocation, backbone: BackboneInfo, onWait?: () => void): Promise<LoadedBank> {
    const ready = await this.open(location, { onWait });
    mustMatch(ready.bank.metadata, backbone);
    return ready;
  }

  /**
   * The same, whatever backbone it was built with.
   */
  async open(location: BankLocation, options: OpenOptions = {}): Promise<LoadedBank> {
    const file = await this.fileOf(location, options.onWait);
    try {
      return await this.load(file, options);
    } catch (thrown) {
      // The version may have been replaced and deleted between the two steps.
      const now = await this.fileOf(location);
      if (now === file) throw thrown;
      return this.load(now);
    }
  }

  private async locked<T>(store: BankStore, work: (store: BankStore) => Promise<T>): Promise<T> {
    const waited = AbortSignal.timeout(this.patience);
    let isHeld = false;
    const held = async () => {
      isHeld = true;
      // An engine that was killed while it wrote cannot clean up after itself.
      for (const folder of [store.root, ...FRAME_KINDS.map((kept) => join(store.root, kept))])
        await sweepTemporary(folder);
      return work(store);
    };
    return withLock(join(store.root, "lock"), { signal: waited }, held).catch((thrown: unknown) => {
      if (isHeld || !waited.aborted) throw thrown;
      throw new GoldenSampleError(
        "BUSY",
        sentence`[bankHeld] The bank "${{ bank: store.name }}" has been held by another process for ${{ seconds: Math.round(this.patience / 1000) }} s: end that one, or try again later.`,
        { cause: thrown },
      );
    });
  }

  private async fileOf(location: BankLocation, onWait?: () => void): Promise<string> {
    if ("file" in location) return location.file;
    const store = storeOf(location);
    try {
      return store.versionFile(await store.resolve(location.version));
    } catch (thrown) {
      const underWay = this.firstBuilds.get(keyOf(location));
      if (!underWay) throw thrown;
      onWait?.();
      await underWay.catch(() => undefined);
      return store.versionFile(await store.resolve(location.version));
    }
  }

  private async load(file: string, { inTurn, onWait }: OpenOptions = {}): Promise<LoadedBank> {
    if (!this.loaded.get(file)) await mustBeFile(file);
    const facts = await stat(file).catch(() => undefined);
    const stamp = facts ? `${facts.mtimeMs} ${facts.size} ${facts.ino}` : "absent";
    const known = this.loaded.get(file);
    const isKnown = known?.stamp === stamp;
    if (!isKnown || !known.isThere) onWait?.();
    if (isKnown) {
      this.holds?.add(this.loaded.hold(file));
      return known.ready;
    }
    const ready = inTurn
      ? this.readInTurns(file, inTurn)
      : this.loading.run("frame", () => loadBank(file, this.indexer));
    const entry = { stamp, ready, isThere: false };
    // Room is made before it is read: features and their index.
    this.loaded.set(file, entry, 2 * (facts?.size ?? 0));
    this.holds?.add(this.loaded.hold(file));
    ready.then(
      ({ bytes }) => {
        entry.isThere = true;
        this.loaded.resize(file, entry, bytes);
      },
      () => this.loaded.delete(file, entry),
    );
    return ready;
  }

  /** Only making it ready: a frame that is scored with it has its turn already. */
  private async readInTurns(file: string, inTurn: InTurn): Promise<LoadedBank> {
    let turn = inTurn;
    const ready = await loadBank(
      file,
      this.indexer.inTurns((piece) => turn(piece)),
    );
    turn = async (piece) => piece();
    return ready;
  }
}

/** Runs work under the same key one after the other: a bank's files are changed by one request at a time. */
class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result.catch(() => undefined);
    this.tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}

export function storeOf({ directory, name }: StoredBank): BankStore {
  return new BankStore(directory, name);
}

/** On Windows and macOS two names that differ in case alone are one folder; elsewhere they merely wait for each other. */
const keyOf = ({ directory, name }: StoredBank) => JSON.stringify([directory, name.toLowerCase()]);

/** @throws {GoldenSampleError} BAD_BANK where the file is no bank */
async function loadBank(file: string, indexer: Indexer): Promise<LoadedBank> {
  const bank = await readBundle(file);
  const { missing, name } = bank.metadata;
  const ready = await makeReady({ ...bank, metadata: { ...bank.metadata, name: name || basename(file) } }, indexer);
  return { ...ready, ...(missing && { missingThreshold: missingThreshold(missing) }) };
}
