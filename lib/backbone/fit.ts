import type { InputSize } from "./description";

/**
 * How a picture is brought to whole patches: all of it, its sides' ratio changed by half a patch at most; or what is over
 * at the right and the bottom cropped, as AnomalyDINO's authors do, so that it is not looked at.
 */
export const FITS = ["all", "crop"] as const;
export type Fit = (typeof FITS)[number];

/** What is done for the fit that is wanted, if any: to a fixed size whole images are resized, whatever was asked for. */
export function fitOf(size: InputSize, wanted: Fit | undefined): Fit {
  return size.kind === "fixed" ? "all" : (wanted ?? "all");
}
