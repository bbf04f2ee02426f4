import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GoldenSampleError, plain } from "../lib";

/** Makes the folder that results go to. @throws {GoldenSampleError} BAD_REQUEST where it cannot be one */
export async function makeResultFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((thrown: NodeJS.ErrnoException) => {
    throw notWritten(folder, thrown);
  });
}

/** Writes a file of results. @returns its path @throws {GoldenSampleError} BAD_REQUEST where it cannot be written */
export async function writeResult(folder: string, name: string, data: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, data).catch((thrown: NodeJS.ErrnoException) => {
    throw notWritten(path, thrown);
  });
  return path;
}

const notWritten = (path: string, { code, message }: NodeJS.ErrnoException) =>
  new GoldenSampleError(
    "BAD_REQUEST",
    plain(
      code === "EEXIST" || code === "ENOTDIR"
        ? `${path} is no folder, but a file is in its way: name a folder for the results.`
        : `${path} cannot be written (${code ?? message}): name a folder that you may write to, on a disk with room.`,
    ),
  );
