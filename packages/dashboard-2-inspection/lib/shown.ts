/** What goes over the dashboard's socket: numbers and words, never a picture. */

export type Verdict = "ok" | "anomaly" | "unlike";
/** What somebody at the line says of a part. */
export const WORDS = ["good", "defect", "handled"] as const;
export type Word = (typeof WORDS)[number];

export interface ShownPart {
  number: number;
  /** When it was judged, in milliseconds of the server's clock. */
  time: number;
  verdict: Verdict;
  score: number;
  threshold: number;
  /** Why a picture is unlike the references. */
  cause?: string;
  /** What was said of it. */
  said?: Word;
  /** Which of its pictures can be asked for; none of a part whose pictures have been let go. */
  kinds: PictureKind[];
}

export type PictureKind = "picture" | "overlay";

export interface ShownShift {
  /** Where pictures are: `<pictures>/<number>/<kind>`. */
  pictures: string;
  counts: Record<Verdict | "failed", number>;
  /** When it began. */
  since: number;
  last?: ShownPart;
  /** Oldest first. */
  rejects: ShownPart[];
  /** What went wrong after the last part. */
  failed?: string;
  /** Why the last button did nothing. */
  refused?: string;
}

/** A button that was pressed, as it comes from a dashboard. */
export interface Press {
  number: number;
  word: Word;
}

/** @returns nothing where it is none */
export function readPress(value: unknown): Press | undefined {
  const { number, word } = (typeof value === "object" && value !== null ? value : {}) as Partial<Press>;
  return typeof number === "number" && WORDS.some((known) => known === word) ? { number, word: word! } : undefined;
}
