import { readFileSync } from "node:fs";
import { firstSentence, GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { writeWhole } from "../write-whole";
import { parseMemory, type StationMemory } from "./memory";

/** What a station remembers over a restart and a power cut. */
export class StationMemoryFile {
  private last = "";

  constructor(private readonly file: string) {}

  /** @throws {GoldenSampleError} BAD_REQUEST where there is a file that cannot be read */
  read(): StationMemory | undefined {
    try {
      return parseMemory(JSON.parse(readFileSync(this.file, "utf8")));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[stationMemoryUnreadable] The station's memory ${{ file: this.file }} cannot be read: restore it, or delete it and begin with inspection 1 again.`,
        { cause: thrown },
      );
    }
  }

  /** Whether it was written last; a disk that refuses is not asked again for the same. */
  isLast(memory: StationMemory): boolean {
    return JSON.stringify(memory) === this.last;
  }

  /**
   * Synced to the disk: what a PLC has been told must not come again after a power cut. One at a time.
   * @throws {GoldenSampleError} BAD_REQUEST where it cannot be written
   */
  async write(memory: StationMemory): Promise<void> {
    this.last = JSON.stringify(memory);
    try {
      await writeWhole(this.file, [Buffer.from(this.last)]);
    } catch (thrown) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[stationMemoryUnwritable] The station's memory could not be written to ${{ file: this.file }} (${{ why: firstSentence(thrown) }}): check the folder's rights and free space.`,
        { cause: thrown },
      );
    }
  }
}
