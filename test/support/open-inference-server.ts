import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import type { Session, Tensor } from "../../lib/runtime/types";

/** What is to go wrong with a request that came in. */
export type Fault = "cut" | "cut-answer" | "wrong-shape" | "no-numbers" | { status: number } | { delay: number };

export interface ServerOptions {
  model: Buffer;
  name?: string;
  versions?: string[];
  token?: string;
  /** Speaks the protocol's core only, without the binary tensor data extension. */
  jsonOnly?: boolean;
  tls?: { key: string; cert: string };
  /** Port to take again after a stop; absent: any. */
  port?: number;
}

export interface Received {
  method: string;
  path: string;
}

const BYTES = { FP32: 4 } as const;

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An inference server for tests, strict where real ones are lenient: it follows the Open Inference Protocol v2 (HTTP)
 * and Triton's binary tensor data extension to the letter, and refuses with a reason what does not.
 */
export class OpenInferenceServer {
  readonly received: Received[] = [];
  connections = 0;
  serverReady = true;
  modelReady = true;
  /** Asked for every request. */
  fault: (request: Received) => Fault | undefined = () => undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: ReturnType<typeof createServer>;

  private constructor(
    private readonly options: ServerOptions,
    private readonly session: Session,
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.handle(request, response);
    this.server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
    this.server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async start(options: ServerOptions): Promise<OpenInferenceServer> {
    const session = await loadOnnxRuntime().createSession(options.model, { device: "cpu", threads: 1 });
    const server = new OpenInferenceServer(options, session);
    await new Promise<void>((resolve) => server.server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.options.tls ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  inferences(): number {
    return this.received.filter(({ path }) => path.endsWith("/infer")).length;
  }

  /** As a machine that loses power: open connections end at once. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await this.session.release();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = { method: request.method ?? "", path: request.url ?? "" };
    this.received.push(received);
    const fault = this.fault(received);
    try {
      if (fault === "cut") return void request.socket.destroy();
      const body = await read(request);
      if (typeof fault === "object" && "delay" in fault)
        await new Promise((resolve) => setTimeout(resolve, fault.delay));
      if (typeof fault === "object" && "status" in fault)
        throw new Refused(fault.status, `injected by the test ${request.headers.authorization ?? ""}`.trim());
      if (this.options.token !== undefined && request.headers.authorization !== `Bearer ${this.options.token}`) {
        throw new Refused(401, `bad credentials ${request.headers.authorization ?? ""}`);
      }
      const answer = await this.answer(received, request.headers, body, fault);
      if (fault === "cut-answer") {
        response.writeHead(200, { ...answer.headers, "Content-Length": String(answer.body.length) });
        response.write(answer.body.subarray(0, answer.body.length >> 1), () => request.socket.destroy());
        return;
      }
      response.writeHead(200, { ...answer.headers, "Content-Length": String(answer.body.length) });
      response.end(answer.body);
    } catch (thrown) {
      const status = thrown instanceof Refused ? thrown.status : 500;
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ error: thrown instanceof Error ? thrown.message : String(thrown) }));
    }
  }

  private async answer({ method, path }: Received, headers: IncomingMessage["headers"], body: Buffer, fault?: Fault) {
    const name = this.options.name ?? "tiny";
    const versions = this.options.versions ?? ["1"];
    if (method === "GET" && path === "/v2/health/live") return json({ live: true });
    if (method === "GET" && path === "/v2/health/ready") {
      if (!this.serverReady) throw new Refused(400, "not ready");
      return json({ live: true });
    }
    if (method === "GET" && path === "/v2") {
      return json({ name: "strict", version: "1", extensions: this.options.jsonOnly ? [] : ["binary_tensor_data"] });
    }
    const [, asked, version, action] =
      /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/.exec(path) ?? [];
    if (asked === undefined) throw new Refused(404, `no such path ${path}`);
    if (decodeURIComponent(asked) !== name || (version !== undefined && !versions.includes(version))) {
      throw new Refused(404, `Request for unknown model: '${asked}' version ${version ?? "-1"} is not found`);
    }
    if (action === "ready" && method === "GET") {
      if (!this.modelReady) throw new Refused(400, "model is loading");
      return json({ name, ready: true });
    }
    if (action === undefined && method === "GET") {
      const { inputs, outputs } = this.metadata();
      return json({ name, versions, platform: "onnxruntime_onnx", inputs, outputs });
    }
    if (action === "infer" && method === "POST") return this.infer(name, headers, body, fault);
    throw new Refused(405, `${method} is not allowed on ${path}`);
  }

  private metadata() {
    const describe = (values: Session["inputs"]) =>
      values.map(({ name, dims }) => ({
        name,
        datatype: "FP32",
        shape: dims.map((dim) => (typeof dim === "number" ? dim : -1)),
      }));
    return { inputs: describe(this.session.inputs), outputs: describe(this.session.outputs) };
  }

  private async infer(name: string, headers: IncomingMessage["headers"], body: Buffer, fault?: Fault) {
    const announced = headers["inference-header-content-length"];
    if (announced !== undefined && this.options.jsonOnly) throw new Refused(400, "binary data is not supported");
    if (headers["content-length"] !== String(body.length)) throw new Refused(400, "Content-Length is missing");
    if (announced !== undefined && !/^\d+$/.test(String(announced))) throw new Refused(400, "bad header length");
    const length = announced === undefined ? body.length : Number(announced);
    if (length > body.length) throw new Refused(400, "header length beyond the body");
    const request = parse(body.subarray(0, length));
    only(request, ["id", "parameters", "inputs", "outputs"], "the request");
    const feeds = this.readInputs(request.inputs, body.subarray(length));
    const all = (request.parameters as Json | undefined)?.binary_data_output === true;
    const wanted = this.readOutputs(request.outputs, all);
    const results = await this.session.run(
      feeds,
      wanted.map((output) => output.name),
    );
    const binaries: Buffer[] = [];
    const outputs = wanted.map((output) => {
      const { data, dims } = results[output.name]!;
      if (fault === "no-numbers") (data as Float32Array).fill(Number.NaN);
      const shape = fault === "wrong-shape" ? [...dims, 2] : dims;
      const described = { name: output.name, datatype: "FP32", shape };
      if (!output.binary) return { ...described, data: Array.from(data as Float32Array) };
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      binaries.push(bytes);
      return { ...described, parameters: { binary_data_size: bytes.length } };
    });
    const id = request.id === undefined ? {} : { id: request.id };
    const head = Buffer.from(JSON.stringify({ model_name: name, model_version: "1", ...id, outputs }));
    if (binaries.length === 0) return { headers: { "Content-Type": "application/json" }, body: head };
    return {
      headers: {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": String(head.length),
      },
      body: Buffer.concat([head, ...binaries]),
    };
  }

  private readInputs(inputs: unknown, binary: Buffer): Record<string, Tensor> {
    if (!Array.isArray(inputs) || inputs.length !== this.session.inputs.length) throw new Refused(400, "wrong inputs");
    let offset = 0;
    const feeds = (inputs as Json[]).map((input) => {
      only(input, ["name", "shape", "datatype", "parameters", "data"], "an input");
      const declared = this.metadata().inputs.find(({ name }) => name === input.name);
      if (!declared) throw new Refused(400, `unexpected inference input '${String(input.name)}'`);
      if (input.datatype !== declared.datatype) throw new Refused(400, `unexpected datatype ${String(input.datatype)}`);
      const shape = input.shape as number[];
      const fits =
        Array.isArray(shape) &&
        shape.length === declared.shape.length &&
        shape.every((dim, i) => Number.isInteger(dim) && dim > 0 && [-1, dim].includes(declared.shape[i]!));
      if (!fits) throw new Refused(400, `unexpected shape [${String(shape)}], expecting [${declared.shape.join(",")}]`);
      const count = shape.reduce((product, dim) => product * dim, 1);
      const size = (input.parameters as Json | undefined)?.binary_data_size;
      if ((size === undefined) === (input.data === undefined))
        throw new Refused(400, "either data or binary_data_size");
      let data: Float32Array;
      if (size === undefined) {
        data = Float32Array.from((input.data as unknown[]).flat(9) as number[]);
      } else {
        if (size !== count * BYTES.FP32)
          throw new Refused(400, `binary_data_size ${String(size)} for ${count} elements`);
        data = new Float32Array(new Uint8Array(binary.subarray(offset, offset + size)).buffer);
        offset += size;
      }
      if (data.length !== count) throw new Refused(400, `${data.length} values for ${count} elements`);
      return [declared.name, { type: "float32", data, dims: shape } satisfies Tensor] as const;
    });
    if (offset !== binary.length) throw new Refused(400, `${binary.length - offset} bytes too many`);
    return Object.fromEntries(feeds);
  }

  private readOutputs(outputs: unknown, all: boolean): { name: string; binary: boolean }[] {
    const known = this.session.outputs.map(({ name }) => name);
    if (outputs === undefined) return known.map((name) => ({ name, binary: all }));
    return (outputs as Json[]).map((output) => {
      only(output, ["name", "parameters"], "an output");
      const name = String(output.name);
      if (!known.includes(name)) throw new Refused(400, `unexpected inference output '${name}'`);
      const asked = (output.parameters as Json | undefined)?.binary_data;
      return { name, binary: typeof asked === "boolean" ? asked : all };
    });
  }
}

type Json = Record<string, unknown>;

const json = (value: unknown) => ({
  headers: { "Content-Type": "application/json" },
  body: Buffer.from(JSON.stringify(value)),
});

function parse(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString("utf8")) as Json;
  } catch {
    throw new Refused(400, "failed to parse the request JSON");
  }
}

function only(object: Json, keys: readonly string[], what: string): void {
  const other = Object.keys(object).find((key) => !keys.includes(key));
  if (other !== undefined) throw new Refused(400, `unexpected key '${other}' in ${what}`);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
