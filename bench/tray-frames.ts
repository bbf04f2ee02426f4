import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import type { RgbImage } from "../lib/image/rgb-image";
import { TONAL_KINDS } from "../lib/made-defects/kinds";
import { paintDefect } from "../lib/made-defects/paint";
import { seededRandom } from "../lib/random";
import { Skipped } from "./scenario";

/** Pixels of a frame's sides, and of a part's place in it. */
export const SIDE = 2000;
const CELL = 400;
/** Of the defects, longest side in pixels and contrast as a share of black to white. */
const SIZES = [6, 8, 10, 12] as const;
const CONTRASTS = [0.2, 0.4] as const;

const DATA = resolve(__dirname, "..", "..", "..", "shared", "data");

/** Large frames made from photographs of many small parts, as a camera over a tray takes them. */
export class Tray {
  private readonly parts = new Map<string, Promise<Buffer>>();

  /** @throws {Skipped} where the photographs are not on this machine */
  constructor(private readonly set: string) {
    if (!existsSync(join(DATA, set))) throw new Skipped(`${join(DATA, set)} is not on this machine`);
  }

  /** A frame of good parts, drawn anew for each number. */
  async frame(from: "train" | "test", number: number): Promise<RgbImage> {
    const folder = join(DATA, this.set, from, "good");
    const files = readdirSync(folder).sort();
    const random = seededRandom((from === "train" ? 1 : 1000) + number);
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let top = 0; top < SIDE; top += CELL) {
      for (let left = 0; left < SIDE; left += CELL) {
        const part = await this.part(join(folder, files[Math.floor(random() * files.length)]!));
        for (let row = 0; row < CELL; row++)
          data.set(part.subarray(row * CELL * 3, (row + 1) * CELL * 3), ((top + row) * SIDE + left) * 3);
      }
    }
    return { width: SIDE, height: SIDE, data };
  }

  private part(file: string): Promise<Buffer> {
    const known =
      this.parts.get(file) ?? sharp(file).resize(CELL, CELL).toColourspace("srgb").removeAlpha().raw().toBuffer();
    this.parts.set(file, known);
    return known;
  }
}

/** The frame with a defect of 6 to 12 px; sizes, contrasts and kinds in turn. */
export function withDefect(image: RgbImage, number: number): RgbImage {
  const pixels = SIZES[number % SIZES.length]!;
  const contrast = CONTRASTS[Math.floor(number / SIZES.length) % CONTRASTS.length]!;
  const kind = TONAL_KINDS[number % TONAL_KINDS.length]!;
  const plan = { kind, size: pixels / SIDE, pixels, contrast, reference: 0, seed: 7919 * (number + 1) };
  return paintDefect({ image, mask: undefined, other: image }, plan)!.image;
}
