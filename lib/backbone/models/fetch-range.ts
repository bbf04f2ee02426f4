import type { IncomingMessage } from "node:http";
import { GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";
import { type Environment, get } from "./proxy";

const REDIRECTS = 5;
/** Where huggingface.co keeps its files. */
const HUGGING_FACE = /^(?:[a-z0-9-]+\.)*(?:huggingface\.co|hf\.co)$/;

/**
 * Asks for a file from byte `from` on and follows redirects, at most five, within the configured host; from
 * huggingface.co also to its own file servers over HTTPS.
 * @throws {GoldenSampleError} MODEL_UNAVAILABLE for a redirect that is not followed; else what node:http throws
 */
export async function fetchRange(
  start: URL,
  from: number,
  options: { env: Environment; timeout: number; signal: AbortSignal },
): Promise<IncomingMessage> {
  const headers = {
    "User-Agent": "golden-sample",
    "Accept-Encoding": "identity",
    ...(from > 0 && { Range: `bytes=${from}-` }),
  };
  let url = start;
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    const answer = await get(url, { ...options, headers });
    const { statusCode = 0, headers: got } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || got.location === undefined) return answer;
    answer.destroy();
    const next = URL.canParse(got.location, String(url)) ? new URL(got.location, url) : undefined;
    if (!next || !isAllowed(start, next)) {
      throw refused(
        next
          ? sentence`[redirectsElsewhere] ${{ host: start.host }} redirects to ${{ other: next.host }}, which is not followed`
          : sentence`[redirectsNowhere] ${{ host: start.host }} redirects to an unreadable address`,
      );
    }
    // The configured host's own password goes nowhere else.
    if (next.host === start.host) [next.username, next.password] = [start.username, start.password];
    url = next;
  }
  throw refused(sentence`[redirectsOften] ${{ host: start.host }} redirects more than ${{ times: REDIRECTS }} times`);
}

function isAllowed(start: URL, next: URL): boolean {
  if (next.protocol !== "https:" && next.protocol !== start.protocol) return false;
  if (next.hostname === start.hostname) return next.port === start.port || (next.protocol === "https:" && !next.port);
  const isSecure = next.protocol === "https:" && next.port === "";
  return isSecure && start.hostname === "huggingface.co" && HUGGING_FACE.test(next.hostname);
}

function refused(why: Sentence): GoldenSampleError {
  return new GoldenSampleError(
    "MODEL_UNAVAILABLE",
    sentence`[setMirror] ${{ why }}: set the mirror to the address that serves the files.`,
  );
}
