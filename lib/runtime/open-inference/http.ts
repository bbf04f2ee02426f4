import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { sentence } from "../../sentence";
import type { Answer } from "./answer";
import { connectionFailure, malformed, timeOut } from "./failures";

export interface Call {
  method: "GET" | "POST";
  /** Below the endpoint's address, with a leading slash. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent one after the other, without copying them together. */
  body?: readonly Uint8Array[];
}

export interface ConnectionOptions {
  /** Additional authority, PEM. */
  ca?: string | undefined;
  insecure: boolean;
  connectTimeout: number;
  timeout: number;
}

/** Patch tokens of a 4096 px image of the largest models stay below; a body without end must not take all memory. */
const LARGEST_ANSWER = 512 * 1024 * 1024;

/** Keep-alive connections to one server. */
export class Connection {
  private readonly agent: HttpAgent;
  private readonly secure: boolean;
  /** The address as it is shown and asked: no trailing slash. */
  readonly endpoint: string;

  constructor(
    endpoint: string,
    private readonly options: ConnectionOptions,
  ) {
    this.endpoint = endpoint.replace(/\/+$/, "");
    this.secure = new URL(endpoint).protocol === "https:";
    const authorities = options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] };
    this.agent = this.secure
      ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: !options.insecure, ...authorities })
      : new HttpAgent({ keepAlive: true });
  }

  /**
   * One request and its whole answer, whatever its status.
   * @throws {TryFailed} where no whole answer came
   */
  exchange({ method, path, headers = {}, body = [] }: Call): Promise<Answer> {
    const { endpoint, agent } = this;
    const { connectTimeout, timeout } = this.options;
    const length = body.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    return new Promise((resolve, reject) => {
      const send = this.secure ? httpsRequest : httpRequest;
      const lengthHeader = method === "POST" ? { "Content-Length": String(length) } : {};
      const request = send(`${endpoint}${path}`, { method, agent, headers: { ...headers, ...lengthHeader } });
      const answering = setTimeout(() => end(timeOut(endpoint, timeout, "answer")), timeout);
      let connecting: NodeJS.Timeout | undefined;
      const end = (failure: Error) => {
        settle();
        reject(failure);
        request.destroy();
      };
      const settle = () => {
        clearTimeout(answering);
        clearTimeout(connecting);
      };
      request.on("socket", (socket: Socket) => {
        if (!socket.connecting) return;
        connecting = setTimeout(() => end(timeOut(endpoint, connectTimeout, "connect")), connectTimeout);
        socket.once(this.secure ? "secureConnect" : "connect", () => clearTimeout(connecting));
      });
      request.on("error", (thrown) => end(connectionFailure(endpoint, thrown)));
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let received = 0;
        response.on("data", (chunk: Buffer) => {
          received += chunk.length;
          if (received > LARGEST_ANSWER)
            end(malformed(endpoint, sentence`[moreThanBytes] more than ${{ bytes: LARGEST_ANSWER }} bytes`));
          else chunks.push(chunk);
        });
        response.on("error", (thrown) => end(connectionFailure(endpoint, thrown)));
        response.on("end", () => {
          settle();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      for (const chunk of body) request.write(chunk);
      request.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
