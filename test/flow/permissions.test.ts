import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { nodeRedModule } from "../../scripts/demo/node-red-home";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

interface Route {
  method: "GET" | "POST";
  path: string;
  permission: unknown;
}

const load = createRequire(__filename);
const NODES = ["backbone", "bank", "batch", "build", "inspection", "mask", "score", "threshold"];

/** Node-RED's own permissions never fail in the test helper, so this asks a real one. */
const SETTINGS = `module.exports = {
  uiPort: 0, uiHost: "127.0.0.1", nodesDir: [${JSON.stringify(ROOT)}], credentialSecret: "test",
  telemetry: { enabled: false, updateNotification: false },
  adminAuth: {
    type: "credentials",
    users: async (username) => ({ username, permissions: ["golden-sample.read"] }),
    authenticate: async (username) => ({ username, permissions: ["golden-sample.read"] }),
    tokens: async (token) => ({
      reader: { username: "reader", permissions: ["golden-sample.read"] },
      writer: { username: "writer", permissions: ["golden-sample.read", "golden-sample.write"] },
      other: { username: "other", permissions: ["flows.read"] },
    })[token] ?? null,
  },
};`;

/** Every route that our nodes would register. */
function routes(): Route[] {
  const found: Route[] = [];
  const record = (method: Route["method"]) => (path: string, permission: unknown) =>
    found.push({ method, path, permission });
  const RED = {
    nodes: { registerType: () => {} },
    events: { on: () => {} },
    auth: { needsPermission: (permission: string) => permission },
    httpAdmin: { get: record("GET"), post: record("POST") },
  };
  for (const name of NODES) {
    const register = load(join(__dirname, "..", "..", "nodes", name, `${name}.js`)) as (RED: unknown) => void;
    register(RED);
  }
  return found;
}

describe("permissions", () => {
  const folder = temporaryFolder();
  let nodeRed: ChildProcess;
  let url = "";

  before(async () => {
    const settings = join(folder.path, "settings.js");
    writeFileSync(settings, SETTINGS);
    const args = [nodeRedModule("/red.js"), "--userDir", folder.path, "--settings", settings];
    nodeRed = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let log = "";
    for await (const chunk of nodeRed.stdout!.iterator({ destroyOnReturn: false })) {
      log += chunk;
      url = /now running at (http:\S+)/.exec(log)?.[1] ?? "";
      if (url !== "" && log.includes("Started flows")) break;
    }
    nodeRed.stdout!.resume();
    assert.notEqual(url, "", log);
  });
  after(async () => {
    if (nodeRed.exitCode === null && nodeRed.kill()) await once(nodeRed, "exit");
    folder.remove();
  });

  const ask = async ({ method, path }: Route, token?: string) => {
    const address = new URL(
      path
        .replace(":name", "part")
        .replace(":index", "0")
        .replace(":reference", "1")
        .replace(":version", "1")
        .replace(":other", "2")
        .replace(":id", "none")
        .replace(":order", "start")
        .replace(":mode", "on")
        .replace(":decision", "accept")
        .replace(/:(node|number|bank)/g, "1")
        .slice(1),
      url,
    );
    const headers = token === undefined ? undefined : { Authorization: `Bearer ${token}` };
    const { status } = await fetch(address, { method, ...(headers && { headers }) });
    return status;
  };

  it("are asked for on every route", () => {
    assert.equal(routes().length, 49);
    for (const { permission } of routes()) assert.match(String(permission), /^golden-sample\.(read|write)$/);
  });

  it("keep out who has no token, or none for this", async () => {
    for (const route of routes()) {
      assert.equal(await ask(route), 401, route.path);
      assert.equal(await ask(route, "nonsense"), 401, route.path);
      assert.equal(await ask(route, "other"), 401, route.path);
    }
  });

  it("let readers read and writers check", async () => {
    for (const route of routes()) {
      const allowed = (status: number) => status === 200 || status === 422;
      assert.equal(allowed(await ask(route, "reader")), route.permission === "golden-sample.read", route.path);
      assert.ok(allowed(await ask(route, "writer")), route.path);
    }
  });

  it("take a token in the address, for panels that send no header", async () => {
    const page = new URL("golden-sample/live/none", url);
    assert.equal((await fetch(page)).status, 401);
    const login = { client_id: "node-red-admin", grant_type: "password", username: "panel", password: "secret" };
    const body = new URLSearchParams({ ...login, scope: "" });
    const { access_token } = (await (await fetch(new URL("auth/token", url), { method: "POST", body })).json()) as {
      access_token: string;
    };
    page.searchParams.set("access_token", access_token);
    const answer = await fetch(page);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  });

  it("are not needed where there is no admin server", () => {
    const RED = { nodes: { registerType: () => {} }, events: { on: () => {} }, httpAdmin: null };
    for (const name of NODES)
      (load(join(__dirname, "..", "..", "nodes", name, `${name}.js`)) as (RED: unknown) => void)(RED);
  });
});
