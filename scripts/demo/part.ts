import sharp from "sharp";
import { DEFECTS, type Defect } from "./part/flaws";
import { HEIGHT, renderPixels, WIDTH } from "./part/render";

export { DEFECTS, type Defect };

/**
 * Photographs one part of the demo's production line.
 * @param seed the same seed gives the same part, pose, light and noise, byte for byte
 * @param defect what is wrong with it; a good part where left out
 * @returns a JPEG of 640 x 480 pixels
 */
export async function renderPart(seed: number, defect?: Defect): Promise<Buffer> {
  const quality = 88 + (seed % 5);
  return sharp(renderPixels(seed, defect), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0" })
    .toBuffer();
}
