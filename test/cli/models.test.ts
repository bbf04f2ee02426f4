import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type ModelServer, serveModel } from "../support/model-server";
import { partJpeg } from "../support/pictures";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

describe("golden-sample models", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ModelServer;
  const at = (...parts: string[]) => join(folder.path, ...parts);
  before(async () => {
    folder = temporaryFolder();
    server = await serveModel(tinyBackbone());
    for (const place of ["models", "out", "other"]) {
      mkdirSync(at(place));
      writeFileSync(at(place, "models.json"), JSON.stringify([server.entry()]));
    }
    for (const seed of [1, 2]) writeFileSync(at(`${seed}.jpg`), await partJpeg({ seed }));
  });
  after(async () => {
    await server.close();
    folder.remove();
  });

  /** The server lives in this process, so the command must not block it. */
  function run(...args: string[]) {
    const env = { ...process.env, GOLDEN_SAMPLE_MODELS: at("models"), NO_PROXY: "*" };
    const command = [join(ROOT, "dist", "cli", "golden-sample.js"), ...args];
    return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const child = execFile(process.execPath, command, { env, timeout: 120_000 }, (_, stdout, stderr) =>
        done({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }
  const records = (stdout: string) =>
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("lists what there is and what is on disk", async () => {
    const { code, stdout } = await run("models", "list", "--json");
    assert.equal(code, 0);
    assert.deepEqual(
      records(stdout).map(({ name, onDisk }) => [name, onDisk]),
      ["dinov2-small", "dinov2-small-fp16", "dinov2-small-int8", "dinov2-base", "tiny"].map((name) => [name, false]),
    );
    assert.match(
      (await run("models", "list")).stdout,
      /dinov2-small +88\.5 MB, not here, Apache-2\.0, patch 14, .*default/,
    );
  });

  it("downloads to a folder, from which another machine takes it", async () => {
    const got = await run("models", "download", "tiny", "--out", at("out"), "--mirror", server.address, "--json");
    assert.equal(got.code, 0, got.stderr);
    const [{ path }] = records(got.stdout) as [{ path: string }];
    const imported = await run("models", "import", "tiny", path, "--models", at("other"), "--json");
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal((await run("models", "verify", "tiny", "--models", at("other"))).code, 0);
    assert.equal((await run("models", "import", "tiny", at("1.jpg"), "--models", at("other"))).code, 1);
    assert.equal((await run("models", "verify", "tiny")).code, 1);
  });

  it("scores with a backbone by name, downloading it first", async () => {
    const backbone = ["--backbone", "tiny", "--mirror", server.address, "--resolution", "56"];
    const { code, stdout, stderr } = await run("score", ...backbone, "--references", at("1.jpg"), "--", at("2.jpg"));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^0\.\d+ /);
    const again = await run(
      "build",
      "--backbone",
      "tiny",
      "--references",
      at("1.jpg"),
      "--out",
      at("b.safetensors"),
      "--json",
    );
    assert.equal(records(again.stdout)[0]!.backbone, "tiny");
  });

  it("says in one sentence what cannot be had, and how it is used", async () => {
    const gone = await run("models", "download", "dinov2-small", "--mirror", server.address);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /^golden-sample: The model dinov2-small could not be had: .*404.*\.\n$/);
    assert.equal((await run("models", "download")).code, 2);
    assert.equal((await run("models", "paint", "x")).code, 2);
    assert.match((await run("models", "download", "x")).stderr, /There is no model "x": choose/);
  });
});
