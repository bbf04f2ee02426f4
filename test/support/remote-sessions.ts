import assert from "node:assert/strict";
import { afterEach, beforeEach } from "mocha";
import { GoldenSampleError } from "../../lib/errors";
import { openInferenceSession } from "../../lib/runtime/open-inference/session";
import type { RemoteSettings } from "../../lib/runtime/open-inference/settings";
import type { Session } from "../../lib/runtime/types";
import { OpenInferenceServer, type ServerOptions } from "./open-inference-server";
import { temporaryFolder } from "./temporary";
import { tinyBackbone } from "./tiny-backbone";

export const MODEL = tinyBackbone();
export const TOKEN = "s3cret-token";

/**
 * Gives each test of a `describe` a folder, and ends the servers and sessions that it has started.
 * @returns the folder, the servers, and ways to start one and to open a session with it
 */
export function remoteSessions() {
  const folder = { path: "" };
  let remove: () => void;
  const servers: OpenInferenceServer[] = [];
  const sessions: Session[] = [];

  beforeEach(() => {
    ({ path: folder.path, remove } = temporaryFolder());
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.release();
    for (const server of servers.splice(0)) await server.stop();
    remove();
  });

  async function serve(options: Partial<ServerOptions> = {}): Promise<OpenInferenceServer> {
    const server = await OpenInferenceServer.start({ model: MODEL, ...options });
    servers.push(server);
    return server;
  }
  async function open(endpoints: string[], settings: Partial<RemoteSettings> = {}) {
    const session = await openInferenceSession({ endpoints, model: "tiny", timeout: 2000, ...settings });
    sessions.push(session);
    return session;
  }
  return { folder, servers, serve, open };
}

/** @returns what is said where work is refused with this code: one line that does not tell the token */
export async function refusal(work: Promise<unknown>, code: string): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof GoldenSampleError, String(thrown));
  assert.equal(thrown.code, code, thrown.message);
  assert.ok(!JSON.stringify([thrown.message, thrown.stack]).includes(TOKEN), "the token must not be told");
  assert.doesNotMatch(thrown.message, /\n/);
  return thrown.message;
}

const image = { type: "float32", data: new Float32Array(3 * 28 * 42).fill(0.5), dims: [1, 3, 28, 42] } as const;
export const infer = (session: Session) => session.run({ pixel_values: image }, ["last_hidden_state"]);

/** A fault of inferences alone. */
export const onInfer = (fault: OpenInferenceServer["fault"]): OpenInferenceServer["fault"] => {
  return (request) => (request.path.endsWith("/infer") ? fault(request) : undefined);
};
