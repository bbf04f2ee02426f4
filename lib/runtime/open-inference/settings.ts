/** Which model on which servers, and how they are spoken to. */
export interface RemoteSettings {
  /** Base addresses, http or https; all serve the same model. */
  endpoints: readonly string[];
  model: string;
  /** Absent: the server's own choice. */
  version?: string | undefined;
  /** Sent as `Authorization: Bearer`. Never part of an error. */
  token?: string | undefined;
  /** PEM file of the authority that signed the servers' certificates, besides the public ones. */
  ca?: string | undefined;
  /** Takes any certificate: only for finding out what is wrong with one. */
  insecure?: boolean | undefined;
  /** Milliseconds for one connection to come about. */
  connectTimeout?: number | undefined;
  /** Milliseconds for one answer. */
  timeout?: number | undefined;
  /** Further tries after the first one on each endpoint has failed. */
  retries?: number | undefined;
}

export const DEFAULTS = { connectTimeout: 5_000, timeout: 30_000, retries: 2 } as const;
