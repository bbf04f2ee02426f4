import { sentence } from "../../sentence";
import { badImage } from "../bad-image";
import type { BmpHeader } from "./header";

/** Where rows lie in the picture that is written. */
export type RowStart = (row: number) => number;

/**
 * Unpacks RLE8 and RLE4 into one colour index a pixel. Pixels that a jump or an early end of a line leaves out have index
 * 0, as in Pillow and ImageMagick; a run longer than its row is cut there, as in both.
 * @throws {GoldenSampleError} BAD_IMAGE where pixels are missing at the end, or a jump or copied run leaves the row
 */
export function unpackRuns(data: Buffer, { width, height, bits, offset }: BmpHeader, rowStart: RowStart): Uint8Array {
  const out = new Uint8Array(width * height);
  const four = bits === 4;
  let [at, x, row] = [offset, 0, 0];
  const put = (index: number) => {
    if (x < width) out[rowStart(row) + x] = index;
    x++;
  };
  const whole = () => row >= height || (row === height - 1 && x >= width);
  while (!whole()) {
    if (at + 2 > data.length) throw cutOff();
    const [count, value] = [data[at++]!, data[at++]!];
    if (count > 0) {
      for (let i = 0; i < count && x < width; i++) put(four ? (i & 1 ? value & 15 : value >> 4) : value);
    } else if (value === 0) {
      row++;
      x = 0;
    } else if (value === 1) {
      throw cutOff();
    } else if (value === 2) {
      if (at + 2 > data.length) throw cutOff();
      x += data[at++]!;
      row += data[at++]!;
      if (x > width) throw damaged();
    } else {
      const bytes = four ? (value + 1) >> 1 : value;
      if (at + bytes > data.length) throw cutOff();
      if (x + value > width) throw damaged();
      for (let i = 0; i < value; i++) put(four ? (data[at + (i >> 1)]! >> (i & 1 ? 0 : 4)) & 15 : data[at + i]!);
      // Copied runs end at an even number of bytes.
      at += bytes + (bytes & 1);
    }
  }
  return out;
}

const cutOff = () =>
  badImage(
    sentence`[bmpRunsEnd] The BMP image is damaged or cut off (its run lengths end before its pixels do): send the whole file.`,
  );
const damaged = () =>
  badImage(sentence`[bmpRunLeaves] The BMP image is damaged (a run of pixels leaves its row): send the whole file.`);
