/** What browsers show, by how its bytes begin. */
const KINDS: readonly [type: string, begins: RegExp][] = [
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/png", /^\x89PNG/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF....WEBP/s],
  ["image/bmp", /^BM/],
  ["image/avif", /^....ftypavi[fs]/s],
];

/** @returns the media type of a picture that every browser shows; nothing of anything else (TIFF, raw pixels, text) */
export function displayable(value: unknown): string | undefined {
  if (!Buffer.isBuffer(value)) return undefined;
  const head = value.toString("latin1", 0, 16);
  return KINDS.find(([, begins]) => begins.test(head))?.[0];
}
