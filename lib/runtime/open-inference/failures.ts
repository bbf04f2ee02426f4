import { type ErrorCode, GoldenSampleError } from "../../errors";
import { type Sentence, type SentenceValue, sentence } from "../../sentence";
import type { Answer } from "./answer";

/** A failure of one try: the sentence for the user, and whether another try or another server may mend it. */
export class TryFailed extends Error {
  constructor(
    readonly error: GoldenSampleError,
    /** `again`: here or elsewhere; `elsewhere`: only on another server; `never`: the request itself is at fault. */
    readonly retry: "again" | "elsewhere" | "never",
  ) {
    super(error.message);
  }
}

/** Anything that ended a connection, as a sentence that names the endpoint. */
export function connectionFailure(endpoint: string, thrown: NodeJS.ErrnoException): TryFailed {
  const code = thrown.code ?? thrown.message;
  if (/CERT|SELF_SIGNED|LEAF_SIGNATURE|ISSUER/.test(code)) {
    return failed(
      "DEVICE_UNAVAILABLE",
      sentence`[certificate] The certificate of the inference server ${{ endpoint }} is not trusted (${{ why: code }}): give the file of the authority that signed it.`,
      "elsewhere",
    );
  }
  return failed(
    "DEVICE_UNAVAILABLE",
    sentence`[serverUnreachable] The inference server ${{ endpoint }} cannot be reached (${{ why: code }}): check the address, the network and that it is running.`,
    "again",
  );
}

export function timeOut(endpoint: string, milliseconds: number, what: "connect" | "answer"): TryFailed {
  return failed(
    "TIMEOUT",
    what === "connect"
      ? sentence`[serverNoConnection] The inference server ${{ endpoint }} did not take the connection within ${{ milliseconds }} ms: check the address and the network.`
      : sentence`[serverNoAnswer] The inference server ${{ endpoint }} did not answer within ${{ milliseconds }} ms: raise the time-out or relieve the server.`,
    what === "connect" ? "again" : "elsewhere",
  );
}

export function notReady(endpoint: string, what: SentenceValue): TryFailed {
  return failed(
    "DEVICE_UNAVAILABLE",
    sentence`[serverNotReady] The inference server ${{ endpoint }} is not ready (${{ what }}): wait until it has loaded the model, or look into its log.`,
    "again",
  );
}

export function unknownModel(endpoint: string, model: string, why: string): TryFailed {
  return failed(
    "BAD_BACKBONE",
    sentence`[serverNoModel] The inference server ${{ endpoint }} has no model ${{ model }}${{ why }}: check the name and version against its model repository.`,
    "elsewhere",
  );
}

export function malformed(endpoint: string, why: SentenceValue): TryFailed {
  return failed(
    "BAD_BACKBONE",
    sentence`[serverMalformed] The answer of ${{ endpoint }} is not what the Open Inference Protocol v2 asks for (${{ why }}): check that the address is that of an inference server.`,
    "elsewhere",
  );
}

/** What any request's status other than 200 means. @param token is taken out of what the server says */
export function statusFailure(endpoint: string, answer: Answer, token: string | undefined): TryFailed {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return failed(
      "DEVICE_UNAVAILABLE",
      sentence`[serverRefusedToken] The inference server ${{ endpoint }} refused the token (${{ status }}): enter one that may use this model.`,
      "elsewhere",
    );
  }
  if (status === 503) return notReady(endpoint, `503${said(answer, token)}`);
  return failed(
    "BAD_BACKBONE",
    sentence`[serverRefusedImage] The inference server ${{ endpoint }} refused the image (${{ status: `${status}${said(answer, token)}` }}): check that the model takes [1, 3, height, width] of any height and width.`,
    status >= 500 ? "elsewhere" : "never",
  );
}

/** `: what the server's error object says`, or nothing. */
export function said({ body }: Answer, token: string | undefined): string {
  let text: unknown;
  try {
    text = (JSON.parse(body.toString("utf8")) as { error?: unknown } | null)?.error;
  } catch {
    // A proxy's page is no sentence.
  }
  if (typeof text !== "string" || text.trim() === "") return "";
  const safe = token ? text.replaceAll(token, "***") : text;
  return `: ${safe.replace(/\s+/g, " ").trim().slice(0, 200)}`;
}

function failed(code: ErrorCode, message: Sentence, retry: TryFailed["retry"]): TryFailed {
  return new TryFailed(new GoldenSampleError(code, message), retry);
}
