export type ImageFormat = "jpeg" | "png" | "webp" | "tiff" | "gif" | "avif" | "bmp";

/** Recognises an image by its first bytes, before any decoder touches it; undefined for everything we do not read. */
export function sniffFormat(data: Buffer): ImageFormat | undefined {
  const ascii = (start: number, end: number) => data.toString("latin1", start, end);
  if (data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff) return "jpeg";
  if (ascii(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "webp";
  if (["II*\0", "MM\0*"].includes(ascii(0, 4))) return "tiff";
  if (ascii(0, 4) === "GIF8") return "gif";
  if (ascii(4, 8) === "ftyp" && /avif|avis|mif1/.test(ascii(8, 40))) return "avif";
  if (ascii(0, 2) === "BM") return "bmp";
  return undefined;
}

/** What unreadable data seems to be, in words for an error. */
export function describeBytes(data: Buffer): string {
  const head = data.toString("latin1", 0, 256);
  if (/<svg|<\?xml/i.test(head)) return "it is SVG or XML, which is refused";
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return "it is text";
  return `it begins with the bytes ${data.toString("hex", 0, 4)}`;
}
