import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { GoldenSampleError } from "../../lib/errors";
import { partJpeg } from "../support/pictures";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

/** Hides packages from a process that requires this first, as if they had not been installed. */
const hiding = (packages: string) => `
const { _resolveFilename } = require("node:module");
require("node:module")._resolveFilename = function (request, ...rest) {
  if (${packages}.test(request)) throw Object.assign(new Error("Cannot find module '" + request + "'"), { code: "MODULE_NOT_FOUND" });
  return _resolveFilename.call(this, request, ...rest);
};
`;

describe("an engine on a machine without sharp's native build", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  const options = process.env.NODE_OPTIONS;

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    engine?.close();
    if (options === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = options;
    folder.remove();
  });

  function start(hidden: string): void {
    const script = join(folder.path, "hide.js");
    writeFileSync(script, hiding(hidden));
    process.env.NODE_OPTIONS = `--require "${script.replaceAll("\\", "/")}"`;
    engine = new EngineClient();
    engine.start();
  }

  it("reads and draws pictures with its WASM build", async () => {
    start("/^@img\\/sharp-(?!wasm32)/");
    const picture = async (seed: number) => ({
      kind: "encoded" as const,
      data: await partJpeg({ width: 96, height: 72, seed }),
    });
    const bank = { file: join(folder.path, "bank.safetensors") };
    const backbone = { model: "texture", resolution: 64 };
    await engine.call("build", { bank, backbone, settings: {}, references: [await picture(1), await picture(2)] });
    const result = await engine.call("score", { image: await picture(3), backbone, bank, overlay: true });
    assert.deepEqual(result.image, { width: 96, height: 72 });
    assert.equal(result.overlay?.readUInt16BE(), 0xffd8);
  });

  it("says in one sentence what to do where there is no build at all", async () => {
    start("/^@img\\/sharp-/");
    await assert.rejects(engine.call("models", { models: { directory: folder.path } }), (error: GoldenSampleError) => {
      assert.equal(error.code, "RUNTIME_UNAVAILABLE");
      assert.match(error.message, /^Images cannot be read on .*: run npm install .*sharp.*\.$/);
      return true;
    });
    assert.equal(engine.state, "failed");
  });

  it("has both builds from one release of sharp", () => {
    const version = (name: string) =>
      (JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as { version: string })
        .version;
    assert.equal(version("@img/sharp-wasm32"), version("sharp"));
  });
});
