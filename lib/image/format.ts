import { type Sentence, sentence } from "../sentence";
export type ImageFormat = "jpeg" | "png" | "webp" | "tiff" | "gif" | "avif" | "bmp";

const ascii = (data: Buffer, start: number, end: number) => data.toString("latin1", start, end);

/** Recognises an image by its first bytes, before any decoder touches it; undefined for everything we do not read. */
export function sniffFormat(data: Buffer): ImageFormat | undefined {
  if (data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff) return "jpeg";
  if (ascii(data, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (ascii(data, 0, 4) === "RIFF" && ascii(data, 8, 12) === "WEBP") return "webp";
  // The second pair is BigTIFF.
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(ascii(data, 0, 4))) return "tiff";
  if (ascii(data, 0, 4) === "GIF8") return "gif";
  if (heifCoding(data) === "AVIF") return "avif";
  if (ascii(data, 0, 2) === "BM") return "bmp";
  return undefined;
}

/** What is sent in the place of images, by its first bytes. */
const OTHERS: readonly (readonly [name: string | Sentence, start: string, at?: number])[] = [
  ["JPEG 2000", "\0\0\0\x0cjP  "],
  ["JPEG 2000", "\xff\x4f\xff\x51"],
  ["JPEG XL", "\xff\x0a"],
  ["JPEG XL", "\0\0\0\x0cJXL "],
  ["JPEG XR", "II\xbc"],
  [sentence`[photoshop] Photoshop's PSD`, "8BPS"],
  ["OpenEXR", "\x76\x2f\x31\x01"],
  ["Radiance HDR", "#?"],
  ["DICOM", "DICM", 128],
  ["FITS", "SIMPLE  ="],
  ["HDF5", "\x89HDF"],
  [sentence`[numpyArray] a NumPy array`, "\x93NUMPY"],
  ["QOI", "qoif"],
  ["DDS", "DDS "],
  [sentence`[icon] an icon (ICO)`, "\0\0\x01\0"],
  ["PDF", "%PDF"],
  [sentence`[zipArchive] a ZIP archive`, "PK\x03\x04"],
  ["gzip", "\x1f\x8b"],
  [sentence`[matroska] a Matroska or WebM video`, "\x1a\x45\xdf\xa3"],
  [sentence`[aviVideo] an AVI video`, "AVI ", 8],
];

/** What unreadable data seems to be, in words for an error. */
export function describeBytes(data: Buffer): Sentence {
  const heif = heifCoding(data);
  if (heif !== undefined)
    return sentence`[isNotRead] it is ${{ format: heif === "a video" ? sentence`[aVideo] a video` : heif }}, which is not read`;
  const named = OTHERS.find(([, start, at = 0]) => ascii(data, at, at + start.length) === start);
  if (named !== undefined) return sentence`[isNotRead] it is ${{ format: named[0] }}, which is not read`;
  const head = ascii(data, 0, 256);
  if (/^P[1-7f][\s#]/i.test(head))
    return sentence`[isAnymap] it is a portable anymap (PGM, PPM, PFM), which is not read`;
  if (/<svg|<\?xml/i.test(head)) return sentence`[isSvg] it is SVG or XML, which is refused`;
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return sentence`[isText] it is text`;
  return sentence`[beginsWith] it begins with the bytes ${{ bytes: data.toString("hex", 0, 4) }}`;
}

/** How pictures in the container of HEIF are coded. Its general brands stand for both, then the coding of the items tells. */
function heifCoding(data: Buffer): "AVIF" | "HEIC" | "HEIF" | "a video" | undefined {
  if (ascii(data, 4, 8) !== "ftyp") return undefined;
  const brands = ascii(data, 8, Math.min(256, Math.max(16, data.readUInt32BE(0))));
  if (/avif|avis/.test(brands)) return "AVIF";
  if (/hei[cxms]|hev[cxms]/.test(brands)) return "HEIC";
  if (!/mif1|mif2|msf1|miaf/.test(brands)) return "a video";
  const items = ascii(data, 0, 4096);
  return /av01/.test(items) ? "AVIF" : /hvc1/.test(items) ? "HEIC" : "HEIF";
}
