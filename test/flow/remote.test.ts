import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OpenInferenceServer } from "../support/open-inference-server";
import { partJpeg } from "../support/pictures";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";
import { FlowTest, TAB } from "./harness";

const TOKEN = "s3cret-token";

describe("an inference server in the backbone node and the command line", () => {
  let test: FlowTest;
  let server: OpenInferenceServer;
  beforeEach(async () => {
    server = await OpenInferenceServer.start({ model: tinyBackbone(), token: TOKEN });
    test = new FlowTest();
    await test.start([TAB]);
  });
  afterEach(async () => {
    await test.end();
    await server.stop();
  });

  const check = (settings: object) =>
    test.admin
      .post("/golden-sample/backbone/check")
      .send({ device: "remote", resolution: "112", model: "texture", ...settings });

  it("is checked with the token that was typed in", async () => {
    const settings = { endpoints: `${server.url}\n`, remoteModel: "tiny", token: TOKEN };
    const { status, body } = await check(settings);
    assert.deepEqual([status, body.id, body.device, body.patchSize], [200, "tiny", "remote", 14], JSON.stringify(body));
  });

  it("never sends a kept token to an address it was not deployed with", async () => {
    const { status, body } = await check({ endpoints: server.url, remoteModel: "tiny", token: "__PWRD__", node: "x" });
    assert.deepEqual([status, body.code], [422, "DEVICE_UNAVAILABLE"]);
    assert.ok(server.received.length > 0);
  });

  for (const [settings, sentence] of [
    [{}, /at least one endpoint/],
    [{ endpoints: "http://localhost:1" }, /no model name/],
    [{ endpoints: "localhost:1", remoteModel: "m" }, /no usable address/],
    [{ endpoints: "http://localhost:1", remoteModel: "m", remoteTimeout: "soon" }, /"Time-out" is "soon"/],
  ] as const) {
    it(`says what is wrong with ${JSON.stringify(settings)}`, async () => {
      const { status, body } = await check(settings);
      assert.deepEqual([status, body.code], [422, "BAD_REQUEST"]);
      assert.match(body.message as string, sentence);
    });
  }

  it("scores from the command line, with the token from the environment", async () => {
    const folder = temporaryFolder();
    const images = await Promise.all([1, 2, 3].map((seed) => partJpeg({ seed })));
    const paths = images.map((image, i) => {
      const path = join(folder.path, `${i}.jpg`);
      writeFileSync(path, image);
      return path;
    });
    const options = ["--backbone", "tiny", "--device", "remote", "--resolution", "112", "--json"];
    const references = ["--references", paths[0]!, paths[1]!, "--", paths[2]!];
    const run = async (...more: string[]) => {
      const command = [join(ROOT, "dist", "cli", "golden-sample.js"), "score", ...options, ...more, ...references];
      const child = spawn(process.execPath, command, { env: { ...process.env, GOLDEN_SAMPLE_TOKEN: TOKEN } });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (text) => (stdout += text));
      child.stderr.on("data", (text) => (stderr += text));
      const [code] = await once(child, "close");
      return { code: code as number, stdout, stderr };
    };
    const scored = await run("--endpoint", server.url);
    assert.equal(scored.code, 0, scored.stderr);
    assert.ok((JSON.parse(scored.stdout) as { score: number }).score > 0);
    const wrong = await run();
    assert.deepEqual([wrong.code, /--device remote needs --endpoint URL/.test(wrong.stderr)], [2, true]);
    folder.remove();
  });
});
