import { type PixelBox, pixelsOf } from "../image/crop";
import { shrinkToFit, toJpeg } from "../image/encode";
import type { RgbImage } from "../image/rgb-image";
import type { GridMask } from "../mask/grid-mask";
import { anomalyMap, MAP_SIGMA } from "./anomaly-map";
import type { GridRegion } from "./regions";

/** A picture for people and dashboards: more pixels cost time on every frame and show nothing new. */
const LONGER_EDGE = 1280;
const OPACITY = 0.65;
/** How far what is not looked at is darkened. */
const SHADE = 0.35;

export interface OverlayContent {
  /** float32 [rows * cols], masked patches 0 */
  distances: Float32Array;
  rows: number;
  cols: number;
  /** The patch distance at which colour sets in; at twice this it is full. */
  level: number;
  regions: readonly GridRegion[];
  /** The part of the image that the grid covers, in its pixels; absent: all of it. */
  part?: PixelBox | undefined;
}

/**
 * The verdict explained by a picture: the anomaly map from yellow to red over the image, the regions framed.
 * @returns JPEG, its longer edge at most 1280 px
 */
export async function drawOverlay(image: RgbImage, content: OverlayContent): Promise<Buffer> {
  const small = await shrinkToFit(image, LONGER_EDGE);
  const { width, height } = small;
  const sigma = MAP_SIGMA * (width / image.width);
  const part = scaled(content.part ?? { left: 0, top: 0, width: image.width, height: image.height }, image, small);
  // Only what is coloured is computed: of a good part's map nearly nothing.
  const map = anomalyMap(content.distances, content.rows, content.cols, part.height, part.width, sigma, content.level);
  // Never drawn on the decoded pixels themselves: another node may be looking at them. A Buffer's slice would be them.
  const out: RgbImage = { width, height, data: new Uint8Array(small.data) };
  for (let i = 0; i < map.length; i++) {
    if (!(map[i]! > content.level)) continue;
    const at = ((part.top + Math.floor(i / part.width)) * width + part.left + (i % part.width)) * 3;
    const heat = Math.min(1, map[i]! / content.level - 1);
    const alpha = OPACITY * Math.min(1, 0.4 + heat);
    out.data[at] = out.data[at]! * (1 - alpha) + 255 * alpha;
    out.data[at + 1] = out.data[at + 1]! * (1 - alpha) + 210 * (1 - heat) * alpha;
    out.data[at + 2] = out.data[at + 2]! * (1 - alpha);
  }
  for (const region of content.regions) frame(out, region, content, part);
  return toJpeg(out);
}

/** The image with everything that is not looked at darkened, as a JPEG. */
export async function drawMask(image: RgbImage, mask: GridMask): Promise<Buffer> {
  const { width, height, data } = await shrinkToFit(image, LONGER_EDGE);
  const out = new Uint8Array(data);
  const { left, top, ...part } = pixelsOf(mask.area ?? { x: 0, y: 0, width: 1, height: 1 }, { width, height });
  const isIn = (value: number, size: number) => value >= 0 && value < size;
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(((y - top) * mask.rows) / part.height) * mask.cols;
    for (let x = 0; x < width; x++, at += 3) {
      const col = Math.floor(((x - left) * mask.cols) / part.width);
      if (isIn(y - top, part.height) && isIn(x - left, part.width) && mask.data[row + col]) continue;
      for (let channel = 0; channel < 3; channel++) out[at + channel]! *= SHADE;
    }
  }
  return toJpeg({ width, height, data: out });
}

/** A part of one image in the pixels of a smaller copy. */
function scaled(part: PixelBox, { width, height }: RgbImage, small: RgbImage): PixelBox {
  const shares = {
    x: part.left / width,
    y: part.top / height,
    width: part.width / width,
    height: part.height / height,
  };
  return pixelsOf(shares, small);
}

function frame(
  { width, data }: RgbImage,
  region: GridRegion,
  { rows, cols }: OverlayContent,
  { left: x0, top: y0, ...part }: PixelBox,
): void {
  const left = x0 + Math.floor((region.left * part.width) / cols);
  const right = x0 + Math.min(part.width, Math.ceil(((region.right + 1) * part.width) / cols)) - 1;
  const top = y0 + Math.floor((region.top * part.height) / rows);
  const bottom = y0 + Math.min(part.height, Math.ceil(((region.bottom + 1) * part.height) / rows)) - 1;
  const line = Math.max(1, Math.round(width / 400));
  const paint = (x: number, y: number) => data.set([255, 40, 0], (y * width + x) * 3);
  for (let inset = 0; inset < line; inset++) {
    for (let x = left; x <= right; x++) {
      paint(x, Math.min(bottom, top + inset));
      paint(x, Math.max(top, bottom - inset));
    }
    for (let y = top; y <= bottom; y++) {
      paint(Math.min(right, left + inset), y);
      paint(Math.max(left, right - inset), y);
    }
  }
}
