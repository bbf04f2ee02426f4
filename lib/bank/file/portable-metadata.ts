import { win32 } from "node:path";

/** The parts of a bank's metadata that may name files. */
interface NamesFiles {
  backbone: { id: string; recipe?: { kind: string; model: string } };
  sources?: { file: string }[];
  findings?: { duplicates: { files: string[] }[]; outliers: { file: string }[] };
}

/** A path's last part; it may be from either kind of system. */
const fileName = (path: string) => win32.basename(path);

/**
 * A bank's metadata as it may be sent on: files by their names, without the folders of the machine that it was built on.
 * Banks that earlier versions built from paths name them.
 * @param text the metadata's JSON, already checked
 * @returns the same text where it names no folder
 */
export function portableMetadata(text: string): string {
  const metadata = JSON.parse(text) as NamesFiles;
  const before = JSON.stringify(metadata);
  const { backbone, sources = [], findings } = metadata;
  // A model's name may have a slash in it, and is no path.
  if (win32.isAbsolute(backbone.id)) backbone.id = fileName(backbone.id);
  if (backbone.recipe?.kind === "file") backbone.recipe.model = fileName(backbone.recipe.model);
  for (const named of [...sources, ...(findings?.outliers ?? [])]) named.file = fileName(named.file);
  for (const pair of findings?.duplicates ?? []) pair.files = pair.files.map(fileName);
  const after = JSON.stringify(metadata);
  return after === before ? text : after;
}
