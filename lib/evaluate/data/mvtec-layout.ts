import { join } from "node:path";
import { listFolders } from "../../image/folder";
import type { Dataset, TestImage } from "./dataset";
import { imageLister, type ListImages } from "./images";
import { describeUnused, pairMasks, readMasks } from "./masks";
import { counted } from "./notes";

/** What folders of good parts are called; others are types of defects. */
const GOOD = new Set(["good", "ok", "normal"]);
const isGood = (name: string) => GOOD.has(name.toLowerCase());

/**
 * The layout of MVTec AD: `train/good`, `test/<type>/NNN.png`, `ground_truth/<type>/NNN_mask.png`, also with `ok` or
 * `normal` for `good`; of VisA's one-class split, where a mask is called like its image; and of MVTec LOCO, where an
 * image's masks lie in a folder of their own.
 * @returns undefined where a folder has no images of good parts in `train` and no folders in `test`
 */
export async function readMvtecLayout(folder: string): Promise<Omit<Dataset, "name"> | undefined> {
  const notes: string[] = [];
  const list = imageLister(notes);
  const references = await readReferences(folder, list, notes);
  const types = await listFolders(join(folder, "test"));
  if (references.length === 0 && types.length === 0) return undefined;
  const loose = (await list(join(folder, "test"))).length;
  if (loose > 0)
    notes.push(
      `${counted(loose, "image")} directly in test left out: a folder a type (test/good, test/<type>) is read`,
    );
  const test: TestImage[] = [];
  const unused: string[] = [];
  for (const type of types) {
    const good = isGood(type);
    const images = (await list(join(folder, "test", type))).map((path) => ({ path, type: good ? "good" : type }));
    const masks = await readMasks(join(folder, "ground_truth", type), list);
    const paired = pairMasks(good ? [] : images, masks);
    test.push(...(good ? images : paired.test));
    unused.push(...paired.unused);
  }
  const truth = join(folder, "ground_truth");
  unused.push(...(await list(truth)));
  for (const type of await listFolders(truth)) {
    if (!types.includes(type)) unused.push(...[...(await readMasks(join(truth, type), list)).values()].flat());
  }
  notes.push(...describeUnused(unused, test));
  return { references, test, notes };
}

/** @param notes is told of what in `train` is not used */
async function readReferences(folder: string, list: ListImages, notes: string[]): Promise<string[]> {
  const references: string[] = [];
  for (const name of await listFolders(join(folder, "train"))) {
    const images = await list(join(folder, "train", name));
    if (isGood(name)) references.push(...images);
    else if (images.length > 0)
      notes.push(
        `${counted(images.length, "image")} in train/${name} left out: references are drawn from train/good, ok or normal`,
      );
  }
  return references;
}
