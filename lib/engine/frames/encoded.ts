import { toPng } from "../../image/encode";
import type { OpenImages } from "../../image/open-images";
import { readImageFile } from "../../image/read-image-file";
import type { ImageSource } from "../../image/source";

/** A frame is kept as the file it came as, once it is known to decode; raw pixels as PNG. */
export async function encoded(images: OpenImages, image: ImageSource): Promise<Buffer> {
  return images.use(image, async (opened) => {
    if (image.kind === "encoded") return image.data;
    return image.kind === "path" ? readImageFile(image) : toPng(opened.image);
  });
}
