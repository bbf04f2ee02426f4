import { dirname } from "node:path";
import { Gate } from "./gate";
import { ReaderProcess } from "./reader-process";
import type { FileAnswer, FileFacts, FileQuestion, FolderEntry } from "./wire";

/** Milliseconds without a sign of life. */
const PATIENCE = 10_000;
/** Reads in one folder at a time: where its disk does not answer, others' reads go on. */
const WIDTH = 4;

export interface ReadOptions {
  /** The folder that the path must not lead out of, links followed. */
  within?: string | undefined;
}

/**
 * Reads files that users and messages name, in a process of its own: a network folder that does not answer would hold
 * one of the four threads that all file access and decoding of a Node.js process share, and four would stop all flows.
 */
export class FileReader {
  private reader: ReaderProcess | undefined;
  private readonly gate = new Gate(WIDTH);
  private lastId = 0;

  /** @param patience milliseconds without a sign of life after which a read is given up */
  constructor(private readonly patience = PATIENCE) {}

  /** For tests. */
  get pid(): number | undefined {
    return this.reader?.pid;
  }

  /**
   * @param most bytes that the file may have, looked at before anything is read
   * @throws {Error} that says in a few words what is wrong: no file but a pipe, device or folder, too large, no answer;
   *   or {GoldenSampleError} where it leads out of `within`
   */
  async bytes(path: string, most: number, { within }: ReadOptions = {}): Promise<Buffer> {
    const { data = new Uint8Array() } = await this.ask({ want: "bytes", path, within, most });
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Size and time of a file. @throws {Error} as `bytes` */
  async facts(path: string): Promise<FileFacts> {
    return (await this.ask({ want: "facts", path })).facts!;
  }

  /** The SHA-256 of a file's bytes, in hexadecimal. @throws {Error} as `bytes` */
  async sha256(path: string): Promise<string> {
    return (await this.ask({ want: "sha256", path })).sha256!;
  }

  /**
   * What lies in a folder, in no order; undefined where it is not there or is a file.
   * @throws {Error} that says in a few words why it cannot be read
   */
  async entries(path: string): Promise<FolderEntry[] | undefined> {
    return (await this.ask({ want: "entries", path })).entries;
  }

  private ask(request: FileQuestion): Promise<FileAnswer> {
    return this.gate.run(dirname(request.path), () => {
      if (!this.reader || this.reader.isSpent) this.reader = new ReaderProcess(this.patience);
      return this.reader.ask({ ...request, id: ++this.lastId });
    });
  }
}

/** A process has one, as it has one of the threads that it spares. */
export const files = new FileReader();
