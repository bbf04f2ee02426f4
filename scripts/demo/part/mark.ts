import type { Point } from "./shapes";

/** Strokes of a few letters on a 4 x 6 grid: the engraved mark needs no font of the machine it is drawn on. */
const STROKES: Readonly<Record<string, readonly (readonly [number, number][])[]>> = {
  G: [
    [
      [4, 1],
      [3, 0],
      [1, 0],
      [0, 1],
      [0, 5],
      [1, 6],
      [3, 6],
      [4, 5],
      [4, 3],
      [2, 3],
    ],
  ],
  S: [
    [
      [4, 1],
      [3, 0],
      [1, 0],
      [0, 1],
      [0, 2],
      [1, 3],
      [3, 3],
      [4, 4],
      [4, 5],
      [3, 6],
      [1, 6],
      [0, 5],
    ],
  ],
  "-": [
    [
      [0.5, 3],
      [3.5, 3],
    ],
  ],
  "4": [
    [
      [3, 6],
      [3, 0],
      [0, 4],
      [4, 4],
    ],
  ],
  "1": [
    [
      [1, 1],
      [2, 0],
      [2, 6],
    ],
    [
      [1, 6],
      [3, 6],
    ],
  ],
  "7": [
    [
      [0, 0],
      [4, 0],
      [1.5, 6],
    ],
  ],
};

/** One straight stroke of an engraved mark. */
export interface Stroke {
  readonly from: Point;
  readonly to: Point;
}

/** The strokes of a text, top left corner at (`left`, `top`), each letter `height` units tall. */
export function engrave(text: string, left: number, top: number, height: number): Stroke[] {
  const unit = height / 6;
  const strokes: Stroke[] = [];
  [...text].forEach((letter, index) => {
    const at = ([column, row]: readonly [number, number]): Point => ({
      x: left + (index * 5.6 + column) * unit,
      y: top + row * unit,
    });
    for (const line of STROKES[letter] ?? []) {
      for (let i = 0; i + 1 < line.length; i++) strokes.push({ from: at(line[i]!), to: at(line[i + 1]!) });
    }
  });
  return strokes;
}
