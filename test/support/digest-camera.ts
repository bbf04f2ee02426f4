import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { listen } from "../../scripts/demo/ports";

const REALM = "camera";

/** An IP camera's snapshot address behind digest authentication (RFC 7616), each nonce good for one request. */
export class DigestCamera {
  /** What it answers who is let in. */
  answer: (response: ServerResponse) => void = (response) => response.writeHead(404).end();
  algorithm: "SHA-256" | "MD5" = "SHA-256";
  /** Requests that were let in, those that were refused, and the most that were open at a time. */
  readonly counts = { admitted: 0, refused: 0, together: 0 };
  /** Each with the algorithm that its challenge named: another one holds from the next challenge on. */
  private readonly nonces = new Map<string, DigestCamera["algorithm"]>();
  private open = 0;

  private constructor(
    private readonly server: Server,
    private readonly user: string,
    private readonly password: string,
    public port: number,
  ) {}

  static async start(user: string, password: string): Promise<DigestCamera> {
    const server = createServer((request, response) => camera.handle(request, response));
    const camera = new DigestCamera(server, user, password, await listen(server));
    return camera;
  }

  /** As one whose cable is drawn, and put back in. */
  async away(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async back(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    if (!this.isAdmitted(request)) {
      if (request.headers.authorization) this.counts.refused++;
      const nonce = randomBytes(16).toString("hex");
      this.nonces.set(nonce, this.algorithm);
      const challenge = `Digest realm="${REALM}", qop="auth", algorithm=${this.algorithm}, nonce="${nonce}", opaque="x1"`;
      response.writeHead(401, { "WWW-Authenticate": challenge }).end("<h1>Unauthorized</h1>");
      return;
    }
    this.counts.admitted++;
    this.counts.together = Math.max(this.counts.together, ++this.open);
    response.on("close", () => this.open--);
    this.answer(response);
  }

  private isAdmitted({ headers, method, url }: IncomingMessage): boolean {
    const given = Object.fromEntries(
      [...(headers.authorization ?? "").matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, key, quoted, bare]) => [
        key,
        quoted ?? bare,
      ]),
    );
    const { nonce = "", nc, cnonce } = given;
    const hash = (text: string) =>
      createHash(this.nonces.get(nonce) === "MD5" ? "md5" : "sha256")
        .update(text)
        .digest("hex");
    const secret = hash(`${this.user}:${REALM}:${this.password}`);
    const wanted = hash(`${secret}:${nonce}:${nc}:${cnonce}:auth:${hash(`${method}:${url}`)}`);
    return this.nonces.delete(nonce) && given.uri === url && given.response === wanted;
  }
}
