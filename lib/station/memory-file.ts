import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { parseMemory, type StationMemory } from "./memory";

/**
 * What a station remembers over a restart. Written at once and not synced: the PLC is told of a state only when it is
 * written, and a sync of an SD card would hold up every part. A process that is killed loses nothing; a power cut may
 * lose the last seconds.
 */
export class StationMemoryFile {
  private written = "";

  constructor(private readonly file: string) {}

  /** @throws {GoldenSampleError} BAD_REQUEST where there is a file that cannot be read */
  read(): StationMemory | undefined {
    try {
      return parseMemory(JSON.parse(readFileSync(this.file, "utf8")));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new GoldenSampleError(
        "BAD_REQUEST",
        `The station's memory ${this.file} cannot be read: restore it, or delete it and begin with inspection 1 again.`,
        { cause: thrown },
      );
    }
  }

  /** Does nothing where nothing has changed. @throws {GoldenSampleError} BAD_REQUEST where it cannot be written */
  write(memory: StationMemory): void {
    const text = JSON.stringify(memory);
    if (text === this.written) return;
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.file}.tmp`, text, { mode: 0o600 });
      renameSync(`${this.file}.tmp`, this.file);
      this.written = text;
    } catch (thrown) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        `The station's memory could not be written to ${this.file} (${firstSentence(thrown)}): check the folder's rights and free space.`,
        { cause: thrown },
      );
    }
  }
}
