import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Behaviour = (request: IncomingMessage, response: ServerResponse, model: Buffer) => void;

export interface ModelServer {
  /** `http://localhost:port`, as a mirror. */
  address: string;
  /** Path and Range header of each request so far. */
  requests: { url: string; range: string | undefined; agent: string | undefined }[];
  /** What the next requests meet, in turn; after them the server behaves. */
  next: Behaviour[];
  /** An entry for models.json or a request, in the layout of Hugging Face. */
  entry: (name?: string) => {
    name: string;
    repository: string;
    revision: string;
    file: string;
    bytes: number;
    sha256: string;
    licence: string;
  };
  close: () => Promise<void>;
}

const PATH = "/test/tiny/resolve/abc123/onnx/model.onnx";

/** Serves one model in the layout of Hugging Face, with ranges, and misbehaves when asked to. */
export async function serveModel(model: Buffer): Promise<ModelServer> {
  const requests: ModelServer["requests"] = [];
  const next: Behaviour[] = [];
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    requests.push({ url, range: headers.range, agent: headers["user-agent"] });
    const behaviour = next.shift() ?? (url === PATH ? serve : answer(404));
    behaviour(request, response, model);
  });
  const sha256 = createHash("sha256").update(model).digest("hex");
  const place = { repository: "test/tiny", revision: "abc123", file: "onnx/model.onnx" };
  return {
    address: await listen(server),
    requests,
    next,
    entry: (name = "tiny") => ({ name, ...place, bytes: model.length, sha256, licence: "Apache-2.0" }),
    close: () => close(server),
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

const serve: Behaviour = (request, response, model) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from === 0) {
    response.writeHead(200, { "Content-Length": model.length }).end(model);
    return;
  }
  const range = `bytes ${from}-${model.length - 1}/${model.length}`;
  response.writeHead(206, { "Content-Length": model.length - from, "Content-Range": range }).end(model.subarray(from));
};

export const answer =
  (status: number): Behaviour =>
  (_, response) => {
    response.writeHead(status).end("no");
  };

/** Sends the first bytes and cuts the connection. */
export const cut =
  (bytes: number): Behaviour =>
  (_, response, model) => {
    response.writeHead(200, { "Content-Length": model.length });
    response.write(model.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

/** Sends the first bytes and falls silent. */
export const stall =
  (bytes: number): Behaviour =>
  (_, response, model) => {
    response.writeHead(200, { "Content-Length": model.length });
    response.write(model.subarray(0, bytes));
  };

/** A whole 200 answer, whatever range was asked for. */
export const ignoreRange: Behaviour = (_, response, model) => {
  response.writeHead(200, { "Content-Length": model.length }).end(model);
};

export const wrongBytes: Behaviour = (_, response, model) => {
  response.writeHead(200, { "Content-Length": model.length }).end(Buffer.alloc(model.length, 7));
};

export const wrongSize: Behaviour = (_, response) => {
  response.writeHead(200, { "Content-Length": 9 }).end("an answer");
};

export const endless: Behaviour = (_, response) => {
  response.writeHead(200);
  const chunk = Buffer.alloc(65536, 1);
  const timer = setInterval(() => response.write(chunk), 2);
  response.on("close", () => clearInterval(timer));
};

export const redirect =
  (location: string): Behaviour =>
  (_, response) => {
    response.writeHead(302, { Location: location }).end();
  };

/** Slowly, but it gets there. */
export const slow =
  (pieces: number, pause: number): Behaviour =>
  (_, response, model) => {
    response.writeHead(200, { "Content-Length": model.length });
    const size = Math.ceil(model.length / pieces);
    let at = 0;
    const timer = setInterval(() => {
      response.write(model.subarray(at, at + size));
      at += size;
      if (at >= model.length) response.end();
    }, pause);
    response.on("close", () => clearInterval(timer));
  };
