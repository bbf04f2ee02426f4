import { firstSentence, GoldenSampleError } from "../errors";
import { files } from "../files/read-file";
import { sentence } from "../sentence";
import type { ImageSource } from "./source";

/** Bytes of an image's file. */
export const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The file that a path names, as it is.
 * @throws {GoldenSampleError} BAD_IMAGE where it is no file but a pipe, device, socket or folder, too large, outside of
 *   `within`, cannot be read, or its disk does not answer
 */
export async function readImageFile({ path, within }: Extract<ImageSource, { kind: "path" }>): Promise<Buffer> {
  try {
    return await files.bytes(path, MOST_BYTES, { within });
  } catch (thrown) {
    if (thrown instanceof GoldenSampleError) throw thrown;
    throw new GoldenSampleError(
      "BAD_IMAGE",
      sentence`[imageFileUnreadable] The image file ${{ file: path }} cannot be read (${{ why: firstSentence(thrown) }}).`,
      {
        cause: thrown,
      },
    );
  }
}

/** The image with its file, where it is one, in memory: for whoever needs its bytes more than once. @throws as `readImageFile` */
export async function inMemory(source: ImageSource): Promise<Exclude<ImageSource, { kind: "path" }>> {
  return source.kind === "path" ? { kind: "encoded", data: await readImageFile(source) } : source;
}
