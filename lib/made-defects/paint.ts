import { keptRows } from "../bank/search/vectors";
import type { RgbImage } from "../image/rgb-image";
import type { GridMask } from "../mask/grid-mask";
import { seededRandom } from "../random";
import type { DefectPlan } from "./kinds";
import { drawStamp, type Stamp } from "./stamp";

/** What a defect is painted on. */
export interface Canvas {
  image: RgbImage;
  /** Where defects may lie; absent: anywhere. */
  mask: GridMask | undefined;
  /** The picture that a foreign piece comes from: another reference, or the same. */
  other: RgbImage;
}

/** A picture with a defect, and where that lies in pixels. */
export interface PaintedDefect {
  image: RgbImage;
  /** Mean change of the covered values, as a share of the range from black to white. */
  change: number;
  region: { x: number; y: number; width: number; height: number };
}

/** The middle of a defect, in pixels. */
interface Place {
  x: number;
  y: number;
}

/** The new value of a channel of a pixel, (dx, dy) from the defect's middle, where the defect covers it wholly. */
type Change = (value: number, channel: number, dx: number, dy: number) => number;

/** Mean change of the covered pixels under which nobody would see a defect: a misprint on a blank wall. */
const VISIBLE = 0.04;
/** Places that are tried for other content, the one where it is seen best is taken. */
const TRIES = 24;

/**
 * Paints a defect on a copy of the picture, in the manner of the synthetic anomalies of CutPaste (Li et al., CVPR 2021)
 * and DRAEM (Zavrtanik et al., ICCV 2021), but small and faint ones, too: they are to be found out about, not learned.
 * Other content (`CONTENT_KINDS`) is put where it is seen: a piece that is missing of a blank wall is no defect.
 * @returns undefined where the mask leaves no place, or nowhere would it be seen
 */
export function paintDefect(canvas: Canvas, plan: DefectPlan): PaintedDefect | undefined {
  const random = seededRandom(plan.seed);
  const stamp = drawStamp(plan.kind, plan.pixels, random);
  const cells = canvas.mask && keptRows(canvas.mask.data);
  if (cells?.length === 0) return undefined;
  let best: { place: Place; change: Change; size: number } | undefined;
  for (let i = 0; i < (plan.contrast === undefined ? TRIES : 1); i++) {
    const place = placeOn(canvas, cells, random);
    const change = changeOf(canvas, plan, place, stamp, random);
    const size = meanChange(canvas.image, place, stamp, change);
    if (size !== undefined && (!best || size > best.size)) best = { place, change, size };
  }
  if (!best || (plan.contrast === undefined && best.size < VISIBLE)) return undefined;
  return { ...apply(canvas.image, best.place, stamp, best.change), change: best.size };
}

function placeOn({ image: { width, height }, mask }: Canvas, cells: number[] | undefined, random: () => number): Place {
  if (!mask || !cells) return { x: Math.floor(random() * width), y: Math.floor(random() * height) };
  const cell = cells[Math.floor(random() * cells.length)]!;
  const within = (index: number, of: number, pixels: number) =>
    Math.min(pixels - 1, Math.floor(((index + random()) * pixels) / of));
  return {
    x: within(cell % mask.cols, mask.cols, width),
    y: within(Math.floor(cell / mask.cols), mask.rows, height),
  };
}

