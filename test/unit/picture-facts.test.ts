import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loadBackbone } from "../../lib/backbone/load";
import { Placement } from "../../lib/bank/placement";
import { DeviceQueues } from "../../lib/engine/frames/device-queues";
import { FrameReader } from "../../lib/engine/frames/frame";
import { measurePicture, PictureFacts } from "../../lib/health/picture";
import { createResizer } from "../../lib/image/resize";
import type { RgbImage } from "../../lib/image/rgb-image";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";

const SIDE = 96;

function picture(seed: number): RgbImage & { data: Buffer } {
  const random = seededRandom(seed);
  return { width: SIDE, height: SIDE, data: Buffer.from(Array.from({ length: 3 * SIDE ** 2 }, () => random() * 255)) };
}

describe("what a score needs of a frame's pixels alone", () => {
  it("can be found out while the backbone runs", async () => {
    const runtime = loadOnnxRuntime();
    const own = await loadBackbone(runtime, { model: "texture", resolution: 64, device: "cpu", threads: 1 });
    const resizer = createResizer(runtime);
    let given = false;
    let look: ((image: RgbImage) => void) | undefined;
    // This backbone has no tokens before somebody has looked.
    const seen = new Promise<RgbImage>((resolve) => {
      look = resolve;
    });
    const features = async (input: Parameters<typeof own.features>[0]) => {
      given = true;
      await seen;
      return own.features(input);
    };
    const frames = new FrameReader(resizer, new DeviceQueues());
    const { data, width, height } = picture(1);
    const meanwhile = (image: RgbImage) => {
      assert.ok(given, "the backbone has it already");
      look!(image);
    };
    const source = { kind: "raw" as const, data, width, height, channels: 3 as const };
    const frame = await frames.read(source, { ...own, features }, { meanwhile });
    assert.deepEqual((await seen).data, (await frame.image()).data);
    await Promise.all([own.release(), resizer.release()]);
  });

  it("is found out once, and afterwards where there was no time before", async () => {
    const [first, other] = [picture(1), picture(2)];
    const placement = new Placement([first]);
    const before = new PictureFacts(placement, true);
    before.look(first);
    const found = await before.of(async () => assert.fail("the picture is known"));
    assert.deepEqual(found, { shift: placement.shiftOf(first), measures: measurePicture(first) });
    const after = new PictureFacts(placement, true);
    assert.deepEqual((await after.of(async () => other)).measures, measurePicture(other));
  });

  it("costs no decoding where none of it is wanted", async () => {
    const nothing = new PictureFacts(undefined, false);
    assert.deepEqual(await nothing.of(async () => assert.fail("nobody asked")), {});
  });
});
