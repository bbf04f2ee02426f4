import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { BUILT_IN } from "../../lib/backbone/built-in/names";
import type { BuildProgress } from "../../lib/engine/requests/schemas";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { type ModelServer, serveModel, slow } from "../support/model-server";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

describe("models in the engine", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ModelServer;
  let engine: EngineClient;
  before(async () => {
    folder = temporaryFolder();
    server = await serveModel(tinyBackbone());
    engine = new EngineClient();
  });
  after(async () => {
    engine.close();
    await server.close();
    folder.remove();
  });

  const place = (mirror = server.address) => ({ directory: folder.path, mirror, entries: [server.entry()] });
  const image = async (seed: number) => ({ kind: "encoded" as const, data: await partJpeg({ seed }) });

  it("stands in with the built-in one where the user allows it, marks every result, and takes the model once it is there", async () => {
    const nowhere = { ...place(), entries: [{ ...server.entry(), revision: "gone" }] };
    const wanted = { model: "tiny", resolution: 112, models: { ...nowhere, allowFallback: true } };
    const location = { file: join(folder.path, "bank.safetensors") };
    const references = [await image(1), await image(2)];
    const built = await engine.call("build", { bank: location, backbone: wanted, settings: {}, references });
    assert.equal(built.backbone, BUILT_IN);
    assert.equal(built.fallback?.wanted, "tiny");
    const { backbone, fallback } = await engine.call("score", {
      bank: location,
      backbone: wanted,
      image: await image(3),
    });
    assert.equal(backbone, BUILT_IN);
    assert.match(fallback!.reason, /could not be had: .*\(404\)/);
    const mask = await engine.call("mask", { backbone: wanted, image: await image(3), foreground: "off" });
    assert.equal(mask.fallback?.wanted, "tiny");
    assert.equal((await engine.call("describe", { backbone: wanted })).fallback?.wanted, "tiny");

    await engine.call("downloadModel", { models: place(), name: "tiny" });
    const call = engine.call("score", { bank: location, backbone: wanted, image: await image(3) });
    await assert.rejects(call, /was built with the backbone lite and the frame goes through tiny/);
  });

  it("fails in one sentence where no fallback is allowed", async () => {
    const models = { ...place(), entries: [{ ...server.entry("other"), revision: "gone" }] };
    const call = engine.call("describe", { backbone: { model: "other", resolution: 112, models } });
    await assert.rejects(call, { code: "MODEL_UNAVAILABLE" });
    const unknown = engine.call("describe", { backbone: { model: "unknown", resolution: 112, models } });
    await assert.rejects(unknown, { code: "BAD_REQUEST" });
  });

  it("downloads what a request needs, reports it, and measures it once", async () => {
    const models = { ...place(), entries: [server.entry("second")] };
    const progress: BuildProgress[] = [];
    server.next.push(slow(4, 150));
    const backbone = { model: "second", resolution: 112, models };
    const facts = await engine.call("describe", { backbone }, { onProgress: (step) => progress.push(step) });
    assert.deepEqual([facts.id, facts.sha256, facts.patchSize], ["second", server.entry().sha256, 14]);
    assert.ok(progress.length > 1 && progress.every(({ phase }) => phase === "download"));
    const again = await engine.call("describe", { backbone });
    assert.equal(again.milliseconds, facts.milliseconds);
    const listed = (await engine.call("models", { models })).models.find(({ name }) => name === "second");
    assert.deepEqual(listed?.speeds, [{ device: facts.device, resolution: 112, milliseconds: facts.milliseconds }]);
    await engine.call("verifyModel", { models, name: "second" });
  });
});
