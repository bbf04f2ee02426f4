import type { ErrorCode } from "../errors";

/** What is asked of the reading process. */
export type FileQuestion =
  | { want: "entries"; path: string }
  | { want: "facts" | "sha256"; path: string }
  /** `within`: the folder that the path must not lead out of, links followed; `most`: bytes that it may have. */
  | { want: "bytes"; path: string; within: string | undefined; most: number };

export type FileRequest = FileQuestion & { id: number };

export interface FileFacts {
  size: number;
  mtimeMs: number;
}

/** What lies in a folder; a link counts as what it leads to, one that leads nowhere as a file. */
export interface FolderEntry {
  name: string;
  isFolder: boolean;
}

export interface FileAnswer {
  facts?: FileFacts;
  data?: Uint8Array;
  /** In hexadecimal. */
  sha256?: string;
  /** Absent where the folder is not there, or is a file. */
  entries?: FolderEntry[];
}

/** Asks whether the process itself is heard: on a machine that is short of time nothing answers for long. */
export interface Ping {
  ping: number;
}

/** Without any of these it is a sign of life. */
export interface FromReader {
  id: number;
  /** The answer to a ping about this read, which goes on. */
  pong?: true;
  answer?: FileAnswer;
  /** A few words. */
  failure?: string;
  /** Of a sentence for users. */
  code?: ErrorCode;
}
