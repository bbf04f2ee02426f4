import { describeOthers, readImageFolder } from "../../image/folder";

/** Gives the images directly in a folder, sorted by name. */
export type ListImages = (folder: string) => Promise<string[]>;

/** @param notes is told of the other files in the folders that are listed */
export function imageLister(notes: string[]): ListImages {
  return async (folder) => {
    const { images, others } = await readImageFolder(folder);
    const passedOver = describeOthers(folder, others);
    if (passedOver !== undefined) notes.push(passedOver);
    return images;
  };
}
