import { loadSharp } from "./load-sharp";
import { ownMemory } from "./own-memory";
import type { RgbImage } from "./rgb-image";

const raw = ({ data, width, height }: RgbImage) => loadSharp()(data, { raw: { width, height, channels: 3 } });

/** A JPEG of the picture. Huffman tables made for each picture would save 7 % of the bytes and double the time. */
export async function toJpeg(image: RgbImage, quality = 85): Promise<Buffer> {
  return ownMemory(await raw(image).jpeg({ quality, optimiseCoding: false }).toBuffer());
}

/** A PNG, where no pixel may be lost. */
export async function toPng(image: RgbImage): Promise<Buffer> {
  return ownMemory(await raw(image).png({ compressionLevel: 3 }).toBuffer());
}

/** The picture for people to look at, its longer edge at most `edge` px; never enlarged. */
export async function shrinkToFit(image: RgbImage, edge: number): Promise<RgbImage> {
  if (Math.max(image.width, image.height) <= edge) return image;
  const { data, info } = await raw(image)
    .resize(edge, edge, { fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: ownMemory(data) };
}
