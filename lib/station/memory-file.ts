import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { firstSentence, GoldenSampleError } from "../errors";
import { ifAbsent } from "../if-absent";
import { sentence } from "../sentence";
import { writeWhole } from "../write-whole";
import { parseMemory, type StationMemory } from "./memory";

/** Bytes of a place in the file: a station with a few results that wait takes a tenth of it. */
const PLACE = 8192;

/**
 * What a station remembers over a restart and a power cut. The file has two places of equal size, a line of JSON each,
 * which are written over in turn: a cut in the middle of a write spoils one of them, which its checksum tells, and leaves
 * the state before it, beyond which no PLC has been told anything. A new file for each state took three times as long, and
 * its sync waited for whatever other programs had under way on that disk (bench/LOG.md).
 */
export class StationMemoryFile {
  private last = "";
  /** Of the place written last. */
  private sequence = 0;
  /** Bytes of a place; 0: there is no such file yet. */
  private place = 0;

  constructor(private readonly file: string) {}

  /** @throws {GoldenSampleError} BAD_REQUEST where there is a file that cannot be read */
  read(): StationMemory | undefined {
    try {
      const { memory, sequence, place } = newestIn(readFileSync(this.file));
      const read = parseMemory(memory);
      this.sequence = sequence;
      this.place = place;
      return read;
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
    const text = JSON.stringify(memory);
    this.last = text;
    const sequence = this.sequence + 1;
    const line = lineOf(text, sequence);
    try {
      if (!(await this.writeOver(line, sequence))) await this.begin(line, sequence);
    } catch (thrown) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[stationMemoryUnwritable] The station's memory could not be written to ${{ file: this.file }} (${{ why: firstSentence(thrown) }}): check the folder's rights and free space.`,
        { cause: thrown },
      );
    }
    // Only now: a write that failed is tried again in the same place, and the other one stays as it is.
    this.sequence = sequence;
  }

  /** @returns false where there is no file that it fits in */
  private async writeOver(line: Buffer, sequence: number): Promise<boolean> {
    const { place } = this;
    if (line.length > place) return false;
    const file = await open(this.file, "r+").catch(ifAbsent(undefined));
    if (!file) return false;
    try {
      const { bytesWritten } = await file.write(padded(line, place), 0, place, (sequence % 2) * place);
      if (bytesWritten < place) throw new Error("The disk took a part of it only.");
      // No size and no name has changed, so there is nothing of the file system's own to wait for.
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  }

  private async begin(line: Buffer, sequence: number): Promise<void> {
    const place = Math.max(PLACE, 2 * line.length);
    const empty = padded(Buffer.alloc(0), place);
    const own = padded(line, place);
    await writeWhole(this.file, sequence % 2 === 0 ? [own, empty] : [empty, own]);
    this.place = place;
  }
}

/** @param memory as JSON, put into words once: a write is in the way of the part whose result it comes with */
function lineOf(memory: string, sequence: number): Buffer {
  return Buffer.from(`{"sequence":${sequence},"sha256":"${checksum(memory, sequence)}","memory":${memory}}\n`);
}

const checksum = (memory: string, sequence: number) =>
  createHash("sha256").update(`${sequence} ${memory}`).digest("hex");

function padded(line: Buffer, place: number): Buffer {
  return Buffer.concat([line, Buffer.alloc(place - line.length, " ")]);
}

/** Of the two places the later one that is whole; files of versions before had one, of any size. */
function newestIn(bytes: Buffer): { memory: unknown; sequence: number; place: number } {
  const place = bytes.length / 2;
  const [first, second] = [bytes.subarray(0, place), bytes.subarray(place)].map(wholeIn);
  const newest = first && second ? (first.sequence > second.sequence ? first : second) : (first ?? second);
  if (newest) return { ...newest, place };
  return { memory: JSON.parse(bytes.toString("utf8")), sequence: 0, place: 0 };
}

function wholeIn(place: Buffer): { memory: unknown; sequence: number } | undefined {
  try {
    const { sequence, sha256, memory } = JSON.parse(place.toString("utf8")) as Record<string, unknown>;
    const isWhole = typeof sequence === "number" && sha256 === checksum(JSON.stringify(memory), sequence);
    return isWhole ? { memory, sequence } : undefined;
  } catch {
    return undefined;
  }
}
