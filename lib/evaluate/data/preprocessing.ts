/** The paper's ways to prepare an object; see `preprocessing`. */
export const PREPROCESSINGS = ["agnostic", "informed", "masking-only"] as const;
export type Preprocessing = (typeof PREPROCESSINGS)[number];

/** What the masking test and knowledge of the object decide. */
export interface Prepared {
  rotate: boolean;
  mask: "auto" | "on" | "off";
}

/** The outcomes of the paper's masking test by object (table 8), and the objects that do not always lie the same way. */
const MVTEC = {
  objects: new Set(
    "bottle cable capsule carpet grid hazelnut leather metal_nut pill screw tile toothbrush transistor wood zipper".split(
      " ",
    ),
  ),
  masked: new Set(["capsule", "hazelnut", "pill", "screw", "toothbrush"]),
  rotated: new Set(["hazelnut", "screw"]),
};
const VISA = new Set(
  "candle capsules cashew chewinggum fryum macaroni1 macaroni2 pcb1 pcb2 pcb3 pcb4 pipe_fryum".split(" "),
);

/**
 * How an object is prepared (AnomalyDINO, section 3.2 and appendix C.1). `agnostic`: every bank is enriched by
 * rotations, nothing is assumed about the object. `informed`: only banks of objects that lie in any orientation.
 * `masking-only`: no bank. In all three the masking test decides whether the background is masked; for the objects of
 * MVTec AD and VisA, known by their folders' names, with the outcome that the authors had, for others by our own test.
 */
export function preprocessing(name: Preprocessing, object: string): Prepared {
  const mask = MVTEC.objects.has(object) ? (MVTEC.masked.has(object) ? "on" : "off") : VISA.has(object) ? "on" : "auto";
  return { rotate: name === "agnostic" || (name === "informed" && MVTEC.rotated.has(object)), mask };
}
