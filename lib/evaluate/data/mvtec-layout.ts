import { basename, extname, join } from "node:path";
import type { Dataset, TestImage } from "./dataset";
import { listFolders, listImages } from "./images";

/**
 * The layout of MVTec AD: `train/good`, `test/<type>/NNN.png`, `ground_truth/<type>/NNN_mask.png`; in the one-class
 * split of VisA a mask is called like its image.
 * @returns undefined where a folder has neither `train/good` nor `test`
 */
export async function readMvtecLayout(folder: string): Promise<Omit<Dataset, "name"> | undefined> {
  const references = await listImages(join(folder, "train", "good"));
  const types = await listFolders(join(folder, "test"));
  if (references.length === 0 && types.length === 0) return undefined;
  const test: TestImage[] = [];
  for (const type of types) {
    const masks = new Map(
      (await listImages(join(folder, "ground_truth", type))).map((path) => [nameOf(path).replace(/_mask$/, ""), path]),
    );
    for (const path of await listImages(join(folder, "test", type))) {
      const mask = type === "good" ? undefined : masks.get(nameOf(path));
      test.push({ path, type, ...(mask !== undefined && { mask }) });
    }
  }
  return { references, test };
}

const nameOf = (path: string) => basename(path, extname(path));
