import { basename, extname, join } from "node:path";
import { listFolders } from "../../image/folder";
import type { TestImage } from "./dataset";
import type { ListImages } from "./images";
import { counted, nameSome } from "./notes";

/** Masks of one kind of defect, by their file's name without extension, or by the folder's that several lie in. */
export type Masks = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a folder of masks: one an image, called like it or with `_mask` behind (MVTec AD, VisA), or a folder an image
 * with a mask for each of its defects (MVTec LOCO: `<type>/000/000.png`).
 * @param list gives the images directly in a folder
 */
export async function readMasks(folder: string, list: ListImages): Promise<Masks> {
  const found = new Map<string, string[]>();
  const add = (name: string, paths: string[]) => found.set(name, [...(found.get(name) ?? []), ...paths]);
  for (const path of await list(folder)) add(nameOf(path), [path]);
  for (const name of await listFolders(folder)) {
    const paths = await list(join(folder, name));
    if (paths.length > 0) add(name, paths);
  }
  return found;
}

/**
 * Gives each image its masks.
 * @returns the images, and the masks that fit none
 */
export function pairMasks(images: readonly TestImage[], masks: Masks): { test: TestImage[]; unused: string[] } {
  const used = new Set<string>();
  const test = images.map((image): TestImage => {
    const names = [`${nameOf(image.path)}_mask`, nameOf(image.path)].filter((name) => masks.has(name));
    for (const name of names) used.add(name);
    return names.length === 0 ? image : { ...image, masks: names.flatMap((name) => masks.get(name)!) };
  });
  return { test, unused: [...masks].flatMap(([name, paths]) => (used.has(name) ? [] : paths)) };
}

/** @returns what to say of masks that were left out, nothing where none was */
export function describeUnused(unused: readonly string[], test: readonly TestImage[]): string[] {
  if (unused.length === 0) return [];
  const [fit, were] = unused.length === 1 ? ["fits", "was"] : ["fit", "were"];
  const none = test.some(({ masks }) => masks) ? "" : ", so there are no pixel-level figures";
  const rule = "a mask is called like its image, with or without _mask, or lies in a folder called so";
  return [
    `${counted(unused.length, "mask")} ${fit} no defective test image and ${were} not used${none} (${rule}): ${nameSome(unused)}`,
  ];
}

const nameOf = (path: string) => basename(path, extname(path));
