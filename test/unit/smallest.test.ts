import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { frameWindows, type InputRule, patchGrid, preprocess } from "../../lib/backbone/preprocess";
import { cutWindow, WindowedTokens, windowsOf } from "../../lib/backbone/windows";
import { readBundleMetadata } from "../../lib/bank/file/bundle";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { gridNumbers } from "../../lib/score/grid-buffer";
import { partPixels } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const RULE: InputRule = { patchSize: 14, mean: [0, 0, 0], standardDeviation: [1, 1, 1] };
const TOKENS = { name: "t", kind: "tokens", leadingTokens: 1, trailingTokens: 0, patchSize: 14, dimension: 2 } as const;
const MAP = { name: "m", kind: "map", layout: "NCHW", patchSize: 14, dimension: 2 } as const;

describe("the smallest defect of a bank", () => {
  it("brings frames to the size at which such a defect is a patch, by pixels of the camera", () => {
    const grid = (width: number, height: number, smallest?: number) =>
      patchGrid({ width, height }, 140, { ...RULE, smallest });
    assert.deepEqual(grid(1400, 1400), { rows: 10, cols: 10 });
    // 28 px of the camera are a patch of 14: half the size.
    assert.deepEqual(grid(1400, 1400, 28), { rows: 50, cols: 50 });
    assert.deepEqual(grid(700, 1400, 28), { rows: 50, cols: 25 });
    assert.deepEqual(grid(1400, 1400, 500), { rows: 10, cols: 10 }, "never coarser than the resolution");
    assert.deepEqual(grid(1400, 1400, 3), { rows: 100, cols: 100 }, "never larger than the frame's own pixels");
  });

  it("keeps frames as one for feature maps, and cuts them into windows of its own size for a transformer", () => {
    const frame = { height: 700, width: 1134 };
    const windows = (rule: Partial<InputRule>) => frameWindows(frame, 140, { ...RULE, ...rule });
    assert.equal(windows({ outputs: [MAP], smallest: 14 }).length, 1);
    assert.equal(windows({ outputs: [TOKENS] }).length, 1, "without a smallest defect it is given the whole frame");
    const cut = windows({ outputs: [TOKENS], smallest: 14 });
    assert.ok(cut.length > 50 && cut.every(({ rows, cols }) => rows.length <= 140 && cols.length <= 140));
    const large = frameWindows({ height: 2800, width: 2800 }, 140, { ...RULE, outputs: [MAP], smallest: 14 });
    assert.ok(large.length > 1 && large.every(({ rows, cols }) => (rows.length / 14) * (cols.length / 14) <= 4096));
  });

  it("covers every patch by exactly one window, a quarter of each in common with the next", () => {
    for (const [height, width, side, fixed] of [
      [140, 140, 56, true],
      [154, 938, 112, false],
      [56, 70, 56, true],
      [1400, 1302, 518, true],
      [42, 42, 56, false],
    ] as const) {
      const most = { height: side, width: side };
      const size = fixed ? ({ kind: "fixed", ...most } as const) : undefined;
      const windows = windowsOf({ height, width }, most, 14, size);
      const seen = new Uint8Array((height / 14) * (width / 14));
      for (const { rows, cols } of windows) {
        for (const [span, whole] of [
          [rows, height],
          [cols, width],
        ] as const) {
          assert.ok(span.start >= 0 && span.start + span.length <= whole && span.length <= side);
          assert.ok(span.from >= span.start && span.to <= span.start + span.length);
          if (fixed) assert.equal(span.length, side);
        }
        for (let row = rows.from / 14; row < rows.to / 14; row++)
          for (let col = cols.from / 14; col < cols.to / 14; col++) seen[row * (width / 14) + col]!++;
      }
      assert.ok(
        seen.every((count) => count === 1),
        `${height} x ${width} in windows of ${side}`,
      );
      const starts = [...new Set(windows.map(({ cols }) => cols.start))];
      for (const [i, start] of starts.slice(1).entries()) {
        const common = starts[i]! + windows[0]!.cols.length - start;
        assert.ok(common >= Math.min(0.25 * side, width - side), `${common} px in common`);
      }
    }
  });

  it("puts the windows' tokens where they belong", () => {
    const frame = { height: 42, width: 70, data: Float32Array.from({ length: 3 * 42 * 70 }, (_, i) => i) };
    const whole = new WindowedTokens(frame, 14);
    // A token is the first pixel of its patch.
    for (const window of windowsOf(frame, { height: 28, width: 42 }, 14)) {
      const { height, width, data } = cutWindow(frame, window);
      const [rows, cols] = [height / 14, width / 14];
      const first = (_: unknown, i: number) => data[Math.floor(i / cols) * 14 * width + (i % cols) * 14]!;
      whole.add(window, { rows, cols, dimension: 1, data: Float32Array.from({ length: rows * cols }, first) });
    }
    const { rows, cols, data } = whole.tokens;
    assert.deepEqual([rows, cols], [3, 5]);
    assert.deepEqual(
      [...data],
      Array.from({ length: 15 }, (_, i) => Math.floor(i / 5) * 14 * 70 + (i % 5) * 14),
    );
    const [window] = windowsOf(frame, frame, 14);
    assert.throws(
      () => whole.add(window!, { rows: 2, cols: 4, dimension: 1, data: new Float32Array(8) }),
      (thrown: unknown) => thrown instanceof GoldenSampleError && thrown.code === "BAD_BACKBONE",
    );
  });

  it("refuses a frame of more patches than can be kept, naming the setting", async () => {
    const image = { width: 5000, height: 5000, data: new Uint8Array() };
    const resizer = { prepare: async () => assert.fail("it was prepared"), release: async () => undefined };
    await assert.rejects(
      preprocess(image, 140, { ...RULE, smallest: 14 }, resizer),
      /gives 127449 patches for defects of 14 px, more than 65536: .*larger smallest defect/,
    );
  });
});

