/** The backbones in the box, which need no file from elsewhere; the first is the default. */
export const BUILT_INS = ["lite", "texture"] as const;
export type BuiltInName = (typeof BUILT_INS)[number];

/** The backbone of whoever chooses none, and the one that stands in for a model that cannot be had. */
export const BUILT_IN: BuiltInName = "lite";

/** Pixels of the shorter edge that the built-in backbones were chosen and measured with. */
export const BUILT_IN_RESOLUTION = 320;

export function isBuiltIn(model: string): model is BuiltInName {
  return BUILT_INS.some((name) => name === model);
}
