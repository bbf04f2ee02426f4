import type { ErrorCode } from "../errors";

/** What is asked of the reading process. */
export interface FileRequest {
  id: number;
  path: string;
  /** The folder that the path must not lead out of, links followed. */
  within?: string | undefined;
  /** Bytes that it may have; absent: only its facts are wanted. */
  most?: number | undefined;
}

export interface FileFacts {
  size: number;
  mtimeMs: number;
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
  facts?: FileFacts;
  data?: Uint8Array;
  /** A few words. */
  failure?: string;
  /** Of a sentence for users. */
  code?: ErrorCode;
}
