import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { gridNumbers } from "../../lib/score/grid-buffer";
import { partJpeg, partPixels } from "../support/pictures";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

type Image = RequestInput<"score">["image"];

describe("the engine", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  let backbone: RequestInput<"score">["backbone"];
  let directory: string;
  const good: Image[] = [];
  let scratched: Image;

  before(async () => {
    folder = temporaryFolder();
    directory = join(folder.path, "banks");
    engine = new EngineClient();
    const model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
    // The figures below are of whole patches at their own scale.
    backbone = { model, resolution: 112, fit: "crop" };
    for (let seed = 1; seed <= 5; seed++) good.push({ kind: "encoded", data: await partJpeg({ seed }) });
    scratched = { kind: "encoded", data: await partJpeg({ seed: 9, scratch: true }) };
  });
  after(() => {
    engine.close();
    folder.remove();
  });

  const bank = (name: string) => ({ directory, name });
  async function built(name: string, settings: RequestInput<"build">["settings"] = {}) {
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank(name), image });
    return engine.call("build", { bank: bank(name), backbone, settings });
  }
  async function refusal(call: Promise<unknown>, code: string): Promise<string> {
    const thrown = await call.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError, `thrown: ${JSON.stringify(thrown)}`);
    assert.equal(thrown.code, code, thrown.message);
    return thrown.message;
  }

  it("builds a bank from kept references and tells a scratched part from a good one", async () => {
    const progress: number[] = [];
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank("part"), image });
    const result = await engine.call(
      "build",
      { bank: bank("part"), backbone, settings: { rotate: true, mask: "auto" } },
      { onProgress: ({ done, total }) => progress.push(done / total) },
    );
    assert.deepEqual([result.version, result.references, result.calibration.length], [1, 4, 4]);
    assert.equal(result.patches, 4 * 8 * 8 * 10);
    assert.equal(progress.at(-1), 1);
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    const request = { backbone, bank: bank("part") };
    const fine = await engine.call("score", { ...request, image: good[4]! });
    // This backbone of one layer sees little; the level between the two is given, not calibrated.
    const options = { ...request, map: true, regions: true, overlay: true, regionLevel: 1.5 * fine.score };
    const bad = await engine.call("score", { ...options, image: scratched });
    assert.ok(bad.score > 2 * fine.score, `${bad.score} against ${fine.score}`);
    assert.ok(bad.regions!.length > 0);
    const [worst] = bad.regions!;
    assert.ok(worst!.x >= 0 && worst!.x + worst!.width <= 160 && worst!.y + worst!.height <= 120);
    assert.ok(worst!.nearest!.reference < 4);
    assert.deepEqual([...bad.overlay!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.ok(Buffer.isBuffer(bad.map!.data));
    const numbers = gridNumbers(bad.map!);
    assert.deepEqual([numbers.length, numbers[0]!.length], [bad.grid.rows, bad.grid.cols]);
    assert.deepEqual(bad.bank.calibration, result.calibration);
    assert.equal(bad.bank.search, "exact");
    assert.ok(bad.timing.total >= bad.timing.features);
  });

  it("runs the backbone once for mask and score of the same image", async () => {
    const image = { kind: "encoded" as const, data: await partJpeg({ seed: 77 }) };
    await engine.call("mask", { image, backbone, foreground: "off" });
    const { timing } = await engine.call("score", { image, backbone, bank: bank("part") });
    assert.deepEqual([timing.decode, timing.features], [0, 0]);
  });

  it("looks only where the message's mask says", async () => {
    const everywhere = await engine.call("mask", { image: scratched, backbone, foreground: "off" });
    assert.equal(everywhere.coverage, 1);
    const corner: [number, number][] = [
      [0, 0],
      [0.2, 0],
      [0.2, 0.2],
      [0, 0.2],
    ];
    const { rows, cols, dtype, data, coverage, picture } = await engine.call("mask", {
      image: scratched,
      backbone,
      foreground: "off",
      include: [corner],
      picture: true,
    });
    assert.ok(coverage > 0 && coverage < 0.1);
    assert.deepEqual([...picture!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    const request = { image: scratched, backbone, bank: bank("part") };
    const masked = await engine.call("score", { ...request, mask: { rows, cols, dtype, data } });
    const whole = await engine.call("score", request);
    assert.ok(masked.score < whole.score / 2);
    const wrong = { rows: 3, cols: 3, dtype, data: Buffer.alloc(9) };
    assert.match(await refusal(engine.call("score", { ...request, mask: wrong }), "BAD_REQUEST"), /3 x 3 patches/);
  });

  it("takes raw pixels, also as references", async () => {
    const image = { kind: "raw" as const, data: partPixels(), width: 160, height: 120, channels: 3 };
    const state = await engine.call("addReference", { bank: bank("raw"), image });
    assert.equal(state.references, 1);
    const result = await engine.call("build", { bank: bank("raw"), backbone, settings: {} });
    // From altered copies of the one reference.
    assert.equal(result.calibration.length, 16);
    const scored = await engine.call("score", { image, backbone, bank: bank("raw") });
    assert.ok(scored.score < 1e-5, `the reference itself scores ${scored.score}`);
    assert.equal(scored.bank.calibratedBy, "copies");
    assert.equal(scored.health!.state, "ok");
  });

  it("keeps versions, goes back with undo and takes clear back", async () => {
    await built("versions");
    await engine.call("addReference", { bank: bank("versions"), image: good[4]! });
    await engine.call("build", { bank: bank("versions"), backbone, settings: {} });
    const state = await engine.call("bankState", { bank: bank("versions") });
    assert.deepEqual([state.version, state.versions.map((item) => item.references), state.references], [2, [4, 5], 5]);
    const steps: [string, number | undefined, number][] = [];
    await engine.call("clear", { bank: bank("versions") });
    for (let i = 0; i < 4; i++) {
      const { undone, version, references } = await engine.call("undo", { bank: bank("versions") });
      steps.push([undone, version, references]);
    }
    assert.deepEqual(steps, [
      ["clear", 2, 5],
      ["build", 1, 5],
      ["add", 1, 4],
      ["build", undefined, 4],
    ]);
    await refusal(engine.call("score", { image: scratched, backbone, bank: bank("versions") }), "BANK_NOT_BUILT");
    const pinned = { ...bank("versions"), version: 2 };
    assert.equal((await engine.call("score", { image: scratched, backbone, bank: pinned })).bank.version, 2);
  });

  it("deletes versions beyond the number to keep", async () => {
    for (let i = 0; i < 3; i++) {
      if (i === 0) await built("pruned");
      else await engine.call("build", { bank: bank("pruned"), backbone, settings: {}, keepVersions: 2 });
    }
    const { versions, version } = await engine.call("bankState", { bank: bank("pruned") });
    assert.deepEqual([versions.map((item) => item.version), version], [[2, 3], 3]);
  });

  it("lets frames wait for a bank's first build, and through while another is built", async () => {
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank("first"), image });
    const building = engine.call("build", { bank: bank("first"), backbone, settings: { rotate: true } });
    const scored = await engine.call("score", { image: scratched, backbone, bank: bank("first") });
    assert.equal(scored.bank.version, (await building).version);
  });

  it("ends a build when it is cancelled and keeps what there was", async () => {
    await built("cancelled");
    const abort = new AbortController();
    const building = engine.call(
      "build",
      { bank: bank("cancelled"), backbone, settings: { rotate: true } },
      { signal: abort.signal, onProgress: ({ done }) => done > 2 && abort.abort() },
    );
    assert.match(await refusal(building, "CANCELLED"), /version in use stays/);
    assert.equal((await engine.call("bankState", { bank: bank("cancelled") })).version, 1);
  });

  it("scores by the subspace of good patches, which takes next to no room", async () => {
    const { patches, calibration } = await built("subspace", { scorer: "subspace" });
    assert.equal(patches, 4 * 8 * 10);
    assert.equal(calibration.length, 4);
    const request = { backbone, bank: bank("subspace"), regions: true };
    const fine = await engine.call("score", { ...request, image: good[4]! });
    const bad = await engine.call("score", { ...request, image: scratched, regionLevel: 1.5 * fine.score });
    assert.ok(bad.score > 1.5 * fine.score, `${bad.score} against ${fine.score}`);
    assert.equal(bad.bank.search, "subspace");
    assert.ok(bad.regions!.length > 0);
    assert.equal(bad.regions![0]!.nearest, undefined);
    const state = await engine.call("bankState", { bank: bank("subspace") });
    assert.equal(state.versions[0]!.patches, 4 * 8 * 10);
  });

  it("scores by clusters where it is told to, and thresholds know it", async () => {
    const { calibration } = await built("clustered", { search: "clustered" });
    const exact = await built("exact", { search: "exact" });
    const { bank: used } = await engine.call("score", { image: scratched, backbone, bank: bank("clustered") });
    assert.equal(used.search, "clustered");
    for (const [i, score] of calibration.entries()) assert.ok(Math.abs(score - exact.calibration[i]!) < 1e-3);
  });

  it("reduces a bank to a coreset", async () => {
    const { patches } = await built("coreset", { metric: "l2", reduction: { method: "coreset", keep: 0.1 } });
    assert.equal(patches, 32);
    const fine = await engine.call("score", { image: good[4]!, backbone, bank: bank("coreset") });
    const bad = await engine.call("score", { image: scratched, backbone, bank: bank("coreset") });
    assert.ok(bad.score > fine.score);
  });

  it("refuses a bank of another backbone or resolution, saying what differs", async () => {
    const other = join(folder.path, "other.onnx");
    writeFileSync(other, tinyBackbone({ dimension: 24 }));
    const request = { image: scratched, bank: bank("part") };
    const wrongModel = engine.call("score", { ...request, backbone: { model: other, resolution: 112 } });
    assert.match(await refusal(wrongModel, "BANK_MISMATCH"), /built with the backbone tiny\.onnx .* other\.onnx/);
    const wrongSize = engine.call("score", { ...request, backbone: { ...backbone, resolution: 140 } });
    assert.match(await refusal(wrongSize, "BANK_MISMATCH"), /112 px and the backbone is set to 140 px/);
  });

  it("refuses a cut or altered bank file", async () => {
    await built("damaged");
    const file = join(directory, "damaged", "1.safetensors");
    truncateSync(file, 4000);
    assert.match(
      await refusal(engine.call("score", { image: scratched, backbone, bank: { file } }), "BAD_BANK"),
      /cut off/,
    );
    writeFileSync(file, "something else");
    await refusal(engine.call("score", { image: scratched, backbone, bank: bank("damaged") }), "BAD_BANK");
    assert.deepEqual(
      readdirSync(join(directory, "damaged")).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  it("says what to do where the system refuses a bank's files", async () => {
    mkdirSync(join(directory, "refused", "state.json"), { recursive: true });
    const message = await refusal(
      engine.call("score", { image: scratched, backbone, bank: bank("refused") }),
      "BAD_BANK",
    );
    assert.match(
      message,
      /^The bank's files cannot be used \(EISDIR: .*\): give the user that Node-RED runs as the rights/,
    );
  });

  it("answers bad requests in one sentence", async () => {
    const rubbish: Image = { kind: "encoded", data: Buffer.from("rubbish") };
    await refusal(engine.call("score", { image: rubbish, backbone, bank: bank("part") }), "BAD_IMAGE");
    await refusal(engine.call("addReference", { bank: bank("part"), image: rubbish }), "BAD_IMAGE");
    const outside = engine.call("bankState", { bank: { directory, name: "../../etc" } });
    assert.match(await refusal(outside, "BAD_REQUEST"), /a bank's name has letters/);
    await refusal(engine.call("build", { bank: bank("nobody"), backbone, settings: {} }), "BAD_REQUEST");
    const device = { ...backbone, device: "directml" as const };
    await refusal(engine.call("describe", { backbone: device }), "DEVICE_UNAVAILABLE");
  });

  it("answers every frame though the process is killed under them", async () => {
    const before = engine.pid!;
    const calls = good.map((image) => engine.call("score", { image, backbone, bank: bank("part") }));
    process.kill(before, "SIGKILL");
    const scores = (await Promise.all(calls)).map((result) => result.score);
    assert.equal(scores.length, 5);
    assert.notEqual(engine.pid, before);
    assert.equal(engine.state, "ready");
  });

  it("fails a frame that kills the process twice with the cause, and goes on", async () => {
    // Killed again as soon as each new process reports for work.
    const assassin = engine.onState((state) => {
      if (state === "ready") process.kill(engine.pid!, "SIGKILL");
    });
    const call = engine.call("score", { image: good[0]!, backbone, bank: bank("part") });
    process.kill(engine.pid!, "SIGKILL");
    assert.match(await refusal(call, "ENGINE_CRASHED"), /SIGKILL/);
    assassin();
    const again = engine.call("score", { image: good[0]!, backbone, bank: bank("part") });
    assert.match(await refusal(again, "ENGINE_CRASHED"), /not sent again for ten minutes/);
    const { score } = await engine.call("score", { image: good[1]!, backbone, bank: bank("part") });
    assert.ok(score >= 0);
  });

  it("loads a model that was replaced under the same name", async () => {
    const model = join(folder.path, "replaced.onnx");
    writeFileSync(model, tinyBackbone());
    const first = await engine.call("describe", { backbone: { model, resolution: 112 } });
    writeFileSync(model, tinyBackbone({ dimension: 20 }));
    const second = await engine.call("describe", { backbone: { model, resolution: 112 } });
    assert.deepEqual([first.dimension, second.dimension], [16, 20]);
    assert.notEqual(first.sha256, second.sha256);
  });

  it("keeps inference and pixels out of the process that asks", () => {
    const script = `
      const { acquireEngine } = require(${JSON.stringify(join(ROOT, "dist", "lib"))});
      const engine = acquireEngine({ device: "auto" });
      engine.call("describe", { backbone: { model: "texture", resolution: 320 } }).then((info) => {
        engine.release();
        const files = [...Object.keys(require.cache), ...process.report.getReport().sharedObjects];
        const loaded = files.filter((file) => /node_modules.(@img|sharp|onnxruntime)|\\.node$|vips/.test(file));
        console.log(JSON.stringify({ id: info.id, loaded }));
      });`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 60_000 });
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), { id: "texture", loaded: [] });
  });

  it("fails open calls when it is closed", async () => {
    const own = new EngineClient();
    const call = own.call("describe", { backbone });
    own.close();
    await refusal(call, "ENGINE_CLOSED");
    await refusal(own.call("describe", { backbone }), "ENGINE_CLOSED");
  });
});
