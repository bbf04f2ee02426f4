import { createHash } from "node:crypto";
import { z } from "zod";
import { sentence } from "../../sentence";
import type { ValueInfo } from "../types";
import type { Answer } from "./answer";
import { malformed, notReady, said, statusFailure, type TryFailed, unknownModel } from "./failures";
import { Connection, type ConnectionOptions } from "./http";
import type { RemoteSettings } from "./settings";
import { ELEMENT_TYPE, type EncodedRequest, parseJson, wholeNumber } from "./tensors";

const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(wholeNumber) });
const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).optional(),
  platform: z.string().default(""),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
});
type TensorMetadata = z.output<typeof tensor>;

export interface RemoteModel {
  inputs: readonly ValueInfo[];
  outputs: readonly ValueInfo[];
  /** SHA-256 over name, version and metadata: tells models apart by what the server says, not by their bytes. */
  identity: string;
}

/** One server: what the protocol lets us ask of it. */
export class Endpoint {
  private readonly connection: Connection;
  private readonly modelPath: string;
  private readonly authorization: Record<string, string>;

  constructor(
    readonly address: string,
    private readonly settings: RemoteSettings,
    options: ConnectionOptions,
  ) {
    const { model, version, token } = settings;
    this.connection = new Connection(address, options);
    const versionPath = version === undefined ? "" : `/versions/${encodeURIComponent(version)}`;
    this.modelPath = `/v2/models/${encodeURIComponent(model)}${versionPath}`;
    this.authorization = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /**
   * Asks whether server and model are ready, and what the model takes and gives.
   * @throws {TryFailed}
   */
  async check(): Promise<RemoteModel> {
    const { address, settings } = this;
    const name = settings.version === undefined ? settings.model : `${settings.model}, version ${settings.version}`;
    const server = await this.get("/v2/health/ready");
    if (server.status !== 200)
      throw this.refusal(server, () => notReady(address, sentence`[statusNumber] status ${{ status: server.status }}`));
    const metadata = await this.get(this.modelPath);
    if (metadata.status !== 200) {
      throw this.refusal(metadata, () => unknownModel(address, name, this.because(metadata)));
    }
    const ready = await this.get(`${this.modelPath}/ready`);
    if (ready.status !== 200)
      throw this.refusal(ready, () =>
        notReady(address, sentence`[modelNotLoaded] the model ${{ model: name }} is not loaded`),
      );
    return this.describe(metadata);
  }

  /** @throws {TryFailed} for any answer but 200 */
  async infer({ headers, body }: EncodedRequest): Promise<Answer> {
    const answer = await this.connection.exchange({
      method: "POST",
      path: `${this.modelPath}/infer`,
      headers: { ...headers, ...this.authorization },
      body,
    });
    if (answer.status !== 200) throw statusFailure(this.address, answer, this.settings.token);
    return answer;
  }

  close(): void {
    this.connection.close();
  }

  private get(path: string): Promise<Answer> {
    return this.connection.exchange({ method: "GET", path, headers: this.authorization });
  }

  /** 401, 403 and 503 mean the same everywhere. */
  private refusal(answer: Answer, otherwise: () => TryFailed): TryFailed {
    const common = answer.status === 401 || answer.status === 403 || answer.status === 503;
    return common ? statusFailure(this.address, answer, this.settings.token) : otherwise();
  }

  private because(answer: Answer): string {
    const text = said(answer, this.settings.token);
    return text === "" ? "" : ` (${text.slice(2)})`;
  }

  private describe({ body }: Answer): RemoteModel {
    let metadata: z.output<typeof modelMetadata>;
    try {
      metadata = modelMetadata.parse(parseJson(body));
    } catch {
      throw malformed(this.address, sentence`[metadataLacks] the model's metadata has no name, inputs and outputs`);
    }
    const { name, versions, platform, inputs, outputs } = metadata;
    // A pinned version stays the same model when others come to stand beside it.
    const version = this.settings.version ?? [...(versions ?? [])].sort();
    const facts = [name, version, platform, inputs.map(factsOf), outputs.map(factsOf)];
    const identity = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
    return { inputs: inputs.map(toValueInfo), outputs: outputs.map(toValueInfo), identity };
  }
}

const factsOf = ({ name, datatype, shape }: TensorMetadata) => [name, datatype, shape];

/** -1 is a dimension free at run time. */
function toValueInfo({ name, datatype, shape }: TensorMetadata): ValueInfo {
  const dims = shape.map((dim, i) => (dim < 0 ? `any${i}` : dim));
  return { name, type: ELEMENT_TYPE[datatype] ?? datatype.toLowerCase(), dims };
}
