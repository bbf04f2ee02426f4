import sharp from "sharp";
import type { Defect } from "../../scripts/demo/part";
import { HEIGHT, renderPixels, WIDTH } from "../../scripts/demo/part/render";

/** What goes wrong on a line besides the parts. */
export const SPOILS = ["dark", "bright", "blurred", "moved", "flat", "empty", "product"] as const;
export type Spoil = (typeof SPOILS)[number];

type Pixels = Buffer;

/** A frame of the demo's line, raw pixels. */
export function frame(seed: number, defect?: Defect) {
  return raw(rendered(seed, defect));
}

/** Rendering is most of what such tests take, and they look at the same parts again and again. */
const known = new Map<string, Pixels>();
function rendered(seed: number, defect?: Defect): Pixels {
  const key = `${seed} ${defect}`;
  const pixels = known.get(key) ?? renderPixels(seed, defect);
  known.set(key, pixels);
  return Buffer.from(pixels);
}

/** A good part in a frame that says nothing about it. */
export async function spoiledFrame(spoil: Spoil, seed: number) {
  const pixels = rendered(seed);
  switch (spoil) {
    case "dark":
      return raw(pixels.map((value) => value * 0.12) as Pixels);
    case "bright":
      return raw(Buffer.from(Uint8ClampedArray.from(pixels, (value) => value * 1.9 + 10)));
    case "blurred":
      return raw(await image(pixels).blur(4).raw().toBuffer());
    case "moved":
      return raw(remap(pixels, (x, y) => [x - 0.15 * WIDTH, y - 0.1 * HEIGHT]));
    case "flat":
      return raw(Buffer.alloc(pixels.length, 70));
    case "empty":
      // The bench beside the part, mirrored over the whole picture.
      return raw(remap(pixels, (x, y) => [mirrored(x, 40), mirrored(y, 40)]));
    case "product":
      return raw(await image(pixels).flop().rotate(180).negate().raw().toBuffer());
  }
}

const image = (pixels: Pixels) => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const raw = (data: Buffer) => ({ kind: "raw" as const, data, width: WIDTH, height: HEIGHT, channels: 3 });

function mirrored(value: number, period: number): number {
  const at = value % (2 * period);
  return at < period ? at : 2 * period - 1 - at;
}

function remap(pixels: Pixels, source: (x: number, y: number) => [number, number]): Pixels {
  const out = Buffer.alloc(pixels.length);
  for (let y = 0, to = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, to += 3) {
      const [sourceX, sourceY] = source(x, y).map(Math.round) as [number, number];
      const [inX, inY] = [inside(sourceX, WIDTH), inside(sourceY, HEIGHT)];
      pixels.copy(out, to, (inY * WIDTH + inX) * 3, (inY * WIDTH + inX) * 3 + 3);
    }
  }
  return out;
}

const inside = (value: number, size: number) => Math.min(size - 1, Math.abs(value));
