import { type JpegScan, type JpegStructure, SOS } from "./structure";

const [DHT, DQT, DRI, JFIF, EXIF, ICC, ADOBE] = [0xc4, 0xdb, 0xdd, 0xe0, 0xe1, 0xe2, 0xee];
const KEPT = new Set([DHT, DQT, DRI, JFIF, EXIF, ICC, ADOBE, SOS]);
const PROGRESSIVE = 0xc2;

/**
 * The same picture with headers that no decoder warns of, so that whatever it still warns of is missing or damaged pixels:
 * bytes between the segments left out, JFIF's version and the spectral selection of a sequential scan as the standard has
 * them, comments and what follows the picture left out. Coded pixels are untouched.
 * @param padding whether zeros at the end of a scan stay, which are no pixels but padding
 */
export function withPlainHeaders(data: Buffer, structure: JpegStructure, padding: "kept" | "removed"): Buffer {
  const { frame, scans, segments } = structure;
  const parts: Buffer[] = [Buffer.from([0xff, 0xd8])];
  const left: JpegScan[] = [...scans];
  for (const { marker, start, end } of segments) {
    if (!KEPT.has(marker) && marker !== frame?.marker) continue;
    if (marker !== SOS) {
      const segment = Buffer.from(data.subarray(start, end));
      if (marker === JFIF && segment.toString("latin1", 4, 9) === "JFIF\0" && segment.length >= 11) segment[9] = 1;
      parts.push(segment);
      continue;
    }
    const scan = left.shift();
    if (scan === undefined) continue;
    const header = Buffer.from(data.subarray(start, scan.coded));
    if (frame?.marker !== PROGRESSIVE) header.set([0, 63, 0], 5 + scan.components.length * 2);
    parts.push(header, data.subarray(scan.coded, padding === "kept" ? end : withoutZeros(data, scan.coded, end)));
  }
  return Buffer.concat([...parts, Buffer.from([0xff, 0xd9])]);
}

/** The end without zeros; a zero behind 0xff belongs to it. */
function withoutZeros(data: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && data[last - 1] === 0 && data[last - 2] !== 0xff) last--;
  return last;
}
