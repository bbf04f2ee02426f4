import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { ScoreResult } from "../lib";

export interface ResultFolders {
  distances: string | undefined;
  overlay: string | undefined;
}

/**
 * Writes what was asked for of each image's result into folders that are there.
 * @returns a function of an image's number and result, which returns the files it wrote
 */
export function createResultFiles(images: readonly string[], { distances, overlay }: ResultFolders) {
  const names = uniqueNames(images);
  return async (number: number, result: Pick<ScoreResult, "map" | "overlay">): Promise<Record<string, string>> => {
    const written: Record<string, string> = {};
    if (distances !== undefined && result.map) {
      written.distances = join(distances, `${names[number]}.f32`);
      await writeFile(written.distances, result.map.data);
    }
    if (overlay !== undefined && result.overlay) {
      written.overlay = join(overlay, `${names[number]}.jpg`);
      await writeFile(written.overlay, result.overlay);
    }
    return written;
  };
}

/** File names for results: the image's own with its folder before it, numbered where two are alike. */
function uniqueNames(images: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return images.map((image) => {
    const folder = basename(dirname(image));
    const own = basename(image, extname(image));
    const name = folder === "" || folder === "." || folder === ".." ? own : `${folder}-${own}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}
