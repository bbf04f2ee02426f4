import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for an address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in either case).
 * @throws {GoldenSampleError} BAD_REQUEST for a proxy that is no http:// address
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const read = (name: string) => env[name] || env[name.toUpperCase()] || undefined;
  const text = read(url.protocol === "https:" ? "https_proxy" : "http_proxy") ?? read("all_proxy");
  if (text === undefined || isExempt(url, read("no_proxy") ?? "")) return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === "http:") return proxy;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[proxyAddress] The proxy in the environment is no http:// address: write it as http://host:port in HTTPS_PROXY or HTTP_PROXY.`,
  );
}

/** `*`, hosts, `.domain` and `domain` (with all below it), each with or without a port. */
function isExempt(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((rule) => {
      if (rule === "*") return true;
      const [, host = "", rulePort] = /^(.*?)(?::(\d+))?$/.exec(rule.toLowerCase()) ?? [];
      if (rulePort !== undefined && rulePort !== port) return false;
      const bare = host.replace(/^\*?\./, "");
      return url.hostname === bare || url.hostname.endsWith(`.${bare}`);
    });
}

export interface GetOptions {
  headers: OutgoingHttpHeaders;
  env: Environment;
  /** Milliseconds without a sign of life from the other side, up to the answer's headers. */
  timeout: number;
  signal: AbortSignal;
}

/**
 * One GET over HTTP or HTTPS, through the environment's proxy where there is one. Redirects are the caller's.
 * @throws what node:http throws; Error with code ETIMEDOUT where nothing came in time
 */
export async function get(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const proxy = proxyFor(url, options.env);
  const { signal, timeout } = options;
  const headers = { ...options.headers, ...credentials(url, "Authorization") };
  const target = new URL(url);
  target.username = target.password = "";
  if (target.protocol === "http:") {
    if (!proxy) return answerOf(plainRequest(target, { headers, signal, agent: false }), timeout);
    const { hostname: host, port } = proxy;
    const all = { ...headers, Host: target.host, ...credentials(proxy, "Proxy-Authorization") };
    const place = { host, port: port || 80, path: target.href, headers: all, signal, agent: false as const };
    return answerOf(plainRequest(place), timeout);
  }
  if (!proxy) return answerOf(tlsRequest(target, { headers, signal, agent: false }), timeout);
  const socket = await tunnel(proxy, target, options);
  const servername = target.hostname;
  return answerOf(
    tlsRequest(target, { headers, signal, createConnection: () => connectTls({ socket, servername }) }),
    timeout,
  );
}

function tunnel(proxy: URL, target: URL, { signal, timeout }: GetOptions): Promise<Socket> {
  const path = `${target.hostname}:${target.port || 443}`;
  const headers = { Host: path, ...credentials(proxy, "Proxy-Authorization") };
  const place = { host: proxy.hostname, port: proxy.port || 80, method: "CONNECT", path, headers, signal };
  const request = plainRequest({ ...place, agent: false });
  return new Promise((done, fail) => {
    request.on("connect", (answer, socket) => {
      if (answer.statusCode === 200) return done(socket as Socket);
      socket.destroy();
      fail(new Error(`the proxy ${proxy.host} answered ${answer.statusCode}`));
    });
    request.on("error", fail);
    expire(request, timeout);
    request.end();
  });
}

function answerOf(request: ClientRequest, timeout: number): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const expiry = expire(request, timeout);
    request.on("response", (answer) => {
      clearTimeout(expiry);
      done(answer);
    });
    request.on("error", (error) => {
      clearTimeout(expiry);
      fail(error);
    });
    request.end();
  });
}

function expire(request: ClientRequest, milliseconds: number): NodeJS.Timeout {
  const expiry = setTimeout(() => request.destroy(timedOut(milliseconds)), milliseconds);
  request.on("close", () => clearTimeout(expiry));
  return expiry;
}

export function timedOut(milliseconds: number): Error {
  return Object.assign(new Error(`nothing came for ${milliseconds / 1000} s`), { code: "ETIMEDOUT" });
}

function credentials({ username, password }: URL, header: string): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { [header]: `Basic ${Buffer.from(pair).toString("base64")}` };
}