function changeOf(
  { image, other }: Canvas,
  { kind, pixels, contrast = 0 }: DefectPlan,
  place: Place,
  stamp: Stamp,
  random: () => number,
): Change {
  const { x, y } = place;
  const step = 255 * contrast;
  const around = ringMean(image, place, stamp);
  // Towards where there is room: a bright spot on white would be none.
  const sign = 3 * 255 * random() < around[0]! + around[1]! + around[2]! ? -1 : 1;
  switch (kind) {
    case "scratch":
    case "spot":
      return (value) => value + sign * step;
    case "stain": {
      const tint = [0, 1, 2].map(() => 0.4 + 0.6 * random());
      return (value, channel) => value + sign * step * tint[channel]!;
    }
    case "dent": {
      // Light on one flank and shadow on the other.
      const [towards, radius] = [2 * Math.PI * random(), Math.max(1, pixels / 2)];
      return (value, _, dx, dy) => {
        const slope = (dx * Math.cos(towards) + dy * Math.sin(towards)) / radius;
        return value + 2 * step * slope * Math.max(0, 1 - (dx * dx + dy * dy) / (radius * radius));
      };
    }
    case "missing piece":
      return (_, channel) => around[channel]!;
    case "foreign piece": {
      const [fromX, fromY] = [Math.floor(random() * other.width), Math.floor(random() * other.height)];
      // Turned upside down, or a texture would hide it.
      return (_, channel, dx, dy) => at(other, fromX - dx, fromY - dy, channel);
    }
    case "misprint": {
      const [angle, distance] = [2 * Math.PI * random(), Math.max(1, pixels / 4)];
      const [moveX, moveY] = [Math.round(distance * Math.cos(angle)), Math.round(distance * Math.sin(angle))];
      return (_, channel, dx, dy) => at(image, x + dx + moveX, y + dy + moveY, channel);
    }
  }
}

function apply(image: RgbImage, place: Place, stamp: Stamp, change: Change): Omit<PaintedDefect, "change"> {
  const { width, height } = image;
  // A Buffer's slice would be the picture itself.
  const data = new Uint8Array(image.data);
  eachCovered(image, place, stamp, change, (at, value) => {
    data[at] = value;
  });
  const { left, top, right, bottom } = extent(image, place, stamp);
  return {
    image: { width, height, data },
    region: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
  };
}

/** @returns undefined where nothing is covered: at a corner of the picture all of a bent scratch may lie outside */
function meanChange(image: RgbImage, place: Place, stamp: Stamp, change: Change): number | undefined {
  let [changes, covered] = [0, 0];
  eachCovered(image, place, stamp, change, (at, value, share) => {
    changes += Math.abs(value - image.data[at]!);
    covered += share;
  });
  return covered === 0 ? undefined : changes / (255 * covered);
}

/** @param take told where a covered channel lies, its new value, and how far it is covered */
function eachCovered(
  image: RgbImage,
  place: Place,
  { side, opacity }: Stamp,
  change: Change,
  take: (at: number, value: number, share: number) => void,
): void {
  const { x, y } = place;
  const middle = (side - 1) / 2;
  const { left, top, right, bottom } = extent(image, place, { side });
  for (let row = top; row <= bottom; row++) {
    for (let col = left; col <= right; col++) {
      const share = opacity[(row - y + middle) * side + (col - x + middle)]!;
      if (share === 0) continue;
      for (let channel = 0, i = (row * image.width + col) * 3; channel < 3; channel++, i++) {
        const value = image.data[i]!;
        const changed = value + share * (change(value, channel, col - x, row - y) - value);
        take(i, Math.min(255, Math.max(0, Math.round(changed))), share);
      }
    }
  }
}

/** What of a picture a stamp reaches, ends included. */
function extent({ width, height }: RgbImage, { x, y }: Place, { side }: Pick<Stamp, "side">) {
  const middle = (side - 1) / 2;
  return {
    left: Math.max(0, x - middle),
    top: Math.max(0, y - middle),
    right: Math.min(width - 1, x + middle),
    bottom: Math.min(height - 1, y + middle),
  };
}

/** A channel's value; outside the picture that of its border. */
function at({ width, height, data }: RgbImage, x: number, y: number, channel: number): number {
  const [col, row] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  return data[(row * width + col) * 3 + channel]!;
}

/** Mean colour of what surrounds a defect: what is seen where a piece is gone. */
function ringMean(image: RgbImage, { x, y }: Place, { side }: Stamp): number[] {
  const points = Math.max(16, 2 * side);
  const sums = [0, 0, 0];
  for (let i = 0; i < points; i++) {
    const angle = (2 * Math.PI * i) / points;
    const [dx, dy] = [Math.round((side / 2) * Math.cos(angle)), Math.round((side / 2) * Math.sin(angle))];
    for (let channel = 0; channel < 3; channel++) sums[channel]! += at(image, x + dx, y + dy, channel);
  }
  return sums.map((sum) => sum / points);
}
