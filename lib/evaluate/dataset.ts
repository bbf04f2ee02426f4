import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { GoldenSampleError } from "../errors";

const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".avif", ".bmp"]);

/** A test image of an MVTec-layout folder. */
export interface TestImage {
  path: string;
  /** The folder's name under test/: "good" or a type of defect. */
  type: string;
}

export interface Dataset {
  /** train/good, sorted. */
  references: string[];
  /** test/<type>, sorted by type and name. */
  test: TestImage[];
}

/** The images directly in a folder, sorted by name. */
export async function listImages(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => EXTENSIONS.has(extname(name).toLowerCase()))
    .sort()
    .map((name) => join(folder, name));
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

/**
 * Reads the layout of MVTec AD: train/good for references, test/<type> for inspection.
 * @throws {GoldenSampleError} BAD_REQUEST where one of the two is missing
 */
export async function readDataset(folder: string): Promise<Dataset> {
  const references = await listImages(join(folder, "train", "good"));
  const types = (await readdir(join(folder, "test")).catch(() => [] as string[])).sort();
  const test: TestImage[] = [];
  for (const type of types) {
    for (const path of await listImages(join(folder, "test", type))) test.push({ path, type });
  }
  if (references.length > 0 && test.length > 0) return { references, test };
  const missing = references.length === 0 ? "train/good" : "test/<type>";
  throw new GoldenSampleError("BAD_REQUEST", `${folder} is not in MVTec layout: it has no images in ${missing}.`);
}
