import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NodeRedProcess } from "../../scripts/demo/node-red-process";
import { OpenInferenceServer } from "../support/open-inference-server";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const TOKEN = "s3cret-token";

describe("the token of an inference server in a real Node-RED", () => {
  const folder = temporaryFolder();
  let nodeRed: NodeRedProcess;
  let server: OpenInferenceServer;
  let other: OpenInferenceServer;
  let settings: Record<string, unknown>;

  before(async () => {
    server = await OpenInferenceServer.start({ model: tinyBackbone(), token: TOKEN });
    other = await OpenInferenceServer.start({ model: tinyBackbone(), token: TOKEN });
    nodeRed = await NodeRedProcess.start({ userDir: folder.path, nodesDir: [ROOT] });
    settings = { device: "remote", endpoints: server.url, remoteModel: "tiny", resolution: "112" };
    const backbone = { id: "backbone", type: "anomaly-backbone", ...settings, credentials: { token: TOKEN } };
    const used = { id: "bank", type: "anomaly-bank", name: "part", backbone: "backbone" };
    await nodeRed.deploy([{ id: "tab", type: "tab", label: "test" }, backbone, used]);
  });
  after(async () => {
    await nodeRed?.stop();
    await server?.stop();
    await other?.stop();
    folder.remove();
  });

  const check = async (more: object) => {
    const response = await fetch(new URL("golden-sample/backbone/check", nodeRed.url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...settings, token: "__PWRD__", node: "backbone", ...more }),
    });
    return { status: response.status, text: await response.text() };
  };

  it("is used where the dialog leaves it as it is", async () => {
    const { status, text } = await check({});
    assert.equal(status, 200, text);
  });

  it("is not sent to another address than it was deployed with", async () => {
    const { status, text } = await check({ endpoints: other.url });
    assert.equal(status, 422);
    assert.match(text, /refused the token \(401\)/);
  });

  it("stands neither in the flow file, nor in what the editor gets, nor in the log", async () => {
    const flow = await readFile(join(folder.path, "flows.json"), "utf8");
    assert.match(flow, /remoteModel/);
    const toEditor = await (await fetch(new URL("flows", nodeRed.url))).text();
    const credentials = await (await fetch(new URL("credentials/anomaly-backbone/backbone", nodeRed.url))).text();
    assert.match(credentials, /"has_token":true/);
    for (const text of [flow, toEditor, credentials, nodeRed.log()]) assert.ok(!text.includes(TOKEN));
  });
});
