import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { sniffFormat } from "../image/format";

/** A mask that was sent along with a reference. */
export interface ReferenceMask {
  rows: number;
  cols: number;
  data: Buffer;
}

export interface StoredReference {
  /** The picture's file name, sorted in the order of arrival. */
  file: string;
  image: Buffer;
  mask: ReferenceMask | undefined;
}

const MASK = ".mask.json";

/**
 * The references kept for the next build, as the files they came as: with another backbone, resolution or setting
 * the bank is built again from them, without new photos.
 */
export class ReferenceFolder {
  constructor(private readonly folder: string) {}

  async list(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    return names.filter((name) => /^\d{6}\.(?!mask)\w+$/.test(name)).sort();
  }

  async read(file: string): Promise<StoredReference> {
    const image = await readFile(join(this.folder, file));
    const mask = await readFile(join(this.folder, maskName(file)), "utf8").catch(() => undefined);
    return { file, image, mask: mask === undefined ? undefined : parseMask(mask) };
  }

  /** @param image an encoded image @returns the name it was kept under */
  async add(image: Buffer, mask: ReferenceMask | undefined): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const last = (await this.list()).at(-1);
    const number = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
    const file = `${String(number).padStart(6, "0")}.${sniffFormat(image) ?? "bin"}`;
    // The mask first: a crash between the two leaves a mask without picture, which is never read.
    if (mask) {
      const { rows, cols, data } = mask;
      await writeFile(join(this.folder, maskName(file)), JSON.stringify({ rows, cols, data: data.toString("base64") }));
    }
    await writeFile(join(this.folder, file), image);
    return file;
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.folder, file), { force: true });
    await rm(join(this.folder, maskName(file)), { force: true });
  }

  /** Sets all references aside under `target`, which must not exist. */
  async moveTo(target: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await rename(this.folder, target);
  }

  /** Brings back what `moveTo` set aside; references added since are dropped. */
  async moveFrom(source: string): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await rename(source, this.folder);
  }
}

const maskName = (file: string) => `${file.slice(0, -extname(file).length)}${MASK}`;

function parseMask(text: string): ReferenceMask | undefined {
  try {
    const { rows, cols, data } = JSON.parse(text) as { rows: number; cols: number; data: string };
    const bytes = Buffer.from(data, "base64");
    return bytes.length === rows * cols ? { rows, cols, data: bytes } : undefined;
  } catch {
    return undefined;
  }
}
