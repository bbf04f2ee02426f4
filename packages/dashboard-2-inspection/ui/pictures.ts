import type { PictureKind, ShownPart } from "../lib/shown";

/** Addresses of pictures that are in the browser. */
export type Addresses = Partial<Record<PictureKind, string>>;

const THUMBNAIL = 120;

/** Fetches a part's pictures, each once. @throws {Error} where they are not kept any more (204), or do not come */
export async function fetchPictures(base: string, { number, kinds }: ShownPart): Promise<Addresses> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const answer = await fetch(`${base}/${number}/${kind}`);
      if (answer.status !== 200) throw new Error(String(answer.status));
      return [kind, URL.createObjectURL(await answer.blob())] as const;
    }),
  );
  return Object.fromEntries(found);
}

export function letGo(addresses: Addresses): void {
  for (const address of Object.values(addresses)) URL.revokeObjectURL(address);
}

/** Makes a small picture of a part's large one. */
export async function thumbnailOf({ overlay, picture }: Addresses): Promise<string> {
  const image = new Image();
  image.src = (overlay ?? picture)!;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = THUMBNAIL;
  canvas.height = Math.max(1, Math.round((THUMBNAIL * image.naturalHeight) / image.naturalWidth));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8);
}
