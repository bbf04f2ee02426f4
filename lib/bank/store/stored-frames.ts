import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { ifAbsent } from "../../if-absent";
import type { Box } from "../../image/crop";
import { sniffFormat } from "../../image/format";
import { sentence } from "../../sentence";
import { replaceFile } from "../../write-whole";
import { writeBankFile } from "../file/write-bank-file";

/** What is kept beside the versions, and can be cleared. */
export const FRAME_KINDS = ["references", "accepted", "defects"] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** Patches of a kept frame: where to look on it, or those that were accepted; uint8 [rows * cols], 1 = these. */
export interface FrameMask {
  rows: number;
  cols: number;
  data: Buffer;
  /** As in `GridMask`. */
  area?: Box | undefined;
  region?: Box | undefined;
}

export interface StoredFrame {
  /** The picture's file name, sorted in the order of arrival. */
  file: string;
  image: Buffer;
  mask: FrameMask | undefined;
}

const MASK = ".mask.json";
const FRAME = sentence`[theFrame] The frame`;

/**
 * Frames kept in a bank's folder (references, accepted frames, known defects), as the files they came as: with another
 * backbone, resolution or setting the bank is built again from them, without new photos.
 */
export class FrameFolder {
  constructor(private readonly folder: string) {}

  async list(): Promise<string[]> {
    const names = await readdir(this.folder).catch(ifAbsent<string[]>([]));
    return names.filter((name) => /^\d{6}\.(?!mask)\w+$/.test(name)).sort();
  }

  async read(file: string): Promise<StoredFrame> {
    return { file, image: await readFile(join(this.folder, file)), mask: await this.mask(file) };
  }

  /** What a frame came with, without the frame. */
  async mask(file: string): Promise<FrameMask | undefined> {
    const mask = await readFile(join(this.folder, maskName(file)), "utf8").catch(ifAbsent(undefined));
    return mask === undefined ? undefined : parseMask(mask);
  }

  /** @param image an encoded image @returns the name it was kept under */
  add(image: Buffer, mask: FrameMask | undefined): Promise<string> {
    return this.addFor(image, mask, async (file) => file);
  }

  /**
   * Adds a frame and does what it is added for; where either fails, nothing of the frame stays.
   * @throws {GoldenSampleError} BAD_BANK where it cannot be written; or what `use` throws
   */
  async addFor<T>(image: Buffer, mask: FrameMask | undefined, use: (file: string) => Promise<T>): Promise<T> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const last = (await this.list()).at(-1);
    const number = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
    const file = `${String(number).padStart(6, "0")}.${sniffFormat(image) ?? "bin"}`;
    try {
      // The mask first: a crash between the two leaves a mask without picture, which is never read.
      if (mask) {
        const { rows, cols, data, area, region } = mask;
        const text = JSON.stringify({ rows, cols, data: data.toString("base64"), area, region });
        await writeBankFile(join(this.folder, maskName(file)), [Buffer.from(text)], FRAME);
      }
      await writeBankFile(join(this.folder, file), [image], FRAME);
      return await use(file);
    } catch (thrown) {
      await this.remove(file);
      throw thrown;
    }
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.folder, file), { force: true });
    await rm(join(this.folder, maskName(file)), { force: true });
  }

  /** The file with exactly these bytes, where there is one. */
  async find(sha256: string): Promise<string | undefined> {
    for (const file of await this.list()) if (sha256Of((await this.read(file)).image) === sha256) return file;
    return undefined;
  }

  /** Sets one frame aside in the folder `target`, or brings it back from there: with its mask, which goes first. */
  async moveOne(file: string, target: FrameFolder): Promise<void> {
    await mkdir(target.folder, { recursive: true, mode: 0o700 });
    for (const name of [maskName(file), file]) {
      const from = join(this.folder, name);
      // Moved already, before a crash, or a frame without a mask.
      if (await stat(from).catch(ifAbsent(undefined))) await replaceFile(from, join(target.folder, name));
    }
  }

  /** Sets all frames aside under `target`, which must not exist. */
  async moveTo(target: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await replaceFile(this.folder, target);
  }

  /** Brings back what `moveTo` set aside; frames added since are dropped. */
  async moveFrom(source: string): Promise<void> {
    // Brought back already, before a crash.
    if (!(await stat(source).catch(ifAbsent(undefined)))) return;
    await rm(this.folder, { recursive: true, force: true });
    await replaceFile(source, this.folder);
  }
}

/** Names a frame's bytes, in the audit log and in bundles. */
export const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const maskName = (file: string) => `${file.slice(0, -extname(file).length)}${MASK}`;

function parseMask(text: string): FrameMask | undefined {
  try {
    const kept = JSON.parse(text) as Omit<FrameMask, "data"> & { data: string };
    const { rows, cols, area, region } = kept;
    const data = Buffer.from(kept.data, "base64");
    if (data.length !== rows * cols) return undefined;
    return { rows, cols, data, ...(area && { area }), ...(region && { region }) };
  } catch {
    return undefined;
  }
}
