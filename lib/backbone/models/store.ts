import { copyFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { firstSentence, GoldenSampleError } from "../../errors";
import { files } from "../../files/read-file";
import { sentence } from "../../sentence";
import { replaceFile, temporaryBeside } from "../../write-whole";
import type { Precision } from "../precision";
import { DOWNLOAD_TOOLS, type DownloadOptions, type DownloadTools, download, sizeOf } from "./download";
import { isLocked, LOCK_TIMES, type LockTimes, withLock } from "./lock";
import { records } from "./records";
import { findEntry, inPrecision, isLocal, type ModelEntry, readRegistry } from "./registry";

const HUGGING_FACE = "https://huggingface.co";
/** Days after which a download that nobody went on with is taken away. */
const ABANDONED = 7;

export interface ModelsPlace {
  /** Where models are kept. */
  directory: string;
  /** Takes the place of https://huggingface.co. */
  mirror?: string | undefined;
  /** Further models, beside the pinned ones and those in models.json. */
  entries?: readonly ModelEntry[] | undefined;
}

/** A model as users see it. */
export interface ModelState {
  name: string;
  title?: string;
  licence?: string;
  bytes: number;
  sha256: string;
  patchSize?: number;
  dimension?: number;
  resolution?: number;
  default: boolean;
  onDisk: boolean;
  path: string;
  /** Bytes of a download that has not ended. */
  partial?: number;
  /** Milliseconds of one inference, as measured on this machine. */
  speeds: { device: string; resolution: number; milliseconds: number }[];
}

/** A model's file that is there and has been checked. */
export interface StoredModel {
  entry: ModelEntry;
  path: string;
}

export type StoreTools = DownloadTools & { lock: LockTimes };

/**
 * The models on disk: `<directory>/<name>/<first 12 of the SHA-256>/<file>`. The hash in the path keeps a new revision
 * of a name from replacing a file that another process has open or a bank was built with; beside each file lies a note
 * of its last full check.
 */
export class ModelStore {
  readonly directory: string;
  private readonly tools: StoreTools;

  constructor(
    private readonly place: ModelsPlace,
    tools: Partial<StoreTools> = {},
  ) {
    this.directory = place.directory;
    this.tools = { ...DOWNLOAD_TOOLS, lock: LOCK_TIMES, ...tools };
  }

  /** @throws {GoldenSampleError} BAD_REQUEST where models.json cannot be used */
  async list(): Promise<ModelState[]> {
    const [entries, speeds] = await Promise.all([
      readRegistry(this.directory, this.place.entries),
      records.speeds(this.directory),
    ]);
    return Promise.all(
      entries.map(async (entry) => {
        const { name, title, licence, bytes, sha256, patchSize, dimension, resolution } = entry;
        const path = this.pathOf(entry);
        const partial = await sizeOf(`${path}.part`);
        return {
          name,
          ...(title !== undefined && { title }),
          ...(licence !== undefined && { licence }),
          bytes,
          sha256,
          ...(patchSize !== undefined && { patchSize }),
          ...(dimension !== undefined && { dimension }),
          ...(resolution !== undefined && { resolution }),
          default: entry.default ?? false,
          onDisk: (await sizeOf(path)) === bytes,
          path,
          ...(partial > 0 && { partial }),
          speeds: speeds
            .filter((speed) => speed.sha256 === sha256)
            .map(({ device, resolution, milliseconds }) => ({ device, resolution, milliseconds })),
        };
      }),
    );
  }

  /**
   * @param precision absent: as named
   * @throws {GoldenSampleError} BAD_REQUEST for a name that is not known, or not in that precision
   */
  async entry(name: string, precision?: Precision): Promise<ModelEntry> {
    const entries = await readRegistry(this.directory, this.place.entries);
    return precision === undefined ? findEntry(entries, name) : inPrecision(entries, name, precision);
  }

  pathOf(entry: ModelEntry): string {
    if (isLocal(entry)) return entry.file!;
    const file = basename(entry.file ?? new URL(entry.url!).pathname) || "model.onnx";
    return join(this.folderOf(entry), file);
  }

  /**
   * The model's file, if it is there; its full SHA-256 is checked the first time, later its size and time.
   * @throws {GoldenSampleError} BAD_BACKBONE where it is another file than the registry says
   */
  async find(name: string): Promise<StoredModel | undefined> {
    const entry = await this.entry(name);
    const path = this.pathOf(entry);
    const file = await stat(path).catch(() => undefined);
    if (!file?.isFile()) return undefined;
    if (!(await records.isChecked(path, this.noteOf(entry), entry.sha256))) await this.check(entry, path);
    return { entry, path };
  }

  /**
   * The model's file, downloaded where it is missing. Whoever else is downloading it is waited for.
   * @throws {GoldenSampleError} MODEL_UNAVAILABLE, BAD_BACKBONE, CANCELLED
   */
  async ensure(name: string, { onProgress, signal }: Partial<DownloadOptions> = {}): Promise<StoredModel> {
    const found = await this.find(name);
    if (found) return found;
    const entry = await this.entry(name);
    const path = this.pathOf(entry);
    if (isLocal(entry)) {
      throw new GoldenSampleError(
        "MODEL_UNAVAILABLE",
        sentence`[modelFileMissing] The model ${{ model: name }} has no file ${{ file: path }}: copy it there.`,
      );
    }
    const options = { onProgress: onProgress ?? (() => undefined), signal: signal ?? new AbortController().signal };
    await this.removeAbandoned();
    await this.locked(entry, options, async () => {
      // Somebody else may have been quicker.
      if ((await sizeOf(path)) === entry.bytes) return;
      await download(entry, this.addressOf(entry), path, options, this.tools);
      await records.checked(path, this.noteOf(entry), entry.sha256);
    });
    return (await this.find(name)) ?? this.ensure(name, options);
  }

  /**
   * Puts a file that was brought here some other way in its place.
   * @throws {GoldenSampleError} BAD_BACKBONE where it is another file than the registry says
   */
  async import(name: string, file: string): Promise<StoredModel> {
    const entry = await this.entry(name);
    if (isLocal(entry)) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[modelIsFile] The model ${{ model: name }} is the file ${{ file: entry.file ?? "" }}: it needs no import.`,
      );
    }
    if (!(await stat(file).catch(() => undefined))?.isFile()) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[importFileMissing] There is no file ${{ file }}: give the path of the file to import.`,
      );
    }
    await mustBe(entry, file);
    const path = this.pathOf(entry);
    const temporary = temporaryBeside(path);
    const signal = new AbortController().signal;
    await this.locked(entry, { onProgress: () => undefined, signal }, async () => {
      try {
        await copyFile(file, temporary);
        const handle = await open(temporary, "r+");
        await handle.sync().finally(() => handle.close());
        // The copy counts, not what was read before.
        await mustBe(entry, temporary);
        await replaceFile(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await rm(`${path}.part`, { force: true });
      await records.checked(path, this.noteOf(entry), entry.sha256);
    });
    return { entry, path };
  }

  /**
   * Checks a stored file's full SHA-256 again.
   * @throws {GoldenSampleError} MODEL_UNAVAILABLE where it is not there, BAD_BACKBONE where it is another file
   */
  async verify(name: string): Promise<StoredModel> {
    const entry = await this.entry(name);
    const path = this.pathOf(entry);
    if ((await stat(path).catch(() => undefined)) === undefined) {
      throw new GoldenSampleError(
        "MODEL_UNAVAILABLE",
        sentence`[modelNotThere] The model ${{ model: name }} is not in ${{ folder: this.directory }}: download or import it.`,
      );
    }
    await this.check(entry, path);
    return { entry, path };
  }

  private async check(entry: ModelEntry, path: string): Promise<void> {
    await mustBe(entry, path);
    await records.checked(path, this.noteOf(entry), entry.sha256);
  }

  private async locked(entry: ModelEntry, options: DownloadOptions, work: () => Promise<void>): Promise<void> {
    const path = this.pathOf(entry);
    const { signal } = options;
    const waiting = async () => options.onProgress({ done: await sizeOf(`${path}.part`), total: entry.bytes });
    try {
      await mkdir(dirname(path), { recursive: true });
      await withLock(`${path}.lock`, { signal, waiting, times: this.tools.lock }, work);
    } catch (thrown) {
      if (thrown instanceof GoldenSampleError) throw thrown;
      if (signal.aborted)
        throw new GoldenSampleError(
          "CANCELLED",
          sentence`[downloadCancelled] The download of ${{ model: entry.name }} was cancelled.`,
        );
      throw new GoldenSampleError(
        "MODEL_UNAVAILABLE",
        sentence`[modelUnwritable] The model ${{ model: entry.name }} could not be written to ${{ folder: this.directory }} (${{ why: firstSentence(thrown) }}): check the folder and its rights.`,
        { cause: thrown },
      );
    }
  }

  private addressOf(entry: ModelEntry): URL {
    if (entry.url !== undefined) return new URL(entry.url);
    const base = (this.place.mirror || HUGGING_FACE).replace(/\/+$/, "");
    const path = `${entry.repository}/resolve/${entry.revision}/${entry.file}`;
    if (/^https?:\/\//.test(base) && URL.canParse(`${base}/${path}`)) return new URL(`${base}/${path}`);
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[mirrorAddress] The mirror "${{ mirror: base }}" is no address: write it as https://host/path.`,
    );
  }

  /** Leftovers of downloads and imports that ended in a crash; a younger one is gone on with. */
  private async removeAbandoned(): Promise<void> {
    const before = Date.now() - ABANDONED * 24 * 3600 * 1000;
    const entries = await readRegistry(this.directory, this.place.entries);
    const paths = await Promise.all(
      entries.map(async (entry) => {
        // Only in folders of our own: the directory may be one that the user keeps other things in.
        const files = await readdir(this.folderOf(entry)).catch(() => []);
        return files.filter((name) => /\.(part|tmp)$/.test(name)).map((name) => join(this.folderOf(entry), name));
      }),
    );
    for (const path of paths.flat()) {
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (mtimeMs >= before || (await isLocked(path.replace(/part$/, "lock")))) continue;
      await rm(path, { force: true });
    }
  }

  private folderOf({ name, sha256 }: ModelEntry): string {
    return join(this.directory, name, sha256.slice(0, 12));
  }

  private noteOf(entry: ModelEntry): string {
    return join(this.folderOf(entry), "checked.json");
  }
}

async function mustBe(entry: ModelEntry, path: string): Promise<void> {
  const size = await sizeOf(path);
  const isSame = size === entry.bytes && (await files.sha256(path)) === entry.sha256;
  if (isSame) return;
  const what =
    size === entry.bytes
      ? sentence`[sha256Differs] its SHA-256 is another one`
      : sentence`[lengthDiffers] it has ${{ length: size }} bytes, not ${{ bytes: entry.bytes }}`;
  throw new GoldenSampleError(
    "BAD_BACKBONE",
    sentence`[notTheModel] ${{ file: path }} is not the model ${{ model: entry.name }} (${{ what }}): delete it and download or import it again.`,
  );
}
