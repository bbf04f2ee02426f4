import type { Inspection, Totals } from "./totals";

const COLUMNS = [
  { title: "score", width: 7 },
  { title: "threshold", width: 9 },
  { title: "verdict", width: 8 },
  { title: "truth", width: 14 },
  { title: "coil", width: 4 },
  { title: "ms", width: 6 },
] as const;
const RESET = "\x1b[0m";
const RED = "\x1b[31m";
const GREEN = "\x1b[32m";
const YELLOW = "\x1b[33m";
const BOLD = "\x1b[1m";

/** The demo's report on a terminal, or as plain text where no colour is wanted. */
export class Table {
  readonly #imageWidth: number;
  readonly #colour: boolean;

  /** @param images names of all frames to come: the first column is as wide as the longest */
  constructor(images: readonly string[], colour: boolean) {
    this.#imageWidth = Math.max(5, ...images.map((name) => name.length));
    this.#colour = colour;
  }

  header(): string {
    const titles = COLUMNS.map((column) => align(column.title, column.width)).join("  ");
    const line = `${"image".padEnd(this.#imageWidth)}  ${titles}`;
    return `${this.#paint(BOLD, line)}\n${"-".repeat(line.length)}`;
  }

  row(one: Inspection): string {
    const right = one.anomaly === (one.truth !== "good");
    const cells = [
      one.score.toFixed(4),
      one.threshold.toFixed(4),
      one.anomaly ? "anomaly" : "ok",
      one.truth,
      one.coil ? "ON" : "off",
      one.milliseconds.toFixed(0),
    ].map((cell, i) => align(cell, COLUMNS[i]!.width));
    cells[2] = this.#paint(right ? (one.anomaly ? RED : GREEN) : YELLOW, cells[2]!);
    return `${one.image.padEnd(this.#imageWidth)}  ${cells.join("  ")}`;
  }

  failure(image: string, message: string): string {
    return `${image.padEnd(this.#imageWidth)}  ${this.#paint(YELLOW, message)}`;
  }

  totals(totals: Totals): string {
    const auroc = totals.auroc === undefined ? "not defined (only one kind of truth)" : totals.auroc.toFixed(3);
    return [
      "",
      this.#paint(BOLD, `${totals.frames} frames: ${totals.good} good, ${totals.defective} defective`),
      `true rejects   ${totals.trueRejects} of ${totals.defective}`,
      `false rejects  ${totals.falseRejects} of ${totals.good}`,
      `misses         ${totals.misses} of ${totals.defective}`,
      `wrong coils    ${totals.wrongCoils}`,
      `AUROC          ${auroc}`,
      `median time    ${totals.medianMilliseconds.toFixed(0)} ms from camera to coil`,
    ].join("\n");
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `${code}${text}${RESET}` : text;
  }
}

/** Numbers to the right, words to the left. */
function align(text: string, width: number): string {
  return /^[\d.]+$|^(score|threshold|ms)$/.test(text) ? text.padStart(width) : text.padEnd(width);
}
