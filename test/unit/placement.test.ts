import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { BUILT_IN } from "../../lib/backbone/built-in/names";
import { readBundle } from "../../lib/bank/file/bundle";
import type { Engine } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { seededRandom } from "../../lib/random";
import { temporaryFolder } from "../support/temporary";

const BACKBONE = { model: BUILT_IN, resolution: 192 };

interface Board {
  /** Which component lies left, and which right. */
  left: "disc" | "square" | "none";
  right: "disc" | "square" | "none";
  label: "top" | "bottom";
  seed: number;
  /** The whole frame is moved. */
  dx?: number;
  dy?: number;
}

const [WIDTH, HEIGHT] = [320, 240];

/** A light plate with two dark components and a striped label: all that is ever normal, wherever it lies. */
async function board({ left, right, label, seed, dx = 0, dy = 0 }: Board): Promise<Buffer> {
  const random = seededRandom(seed);
  const isOn = (kind: Board["left"], x: number, y: number) =>
    kind === "disc" ? Math.hypot(x, y) <= 26 : kind === "square" && Math.abs(x) <= 24 && Math.abs(y) <= 24;
  const level = (x: number, y: number) => {
    if (x < 40 || x >= 280 || y < 36 || y >= 204) return 221;
    if (isOn(left, x - 90, y - 120) || isOn(right, x - 230, y - 120)) return 68;
    const top = label === "top" ? 46 : 164;
    return y >= top && y < top + 26 && x >= 122 && x < 194 && (x - 122) % 16 < 8 ? 45 : 187;
  };
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const value = level((i % WIDTH) - dx, Math.floor(i / WIDTH) - dy) + Math.round(8 * (random() - 0.5));
    data.fill(value, 3 * i, 3 * i + 3);
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .png()
    .toBuffer();
}

type Placement = "anywhere" | "same" | "auto";

const GOOD = { left: "disc", right: "square", label: "top" } as const;

describe("parts that lie anywhere", () => {
  it("are missed by the default of banks: what a component leaves behind is normal, but the component is not there", async () => {
    const folder = temporaryFolder();
    const engine = acquireEngine({ device: "auto" });
    try {
      const places = [0, 9, -11, 6, -5, 13].map((dx, i) => ({ dx, dy: [0, -8, 5, 11, -3, 7][i]! }));
      const frame = async (part: Board) => ({ kind: "encoded" as const, data: await board(part) });
      const references = await Promise.all(places.map((place, i) => frame({ ...GOOD, seed: 40 + i, ...place })));
      const bank = { file: join(folder.path, "anywhere.safetensors") };
      const settings = { place: "anywhere", missing: "auto", mask: "off" } as const;
      await engine.call("build", { bank, backbone: BACKBONE, settings, references });
      const { missing } = (await readBundle(bank.file)).metadata;
      assert.ok(missing && missing.noticed > 0.2, JSON.stringify(missing));
      const lacking = async (part: Board) => {
        const image = await frame(part);
        return (await engine.call("score", { image, backbone: BACKBONE, bank })).missing!;
      };
      const good = await lacking({ ...GOOD, seed: 60, dx: 4, dy: -6 });
      assert.equal(good.over, false, JSON.stringify(good));
      const found = await lacking({ ...GOOD, right: "none", seed: 61, dx: 4, dy: -6 });
      assert.ok(found.over && found.score > 1.3 * good.score, JSON.stringify([found, good]));
      assert.ok(Math.hypot(found.x - 230, found.y - 120) < 60, `missed at ${found.x}, ${found.y}`);
      // Nobody asks where it was not wished for.
      const plain = { file: join(folder.path, "plain.safetensors") };
      await engine.call("build", { bank: plain, backbone: BACKBONE, settings: { mask: "off" }, references });
      const image = await frame({ ...GOOD, right: "none", seed: 61 });
      assert.equal((await engine.call("score", { image, backbone: BACKBONE, bank: plain })).missing, undefined);
    } finally {
      engine.release();
      folder.remove();
    }
  });
});

describe("parts that always lie the same way", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let references: { kind: "encoded"; data: Buffer }[];
  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    // Small shifts from frame to frame, as a fixture has them.
    const shifts = [
      [0, 0],
      [3, -2],
      [-4, 3],
      [5, 1],
      [-2, -4],
    ];
    const files = shifts.map(([dx, dy], i) => board({ ...GOOD, seed: i + 1, dx: dx!, dy: dy! }));
    references = (await Promise.all(files)).map((data) => ({ kind: "encoded", data }));
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const banks = new Map<string, ReturnType<typeof build>>();
  /** Each is built once. */
  function built(place: Placement, more: { rotate?: boolean } = {}) {
    const key = `${place} ${more.rotate}`;
    const found = banks.get(key) ?? build(join(folder.path, `${banks.size}.safetensors`), place, more);
    banks.set(key, found);
    return found;
  }

  async function build(file: string, place: Placement, more: { rotate?: boolean }) {
    const bank = { file };
    const settings = { place, mask: "off" as const, ...more };
    const { calibration } = await engine.call("build", { bank, backbone: BACKBONE, settings, references });
    const { metadata } = await readBundle(bank.file);
    const score = async (frame: Board) => {
      const image = { kind: "encoded" as const, data: await board(frame) };
      return engine.call("score", { image, backbone: BACKBONE, bank, regions: true });
    };
    return { most: Math.max(...calibration), place: metadata.place, score };
  }

  const DEFECTS: [string, Board][] = [
    ["a component is missing", { ...GOOD, right: "none", seed: 20 }],
    ["the label is on the wrong side", { ...GOOD, label: "bottom", seed: 21 }],
    ["two components are swapped", { ...GOOD, left: "square", right: "disc", seed: 22 }],
  ];

  it("are told from their references, and then what is normal in another place is found", async () => {
    const { place, most, score } = await built("auto");
    assert.equal(place?.applied, true, place?.reason);
    for (const [what, frame] of DEFECTS) assert.ok((await score(frame)).score > 1.3 * most, what);
    const good = await score({ ...GOOD, seed: 30, dx: 4, dy: -3 });
    assert.ok(good.score < 1.3 * most, `a good frame scores ${good.score}, the references up to ${most}`);
    assert.equal(good.bank.search, "windowed");
  });

  it("are searched better so than anywhere: a swapped component stands out further", async () => {
    const [placed, free] = [await built("same"), await built("anywhere")];
    assert.equal(free.place, undefined);
    const [, swapped] = DEFECTS[2]!;
    const standsOut = async ({ most, score }: typeof free) => (await score(swapped)).score / most;
    const [inPlace, anywhere] = [await standsOut(placed), await standsOut(free)];
    assert.ok(inPlace > 1.2 * anywhere, `${inPlace} in place, ${anywhere} anywhere`);
  });

  it("say where what is missing should have been", async () => {
    const { score } = await built("same");
    const { regions } = await score(DEFECTS[0]![1]);
    const [worst] = regions!;
    assert.ok(worst!.x < 256 && worst!.x + worst!.width > 204 && worst!.y < 146 && worst!.y + worst!.height > 94);
  });

  it("may lie where a frame that is moved as a whole has them", async () => {
    const { most, score } = await built("same");
    const moved = await score({ ...GOOD, seed: 31, dx: 6, dy: 5 });
    assert.ok(moved.score < 1.5 * most, `${moved.score} where references score ${most}`);
  });

  it("are searched anywhere where references are rotated, and that is said", async () => {
    const { place } = await built("auto", { rotate: true });
    assert.deepEqual([place?.applied, place?.reason], [false, "searched anywhere: rotated references have no place"]);
  });
});
