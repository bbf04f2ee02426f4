import { firstSentence, GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";
import { writeWhole } from "../../write-whole";

/**
 * Writes a file of a bank's folder, for this user alone: photos of a product are in them.
 * @param what it is, as an error is to call it
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function writeBankFile(path: string, parts: readonly Buffer[], what: Sentence): Promise<void> {
  try {
    await writeWhole(path, parts);
  } catch (thrown) {
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[notWritten] ${{ what }} could not be written to ${{ file: path }} (${{ why: firstSentence(thrown) }}): check the folder's rights and free space.`,
      { cause: thrown },
    );
  }
}
