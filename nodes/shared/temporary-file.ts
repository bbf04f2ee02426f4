import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminRequest } from "./admin-route";

/** A path in the temporary folder that nobody has. @param extension with its dot; "" for none */
export function temporaryFile(extension: string): string {
  return join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}${extension}`);
}

/** Lends a path as `temporaryFile` gives it for as long as it is worked on; what is there then is removed. */
export async function throughFile<T>(extension: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = temporaryFile(extension);
  try {
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Lends what was uploaded as such a file. */
export function withUpload<T>(
  { save }: AdminRequest,
  extension: string,
  work: (file: string) => Promise<T>,
): Promise<T> {
  return throughFile(extension, async (file) => {
    await save(file);
    return work(file);
  });
}
