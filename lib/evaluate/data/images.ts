import { readImageFolder } from "../../image/folder";

export { listFolders } from "../../image/folder";

/** The images directly in a folder, sorted by name. */
export const listImages = async (folder: string): Promise<string[]> => (await readImageFolder(folder)).images;
