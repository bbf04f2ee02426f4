import { stat } from "node:fs/promises";
import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { describeOthers, readImageFolder } from "./folder";

/**
 * Files as they are, folders as the images in them, sorted.
 * @param note is told of the files in a folder that were passed over, a sentence a folder
 * @throws {GoldenSampleError} BAD_REQUEST where nothing is there
 */
export async function expandImages(paths: readonly string[], note: (text: string) => void): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const facts = await stat(path).catch(() => undefined);
    if (!facts)
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[imagesNotThere] ${{ path }} does not exist: name a folder of images or image files.`,
      );
    if (!facts.isDirectory()) {
      found.push(path);
      continue;
    }
    const { images, others } = await readImageFolder(path);
    found.push(...images);
    const passedOver = describeOthers(path, others);
    if (passedOver !== undefined) note(passedOver);
  }
  if (found.length === 0)
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[noImageIn] There is no image in ${{ paths: paths.join(", ") }}: name a folder of images or image files.`,
    );
  return found;
}
