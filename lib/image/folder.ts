import { extname, join } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { files } from "../files/read-file";
import type { FolderEntry } from "../files/wire";
import { sentence } from "../sentence";

/** The names under which images of the formats that are read go about; which format it is, the content decides. */
const EXTENSIONS = new Set(".jpg .jpeg .jpe .jfif .png .webp .tif .tiff .gif .avif .bmp .dib".split(" "));

/** What systems, file servers and archivers leave beside the user's files; names that begin with a dot besides. */
const LEFT_BY_SYSTEMS = new Set([
  ...["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "$recycle.bin", "system volume information"],
  ...["__macosx", "@eadir", "@recycle", "@tmp", "#recycle", "#snapshot", "lost+found"],
]);

/** What lies directly in a folder, hidden files left out. */
export interface ImageFolder {
  /** Paths of what has an image's extension, sorted by name. */
  images: string[];
  /** Names of the other files, sorted: what a user may have meant as images. */
  others: string[];
}

/**
 * The one rule for which files of a folder are images: by extension, whatever its case, and no hidden file (`._1.png`,
 * `Thumbs.db`). Folders in it are not looked into.
 * @returns nothing where the folder is not there or is a file
 * @throws {GoldenSampleError} BAD_REQUEST where the folder cannot be read
 */
export async function readImageFolder(folder: string): Promise<ImageFolder> {
  const found: ImageFolder = { images: [], others: [] };
  for (const { name, isFolder } of await entriesOf(folder)) {
    if (isFolder) continue;
    if (EXTENSIONS.has(extname(name).toLowerCase())) found.images.push(join(folder, name));
    else found.others.push(name);
  }
  return found;
}

/**
 * The names of the folders directly in a folder, sorted, without hidden ones (`.ipynb_checkpoints`, `@eaDir`).
 * @throws {GoldenSampleError} BAD_REQUEST where the folder cannot be read
 */
export async function listFolders(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).filter(({ isFolder }) => isFolder).map(({ name }) => name);
}

/** Says how many files of a folder were passed over, and which; undefined where there is none. */
export function describeOthers(folder: string, others: readonly string[]): string | undefined {
  if (others.length === 0) return undefined;
  const kinds = new Map<string, string[]>();
  for (const name of others) {
    const kind = extname(name).toLowerCase() || "without extension";
    kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  const parts = [...kinds].map(([kind, names]) => {
    const shown = names.length > 3 ? [...names.slice(0, 3), "..."] : names;
    return `${names.length} ${kind} (${shown.join(", ")})`;
  });
  const files = others.length === 1 ? "1 file was" : `${others.length} files were`;
  return `${files} passed over in ${folder}, no image by name: ${parts.join(", ")}; read are ${[...EXTENSIONS].join(" ")}`;
}

async function entriesOf(folder: string): Promise<FolderEntry[]> {
  const entries = await files.entries(folder).catch((thrown: unknown) => {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[folderUnreadable] The folder ${{ folder }} cannot be read (${{ why: firstSentence(thrown) }}).`,
      {
        cause: thrown,
      },
    );
  });
  const seen = (entries ?? []).filter(({ name }) => !name.startsWith(".") && !LEFT_BY_SYSTEMS.has(name.toLowerCase()));
  return seen.sort((a, b) => (a.name < b.name ? -1 : 1));
}
