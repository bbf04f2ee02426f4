import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { GoldenSampleError } from "../../errors";

const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".avif", ".bmp"]);

/** The images directly in a folder, sorted by name. */
export async function listImages(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => EXTENSIONS.has(extname(name).toLowerCase()))
    .sort()
    .map((name) => join(folder, name));
}

/** The folders directly in a folder, sorted by name. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
  return names.sort();
}

/** Files as they are, folders as the images in them, sorted. @throws {GoldenSampleError} BAD_REQUEST where nothing is there */
export async function expandImages(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const facts = await stat(path).catch(() => undefined);
    if (!facts)
      throw new GoldenSampleError("BAD_REQUEST", `${path} does not exist: name a folder of images or image files.`);
    found.push(...(facts.isDirectory() ? await listImages(path) : [path]));
  }
  if (found.length === 0)
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `There is no image in ${paths.join(", ")}: name a folder of images or image files.`,
    );
  return found;
}
