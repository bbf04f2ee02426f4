import type { Placement } from "../bank/placement";
import type { RgbImage } from "../image/rgb-image";
import type { Shift } from "../image/shift";

/** Cells a side of the layout, whatever the picture's shape: each is one 24th of the width and of the height. */
export const LAYOUT = 24;

/** What can be said of a picture without a backbone. */
export interface PictureMeasures {
  /** Mean luma, 0..255. */
  brightness: number;
  /** Standard deviation of the luma, 0..128. */
  contrast: number;
  /** Gradients over one cell as a share of those over two: 0.5 where all is smooth, 1 where all is noise. */
  sharpness: number;
  /** Luma in LAYOUT x LAYOUT cells, mean 0 and length about 1: float32, row-major. */
  layout: Float32Array;
}

/** Cells along the smaller edge that a picture is measured on; more would only measure the sensor's noise. */
const CELLS = 240;
/** Samples a cell and side: a large picture is not read pixel by pixel. */
const SAMPLES = 3;
/** Grey levels of contrast that a layout counts as noise, so that an empty picture is like no other. */
const NOISE = 2;

/** Measures a picture: a few milliseconds, whatever its size. */
export function measurePicture(image: RgbImage): PictureMeasures {
  const grid = lumaGrid(image);
  const { values } = grid;
  let [sum, squares] = [0, 0];
  // By index, here and below: an iterator over a hundred thousand numbers takes milliseconds of every frame.
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
  }
  const brightness = sum / values.length;
  return {
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / values.length - brightness ** 2)),
    sharpness: sharpnessOf(grid),
    layout: layoutOf(grid),
  };
}

interface Grid {
  width: number;
  height: number;
  values: Float32Array;
}

function lumaGrid({ width, height, data }: RgbImage): Grid {
  const step = Math.max(1, Math.floor(Math.min(width, height) / CELLS));
  const samples = Math.min(step, SAMPLES);
  const offsets = Array.from({ length: samples }, (_, i) => Math.floor((i * step) / samples));
  const grid = { width: Math.floor(width / step), height: Math.floor(height / step) };
  const values = new Float32Array(grid.width * grid.height);
  // Where a cell's samples lie, from its first byte on.
  const places = Int32Array.from(offsets.flatMap((dy) => offsets.map((dx) => (dy * width + dx) * 3)));
  for (let y = 0, cell = 0; y < grid.height; y++) {
    for (let x = 0, first = y * step * width * 3; x < grid.width; x++, cell++, first += step * 3)
      values[cell] = places.length === 1 ? luma(data, first) : meanLuma(data, first, places);
  }
  return { ...grid, values };
}

const luma = (data: Uint8Array, at: number) => 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;

function meanLuma(data: Uint8Array, first: number, places: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < places.length; i++) sum += luma(data, first + places[i]!);
  return sum / places.length;
}

/** Root of the squared central differences over one cell to both sides, as a share of those over two. */
function sharpnessOf({ width, height, values }: Grid): number {
  let [fine, coarse] = [1e-3, 1e-3];
  for (let y = 2; y < height - 2; y++) {
    for (let x = 2, at = y * width + 2; x < width - 2; x++, at++) {
      const across = values[at + 1]! - values[at - 1]!;
      const down = values[at + width]! - values[at - width]!;
      const acrossTwo = values[at + 2]! - values[at - 2]!;
      const downTwo = values[at + 2 * width]! - values[at - 2 * width]!;
      fine += across * across + down * down;
      coarse += acrossTwo * acrossTwo + downTwo * downTwo;
    }
  }
  return Math.sqrt(fine / coarse);
}

function layoutOf({ width, height, values }: Grid): Float32Array {
  const sums = new Float64Array(LAYOUT * LAYOUT);
  const counts = new Float64Array(LAYOUT * LAYOUT);
  // Where each column of cells begins.
  const starts = Int32Array.from({ length: LAYOUT + 1 }, (_, column) => Math.ceil((column * width) / LAYOUT));
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * LAYOUT) / height) * LAYOUT;
    for (let column = 0; column < LAYOUT; column++) {
      let sum = 0;
      const end = y * width + starts[column + 1]!;
      for (let at = y * width + starts[column]!; at < end; at++) sum += values[at]!;
      sums[row + column]! += sum;
      counts[row + column]! += starts[column + 1]! - starts[column]!;
    }
  }
  const cells = Float32Array.from(sums, (sum, i) => sum / Math.max(1, counts[i]!));
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  const length = Math.hypot(...cells.map((value) => value - mean)) + NOISE * LAYOUT;
  return cells.map((value) => (value - mean) / length);
}

interface Facts {
  /** Against the references, where the bank asks for it. */
  shift?: Shift | undefined;
  /** Where they are wanted. */
  measures?: PictureMeasures | undefined;
}

/**
 * What a score needs of a frame's pixels alone. It takes as long as the half of a small backbone's run, and is found out
 * while that lasts, where there is one.
 */
export class PictureFacts {
  private facts: Facts | undefined;

  /** @param placement of a bank of parts that always lie the same way @param isMeasured for the frame's health */
  constructor(
    private readonly placement: Placement | undefined,
    private readonly isMeasured: boolean,
  ) {}

  /** To be called as soon as there is time for it; a second call costs nothing. */
  look(image: RgbImage): Facts {
    this.facts ??= {
      shift: this.placement?.shiftOf(image),
      measures: this.isMeasured ? measurePicture(image) : undefined,
    };
    return this.facts;
  }

  /** @param image what is looked at of the frame; asked for where nobody has looked yet, and something is wanted */
  async of(image: () => Promise<RgbImage>): Promise<Facts> {
    if (this.facts || !(this.placement || this.isMeasured)) return this.facts ?? {};
    return this.look(await image());
  }
}
