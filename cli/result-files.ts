import { basename, dirname, extname } from "node:path";
import type { ScoreResult } from "../lib";
import { makeResultFolder, writeResult } from "./write-result";

export interface ResultFolders {
  distances: string | undefined;
  overlay: string | undefined;
}

/**
 * Writes what was asked for of each image's result into folders, which are made where they are missing.
 * @returns a function of an image's number and result, which returns the files it wrote
 */
export async function createResultFiles(images: readonly string[], { distances, overlay }: ResultFolders) {
  for (const folder of [distances, overlay]) if (folder !== undefined) await makeResultFolder(folder);
  const names = uniqueNames(images);
  return async (number: number, result: Pick<ScoreResult, "map" | "overlay">): Promise<Record<string, string>> => {
    const written: Record<string, string> = {};
    if (distances !== undefined && result.map) {
      written.distances = await writeResult(distances, `${names[number]}.f32`, result.map.data);
    }
    if (overlay !== undefined && result.overlay) {
      written.overlay = await writeResult(overlay, `${names[number]}.jpg`, result.overlay);
    }
    return written;
  };
}

/** File names for results: the image's own with its folder before it, numbered where two are alike. */
function uniqueNames(images: readonly string[]): string[] {
  const taken = new Set<string>();
  return images.map((image) => {
    const folder = basename(dirname(image));
    const plain = basename(image, extname(image));
    const name = folder === "" || folder === "." || folder === ".." ? plain : `${folder}-${plain}`;
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name}-${count}`;
    taken.add(own);
    return own;
  });
}