describe("inspecting for small defects", () => {
  const [WIDTH, HEIGHT] = [630, 420];
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let model: { free: string; fixed: string };

  before(() => {
    folder = temporaryFolder();
    model = { free: join(folder.path, "free.onnx"), fixed: join(folder.path, "fixed.onnx") };
    writeFileSync(model.free, tinyBackbone());
    writeFileSync(model.fixed, tinyBackbone({ fixed: 112 }));
    engine = acquireEngine({ device: "auto" });
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const known = new Map<string, ReturnType<typeof drawn>>();
  /** The same few again and again: drawn once. */
  function frame(seed: number, options: Parameters<typeof drawn>[1] = {}) {
    const key = JSON.stringify([seed, options]);
    const found = known.get(key) ?? drawn(seed, options);
    known.set(key, found);
    return found;
  }

  /** A part, or its left; where the defect is, it is roughened, which at a small size is as grey as without. */
  async function drawn(seed: number, { spot, width = WIDTH }: { spot?: [number, number]; width?: number }) {
    const data = partPixels({ width: WIDTH, height: HEIGHT, seed });
    if (spot) {
      for (let y = spot[1]; y < spot[1] + 10; y++)
        for (let i = (y * WIDTH + spot[0]) * 3; i < (y * WIDTH + spot[0] + 10) * 3; i++)
          data[i]! += (Math.floor(i / 3) + y) % 2 ? 90 : -90;
    }
    const whole = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
    return {
      kind: "encoded" as const,
      data: await whole.extract({ left: 0, top: 0, width, height: HEIGHT }).png().toBuffer(),
    };
  }

  async function built(file: string, settings: RequestInput<"build">["settings"], by = engine) {
    const bank = { file: join(folder.path, "bank.safetensors") };
    const backbone = { model: file, resolution: 112 };
    const references = await Promise.all([1, 2, 3, 4].map((seed) => frame(seed)));
    await by.call("build", { bank, backbone, references, settings: { mask: "off", metric: "l2", ...settings } });
    return { bank, backbone };
  }

  it("finds a defect that is gone at the resolution, in its place, whichever way the frame is cut", async () => {
    const spot: [number, number] = [311, 205];
    const scores = async (file: string, smallest?: number) => {
      const request = { ...(await built(file, smallest === undefined ? {} : { smallest })), map: true, regions: true };
      const good = await engine.call("score", { ...request, image: await frame(9) });
      const bad = await engine.call("score", { ...request, image: await frame(9, { spot }) });
      return { good, bad };
    };
    const plain = await scores(model.free);
    assert.ok(plain.bad.score < 1.5 * plain.good.score, `${plain.bad.score} against ${plain.good.score}`);
    const whole = await scores(model.free, 14);
    assert.deepEqual(whole.bad.grid, { rows: 30, cols: 45 });
    assert.ok(whole.bad.score > 1.5 * whole.good.score, `${whole.bad.score} against ${whole.good.score}`);
    const [region] = whole.bad.regions!;
    assert.ok(region!.x <= spot[0] && region!.y <= spot[1] && region!.x + region!.width >= spot[0] + 10);
    // This backbone's patches know nothing of one another, so that cutting the frame changes nothing.
    const cut = await scores(model.fixed, 14);
    assert.deepEqual(gridNumbers(cut.bad.map!), gridNumbers(whole.bad.map!));
  });

  it("compares patches with what is around them where the defect is one, not where it is many", async () => {
    const around = async (smallest?: number) => {
      const { bank } = await built("lite", { metric: "cosine", ...(smallest !== undefined && { smallest }) });
      return (await readBundleMetadata(bank.file)).typical!.around;
    };
    assert.equal(await around(16), 5);
    assert.equal(await around(120), undefined);
    assert.equal(await around(), undefined);
  });

  it("looks at every frame as the bank was built, whatever its size, with polygons on the same grid", async () => {
    const request = await built(model.free, { smallest: 14 });
    const image = await frame(5, { width: 322 });
    assert.deepEqual((await engine.call("score", { ...request, image })).grid, { rows: 30, cols: 23 });
    const include: [number, number][][] = [
      [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [0, 1],
      ],
    ];
    const { data, rows, cols } = await engine.call("mask", { ...request, image, foreground: "off", include });
    assert.deepEqual([rows, cols], [30, 23]);
    const mask = { rows, cols, dtype: "uint8" as const, data };
    assert.ok((await engine.call("score", { ...request, image, mask })).score > 0);
  });

  it("is the same with the portable runtime, and among the images of a batch", async () => {
    // Within so little memory WebAssembly is not compiled for speed, which would be most of what this takes.
    const portable = new EngineClient({ runtime: "portable", memory: 300 });
    try {
      const image = await frame(9, { spot: [100, 100] });
      const request = await built(model.fixed, { smallest: 14 });
      const native = await engine.call("score", { ...request, image });
      const other = await portable.call("score", { ...request, image });
      assert.ok(Math.abs(native.score - other.score) < 1e-4 * native.score);
    } finally {
      portable.close();
    }
    const images = await Promise.all([1, 2, 3].map(async (seed) => ({ image: await frame(seed) })));
    const backbone = { model: model.free, resolution: 112 };
    const { results } = await engine.call("batch", { images, backbone, foreground: "off", smallest: 28 });
    assert.deepEqual(
      results.map((result) => "grid" in result && result.grid),
      [1, 2, 3].map(() => ({ rows: 15, cols: 23 })),
    );
  });
});
