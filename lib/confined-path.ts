import { lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep, win32 } from "node:path";
import { type ErrorCode, GoldenSampleError } from "./errors";
import { sentence } from "./sentence";

/**
 * A name that becomes a folder's or a file's on any system: letters, digits, dots, dashes and underscores, at most 64,
 * no dot at the end (Windows drops it), and none of the names that Windows keeps for devices.
 */
export const FILE_NAME = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?$/i;

export interface PathRule {
  /** Of the error where a path leads elsewhere. */
  code: Extract<ErrorCode, "BAD_REQUEST" | "BAD_IMAGE">;
  /** Whether a whole path may be named, too, where it lies in the folder. */
  absolute: boolean;
}

/**
 * The path that a name from outside (a message) stands for in a folder, as far as its words tell; no file is touched.
 * @throws {GoldenSampleError} where it leads out of the folder
 */
export function pathWithin(folder: string, name: string, { code, absolute }: PathRule): string {
  const root = resolve(folder);
  const path = resolve(root, name);
  // What Windows takes for a drive, a stream or a share is refused everywhere: a flow may be moved there.
  const whole = isAbsolute(name) || win32.isAbsolute(name);
  const isName = !name.includes("\0") && !name.split(/[\\/]/).includes("..") && !name.includes(":");
  if (whole ? absolute && isInside(root, path) : isName && isInside(root, path)) return path;
  throw outside(name, code);
}

/**
 * The same path without links, to be opened in its place: a link in the folder may lead anywhere.
 * @param path from `pathWithin`
 * @param use for `write` the folder is made where it is missing, and the file need not be there
 * @throws {GoldenSampleError} where it leads out of the folder, or is not there to be read
 */
export async function realPathWithin(
  folder: string,
  path: string,
  use: "read" | "write",
  code: PathRule["code"],
): Promise<string> {
  const name = relative(resolve(folder), path);
  if (use === "write") await mkdir(folder, { recursive: true, mode: 0o700 });
  const root = await realpath(folder).catch(() => undefined);
  const real = root && (await (use === "read" ? realpath(path).catch(() => undefined) : realTarget(path)));
  if (real === undefined) {
    throw new GoldenSampleError(
      code,
      sentence`[noFileInFolder] There is no file "${{ file: name }}" in the folder that messages may name files in: put it there.`,
    );
  }
  if (!isInside(root!, real)) throw outside(name, code);
  return real;
}

/** Of a file that is to be written: what is there of its folders decides. A link in its place is not followed. */
async function realTarget(path: string): Promise<string> {
  for (let at = dirname(path); ; at = dirname(at)) {
    const isThere = (await lstat(at).catch(() => undefined)) !== undefined;
    // A link that leads nowhere is there, and fails here.
    if (isThere) return join(await realpath(at), relative(at, path));
    if (dirname(at) === at) return path;
  }
}

/** Whether a path lies in a folder, both absolute; the folder itself does not. */
function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

const outside = (name: string, code: PathRule["code"]) =>
  new GoldenSampleError(
    code,
    sentence`[leavesFolder] "${{ file: name.slice(0, 100) }}" leads out of the folder that messages may name files in: name a file in it, or set another folder in the node.`,
  );
