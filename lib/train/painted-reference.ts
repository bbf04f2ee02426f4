import type { ImageSource } from "../image/source";
import type { GridMask } from "../mask/grid-mask";

/** A reference as the bank was built from it. */
export interface PaintedReference {
  image: ImageSource;
  /** What the flow said is to be looked at, where it did. */
  mask: GridMask | undefined;
}
