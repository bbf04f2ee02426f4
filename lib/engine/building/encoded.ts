import { decodeImage } from "../../image/decode";
import { toPng } from "../../image/encode";
import { readImageFile } from "../../image/read-image-file";
import type { ImageSource } from "../../image/source";

/** A frame is kept as the file it came as, once it is known to decode; raw pixels as PNG. */
export async function encoded(image: ImageSource): Promise<Buffer> {
  const pixels = await decodeImage(image);
  if (image.kind === "encoded") return image.data;
  return image.kind === "path" ? readImageFile(image) : toPng(pixels);
}
