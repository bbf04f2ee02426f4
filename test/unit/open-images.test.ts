import assert from "node:assert/strict";
import { describe, it } from "mocha";
import sharp from "sharp";
import { type OpenImage, OpenImages } from "../../lib/image/open-images";
import { availableMemory } from "../../lib/runtime/available-memory";
import { partJpeg } from "../support/pictures";

const picture = async (width: number, height: number) => {
  const background = { r: 90, g: 120, b: 30 };
  const data = await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
  return { kind: "encoded", data } as const;
};

describe("images that are open", () => {
  it("are no more at a time than the budget has pixels for, in the order in which they came", async () => {
    const images = new OpenImages(3_000_000);
    const source = await picture(1000, 1000);
    let [open, most] = [0, 0];
    const steps = { measured: [] as number[], begun: [] as number[] };
    let allIn = () => {};
    // The first ones stay open until as many are as fit: how fast one decodes tells nothing.
    const full = new Promise<void>((resolve) => (allIn = resolve));
    const work = async (number: number) => {
      const hold = async ({ image }: OpenImage) => {
        assert.equal(image.data.length, 3_000_000);
        most = Math.max(most, ++open);
        if (open === 3) allIn();
        await full;
        open--;
      };
      await images.use(source, hold, { onStep: (step) => steps[step].push(number) });
    };
    await Promise.all(Array.from({ length: 16 }, (_, i) => work(i)));
    assert.equal(most, 3);
    assert.equal(steps.begun.length, 16);
    // They come into the queue when their size is known.
    assert.deepEqual(steps.begun, steps.measured);
  });

  it("go alone where they are larger than the budget, also as BMP and raw pixels", async () => {
    const images = new OpenImages(10_000);
    const raw = { kind: "raw", data: Buffer.alloc(30_000), width: 200, height: 150, channels: 1 } as const;
    const bmp = { kind: "encoded", data: greyBmp(200, 150) } as const;
    let open = 0;
    const work = (source: typeof raw | typeof bmp | Awaited<ReturnType<typeof picture>>) =>
      images.use(source, async () => {
        assert.equal(++open, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        open--;
      });
    await Promise.all([raw, bmp, await picture(200, 150), raw, bmp].map(work));
  });

  it("give their place back where they cannot be read, or nobody waits for them any more", async () => {
    const images = new OpenImages(20_000);
    const source = { kind: "encoded", data: await partJpeg({ seed: 3 }) } as const;
    await assert.rejects(images.use({ kind: "encoded", data: Buffer.from("no image") }, async () => undefined));
    let end = () => {};
    let first: Promise<void> | undefined;
    await new Promise<void>((begun) => {
      first = images.use(source, () => {
        begun();
        return new Promise<void>((resolve) => (end = resolve));
      });
    });
    const abort = new AbortController();
    const second = images.use(source, async () => assert.fail("nobody waits"), { signal: abort.signal });
    const third = images.use(source, async ({ image }) => image.width);
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(second, { code: "CANCELLED" });
    end();
    await first;
    assert.equal(await third, 160);
  });

  it("can be had again when they are closed: small ones are kept, large ones decoded anew", async () => {
    for (const budget of [19_200 * 4, 19_200]) {
      const images = new OpenImages(budget);
      const source = { kind: "encoded", data: await partJpeg({ seed: 4 }) } as const;
      const { image, again } = await images.use(source, async (opened) => opened);
      const later = await again();
      assert.equal(later === image, budget > 19_200);
      assert.deepEqual(later, image);
    }
  });
});

describe("available memory", () => {
  const GB = 2 ** 30;
  const memory = (files: Record<string, string>) =>
    availableMemory({ read: (path) => files[path], total: () => 16 * GB });

  it("is the machine's, and no more than a container's limit, in version 1 and 2, here or above", () => {
    assert.equal(memory({}), 16 * GB);
    const version2 = { "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n" };
    assert.equal(memory(version2), 16 * GB);
    assert.equal(memory({ ...version2, "/sys/fs/cgroup/a/memory.max": `${2 * GB}\n` }), 2 * GB);
    const version1 = { "/proc/self/cgroup": "5:memory:/docker/1f\n0::/\n" };
    assert.equal(memory({ ...version1, "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${GB}\n` }), GB);
    const none = { "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" };
    assert.equal(memory({ ...version1, ...none }), 16 * GB);
  });
});

/** 8 bits, as machine-vision cameras write it. */
function greyBmp(width: number, height: number): Buffer {
  const offset = 14 + 40 + 1024;
  const file = Buffer.alloc(offset + width * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  for (let i = 0; i < 256; i++) file.fill(i, 54 + 4 * i, 57 + 4 * i);
  return file;
}
