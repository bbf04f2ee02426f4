import type { ImageSource, MaskMessage } from "../../lib";

export type Verdict = "ok" | "anomaly" | "unlike";
export type Label = "good" | "defect";

/** An inspected part, as long as it is kept. */
export interface Part {
  /** Counted from 1 for each threshold node. */
  number: number;
  /** Milliseconds since 1970. */
  time: number;
  score: number;
  threshold: number;
  verdict: Verdict;
  /** Whether it, or a region of it, was over the threshold, whatever the frames before it were. */
  over: boolean;
  /** Why it is unlike the references. */
  cause?: string | undefined;
  /** The bank node, and another bank's name where the message asked for one. */
  bank: { node: string; name: string | undefined } | undefined;
  /** What its score says of its bank: by then the line may inspect with another one. */
  scoredBy: { name?: unknown; version?: unknown; calibration?: unknown } | undefined;
  mask: MaskMessage | undefined;
  /** Let go where there is no room for it any more. */
  image: ImageSource | undefined;
  label?: Label | undefined;
  /** Whether somebody has seen to it, where it was unlike. */
  handled?: boolean | undefined;
}

export function bytesOf(image: ImageSource | undefined): number {
  return image === undefined || image.kind === "path" ? 0 : image.data.byteLength;
}
