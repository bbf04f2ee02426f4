import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import type { RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { drawHeat } from "../../lib/score/heat-layer";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("a frame explained", () => {
  const folder = temporaryFolder();
  const engine = new EngineClient();
  const backbone: RequestInput<"explain">["backbone"] = { model: "lite", resolution: 112 };
  const bank = { directory: join(folder.path, "banks"), name: "part" };

  before(async () => {
    for (let seed = 1; seed <= 4; seed++)
      await engine.call("addReference", { bank, image: { kind: "encoded", data: await partJpeg({ seed }) } });
    await engine.call("build", { bank, backbone, settings: {} });
  });
  after(() => {
    engine.close();
    folder.remove();
  });

  it("shows the scratch in a layer of its own, and the golden patch beside the worst region", async () => {
    const image = { kind: "encoded", data: await partJpeg({ seed: 9, scratch: true }) } as const;
    const scored = await engine.call("score", { image, backbone, bank, regions: true });
    const explained = await engine.call("explain", { image, backbone, bank });
    assert.equal(explained.score, scored.score);
    assert.deepEqual(explained.regions, scored.regions);
    const [picture, heat] = await Promise.all(
      [explained.picture, explained.heat].map((data) => sharp(data).metadata()),
    );
    assert.deepEqual([picture!.format, heat!.format, heat!.hasAlpha], ["jpeg", "png", true]);
    assert.ok(Math.abs(picture!.width / picture!.height - heat!.width / heat!.height) < 0.02);
    const { patch, golden, reference } = explained.worst!;
    assert.equal(reference, scored.regions![0]!.nearest!.reference + 1);
    const sides = await Promise.all([patch, golden!].map(async (data) => (await sharp(data).metadata()).width));
    assert.ok(sides.every((side) => side > 8 && side <= 240));
    // The golden patch is the reference's, not the frame's.
    assert.notDeepEqual(patch, golden);
  });

  it("shows what the bank remembers of a reference whose file is gone", async () => {
    rmSync(join(bank.directory, "part", "references"), { recursive: true });
    const image = { kind: "encoded", data: await partJpeg({ seed: 10, scratch: true }) } as const;
    const { worst } = await engine.call("explain", { image, backbone, bank });
    assert.ok(worst!.golden!.length > 100);
  });

  it("makes small pictures of frames", async () => {
    const image = { kind: "raw", data: Buffer.alloc(400 * 200 * 3, 90), width: 400, height: 200, channels: 3 } as const;
    const { picture } = await engine.call("picture", { image, edge: 100 });
    const { width, height } = await sharp(picture).metadata();
    assert.deepEqual([width, height], [100, 50]);
  });

  it("is transparent where nothing is suspicious, and red where a patch is far over the level", async () => {
    const distances = Float32Array.of(0, 0, 0, 3);
    const heat = await drawHeat({ distances, rows: 2, cols: 2, level: 1, width: 200, height: 200 });
    const { data, info } = await sharp(heat).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)];
    assert.equal(at(10, 10)[3], 0);
    assert.deepEqual(at(info.width - 5, info.height - 5), [255, 0, 0, 255]);
  });
});
