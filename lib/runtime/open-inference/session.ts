import { firstSentence, GoldenSampleError } from "../../errors";
import { files } from "../../files/read-file";
import { sentence } from "../../sentence";
import type { Session, Tensor } from "../types";
import type { Answer } from "./answer";
import { Endpoint } from "./endpoint";
import { malformed, TryFailed } from "./failures";
import { Pool } from "./pool";
import { DEFAULTS, type RemoteSettings } from "./settings";
import { decodeResponse, encodeRequest } from "./tensors";

/** Of a file of certificates: all that a system trusts take under a quarter of a megabyte. */
const MOST_CA_BYTES = 1 << 22;

/** A model on servers that speak the Open Inference Protocol v2, and what tells it from others. */
export interface RemoteSession extends Session {
  /** See `RemoteModel.identity`. */
  readonly identity: string;
}

/**
 * Opens a model on one or several inference servers over HTTP.
 * @throws {GoldenSampleError} BAD_REQUEST for settings that cannot be used; DEVICE_UNAVAILABLE where no server can be
 *   reached, is ready or takes the token; TIMEOUT; BAD_BACKBONE where the model is unknown or the answer malformed
 */
export async function openInferenceSession(settings: RemoteSettings): Promise<RemoteSession> {
  settings.endpoints.forEach(mustBeAddress);
  const options = {
    ca: settings.ca === undefined ? undefined : await readAuthority(settings.ca),
    insecure: settings.insecure ?? false,
    connectTimeout: settings.connectTimeout ?? DEFAULTS.connectTimeout,
    timeout: settings.timeout ?? DEFAULTS.timeout,
  };
  const endpoints = settings.endpoints.map((address) => new Endpoint(address, settings, options));
  const pool = new Pool(endpoints, settings.retries ?? DEFAULTS.retries);
  try {
    const model = await pool.open();
    return new OpenInferenceSession(pool, model);
  } catch (thrown) {
    pool.close();
    throw thrown;
  }
}

class OpenInferenceSession implements RemoteSession {
  readonly device = "remote";
  readonly inputs: Session["inputs"];
  readonly outputs: Session["outputs"];
  readonly identity: string;
  /** Unknown until the first answer: not every server announces what it can do. */
  private binary: boolean | undefined;
  private readonly running = new Set<Promise<unknown>>();
  private released: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    model: Pick<RemoteSession, "inputs" | "outputs" | "identity">,
  ) {
    this.inputs = model.inputs;
    this.outputs = model.outputs;
    this.identity = model.identity;
  }

  async run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]): Promise<Record<string, Tensor>> {
    if (this.released) {
      throw new GoldenSampleError(
        "ENGINE_CLOSED",
        sentence`[modelUnloaded] The model was unloaded while a frame was waiting for it.`,
      );
    }
    const work = this.pool.run((endpoint) => this.ask(endpoint, feeds, fetches));
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
    }
  }

  release(): Promise<void> {
    this.released ??= Promise.allSettled(this.running).then(() => this.pool.close());
    return this.released;
  }

  private async ask(endpoint: Endpoint, feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]) {
    const send = async (binary: boolean) => {
      const tensors = decode(endpoint, await endpoint.infer(encodeRequest(feeds, fetches, binary)));
      const missing = fetches?.find((name) => !Object.hasOwn(tensors, name));
      if (missing !== undefined)
        throw malformed(endpoint.address, sentence`[outputMissing] the output ${{ output: missing }} is missing`);
      this.binary = binary;
      return tensors;
    };
    if (this.binary !== undefined) return send(this.binary);
    try {
      return await send(true);
    } catch (thrown) {
      // Refused, and not known whether for its form: asked once more as the protocol's core has it.
      const perhapsForm = thrown instanceof TryFailed && thrown.retry === "never" && speakable(feeds);
      if (!perhapsForm) throw thrown;
      return await send(false);
    }
  }
}

/** JSON has no 16-bit floats. */
function speakable(feeds: Readonly<Record<string, Tensor>>): boolean {
  return Object.values(feeds).every(({ type }) => type !== "float16");
}

function decode(endpoint: Endpoint, answer: Answer): Record<string, Tensor> {
  try {
    return decodeResponse(answer);
  } catch (thrown) {
    throw malformed(endpoint.address, firstSentence(thrown));
  }
}

function mustBeAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (plain && (url.protocol === "http:" || url.protocol === "https:")) return;
  // Not repeated in the sentence: it may hold a password.
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[endpointAddress] An endpoint of the inference server is no usable address: write it as http://host:8000 or https://host, without user, password or query.`,
  );
}

async function readAuthority(path: string): Promise<string> {
  const pem = (await files.bytes(path, MOST_CA_BYTES).catch(() => Buffer.alloc(0))).toString("utf8");
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[caFileUnreadable] The CA file ${{ file: path }} cannot be read as a PEM certificate: give the file of the authority that signed the server's certificate.`,
  );
}
