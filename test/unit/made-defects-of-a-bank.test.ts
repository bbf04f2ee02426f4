import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { BUILT_IN } from "../../lib/backbone/built-in/names";
import { readBundle } from "../../lib/bank/file/bundle";
import type { Engine } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { seededRandom } from "../../lib/random";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

const BACKBONE = { model: BUILT_IN, resolution: 160 };

/** Squares of any colour, another picture each: what is painted on them is nothing unusual. */
function chequeredPng(seed: number): Promise<Buffer> {
  const random = seededRandom(seed);
  const data = Buffer.from(Array.from({ length: 24 * 18 * 3 }, () => Math.floor(256 * random())));
  const raw = { width: 24, height: 18, channels: 3 as const };
  return sharp(data, { raw }).resize(240, 180, { kernel: "nearest" }).png().toBuffer();
}

describe("made defects of a bank", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let references: { kind: "encoded"; data: Buffer }[];
  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    const files = await Promise.all([1, 2, 3, 4].map((seed) => partJpeg({ seed, width: 240, height: 180 })));
    references = files.map((data) => ({ kind: "encoded", data }));
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  it("score the higher the plainer they are, are kept in its file, and come with the frame's result", async () => {
    const bank = { file: join(folder.path, "part.safetensors") };
    const { calibration } = await engine.call("build", { bank, backbone: BACKBONE, settings: {}, references });
    const seen: (string | undefined)[] = [];
    const { defects, planned, pictures } = await engine.call(
      "madeDefects",
      { bank, backbone: BACKBONE, references, count: 80, seconds: 120, pictures: true },
      { onProgress: ({ phase }) => seen.push(phase) },
    );
    assert.equal(planned, 80);
    assert.ok(defects.length > 60 && defects.every(({ score }) => Number.isFinite(score)));
    assert.equal(pictures!.length, defects.length);
    assert.ok(seen.includes("made defects"));
    const mean = (some: typeof defects) => some.reduce((sum, { score }) => sum + score, 0) / some.length;
    const plain = defects.filter(({ size, contrast }) => size === 0.08 && (contrast ?? 0) >= 0.2);
    const faint = defects.filter(({ size, contrast }) => size === 0.01 && (contrast ?? 1) <= 0.1);
    assert.ok(mean(plain) > 1.1 * mean(faint), `${mean(plain)} of plain ones, ${mean(faint)} of faint ones`);
    assert.ok(mean(plain) > Math.max(...calibration));
    for (const { reference, clean } of defects) assert.ok(Math.abs(clean - calibration[reference]!) < 1e-4);
    assert.deepEqual((await readBundle(bank.file)).metadata.madeDefects!.defects, defects);
    const frame = { image: references[0]!, backbone: BACKBONE, bank };
    const { bank: scored } = await engine.call("score", frame);
    assert.ok(scored.mustFind!.length > 4);
  });

  it("are not those of a bank whose file was built anew while they were made", async () => {
    const bank = { file: join(folder.path, "anew.safetensors") };
    const request = { bank, backbone: BACKBONE, settings: {} };
    await engine.call("build", { ...request, references });
    let rebuilt: Promise<unknown> | undefined;
    const onProgress = () => (rebuilt ??= engine.call("build", { ...request, references: references.slice(0, 3) }));
    await engine.call("madeDefects", { bank, backbone: BACKBONE, references, count: 80, seconds: 120 }, { onProgress });
    await rebuilt;
    const { references: built, madeDefects } = (await readBundle(bank.file)).metadata;
    assert.deepEqual([built, madeDefects], [3, undefined]);
  });

  it("are made of the references kept in a directory, within their time", async () => {
    const bank = { directory: folder.path, name: "part" };
    for (const image of references) await engine.call("addReference", { bank, image });
    await engine.call("build", { bank, backbone: BACKBONE, settings: {} });
    const { defects, planned } = await engine.call("madeDefects", { bank, backbone: BACKBONE, seconds: 0.001 });
    assert.ok(defects.length < planned);
    const again = await engine.call("madeDefects", { bank, backbone: BACKBONE, count: 8, seconds: 120 });
    assert.deepEqual((await engine.call("madeDefects", { bank, backbone: BACKBONE, count: 8 })).defects, again.defects);
  });

  it("are told of in the bank's state: what the default threshold of the version in use finds, and of no other", async () => {
    const bank = { directory: folder.path, name: "told" };
    for (const image of references) await engine.call("addReference", { bank, image });
    const build = () => engine.call("build", { bank, backbone: BACKBONE, settings: {} });
    await build();
    assert.equal((await engine.call("bankState", { bank })).finds, undefined);
    const request = { bank, backbone: BACKBONE, count: 40, seconds: 300 };
    const { threshold } = await engine.call("madeDefects", request);
    const { finds } = await engine.call("bankState", { bank });
    assert.ok(threshold! > 0 && finds!.count >= 8 && finds!.share === finds!.found / finds!.count);
    await build();
    assert.equal((await engine.call("bankState", { bank })).finds, undefined);
    await engine.call("useVersion", { bank, version: 1, backbone: BACKBONE });
    assert.deepEqual((await engine.call("bankState", { bank })).finds, finds);
  });

  it("are tried at twice the resolution where too few are found, and that comes with the frame's result", async () => {
    const bank = { file: join(folder.path, "coarse.safetensors") };
    const backbone = { model: "texture", resolution: 42 };
    const chequered = await Promise.all([1, 2, 3, 4].map(chequeredPng));
    const pictures = chequered.map((data) => ({ kind: "encoded" as const, data }));
    await engine.call("build", { bank, backbone, settings: {}, references: pictures });
    const request = { bank, backbone, references: pictures, count: 80, seconds: 300 };
    const { finer } = await engine.call("madeDefects", request);
    assert.equal(finer!.resolution, 84);
    assert.ok(finer!.count >= 6 && finer!.found <= finer!.count);
    const scored = await engine.call("score", { image: pictures[0]!, backbone, bank });
    assert.deepEqual(scored.bank.finer, finer);
  });

  it("are tried so of references that came with masks, too", async () => {
    const bank = { directory: folder.path, name: "masked" };
    const backbone = { model: "texture", resolution: 42 };
    for (const data of await Promise.all([1, 2, 3, 4].map(chequeredPng))) {
      const image = { kind: "encoded" as const, data };
      const { rows, cols, dtype, data: look } = await engine.call("mask", { image, backbone, foreground: "off" });
      look[0] = 0;
      await engine.call("addReference", { bank, image, mask: { rows, cols, dtype, data: look } });
    }
    await engine.call("build", { bank, backbone, settings: {} });
    const { finer } = await engine.call("madeDefects", { bank, backbone, count: 80, seconds: 300 });
    assert.equal(finer!.resolution, 84);
  });

  it("need the references, at least two, and say so", async () => {
    const bank = { file: join(folder.path, "two.safetensors") };
    await engine.call("build", { bank, backbone: BACKBONE, settings: {}, references: references.slice(0, 2) });
    await assert.rejects(engine.call("madeDefects", { bank, backbone: BACKBONE }), /not kept with it/);
    const other = { bank, backbone: BACKBONE, references: references.slice(0, 3) };
    await assert.rejects(engine.call("madeDefects", other), /built from 2 references, not 3/);
    const single = { file: join(folder.path, "one.safetensors") };
    const one = { bank: single, backbone: BACKBONE, references: references.slice(0, 1) };
    await engine.call("build", { ...one, settings: {} });
    await assert.rejects(engine.call("madeDefects", one), /at least two references/);
  });
});
