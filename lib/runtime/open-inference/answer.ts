import type { IncomingHttpHeaders } from "node:http";

/** A whole HTTP response. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
