import type { Placement } from "../../bank/placement";
import { measurePicture, type PictureMeasures } from "../../health/picture";
import type { RgbImage } from "../../image/rgb-image";
import type { Shift } from "../../image/shift";

interface Facts {
  /** Against the references, where the bank asks for it. */
  shift?: Shift | undefined;
  /** Where they are wanted. */
  measures?: PictureMeasures | undefined;
}

/**
 * What a score needs of a frame's pixels alone. It takes as long as the half of a small backbone's run, and is found out
 * while that lasts, where there is one.
 */
export class PictureFacts {
  private facts: Facts | undefined;

  /** @param placement of a bank of parts that always lie the same way @param isMeasured for the frame's health */
  constructor(
    private readonly placement: Placement | undefined,
    private readonly isMeasured: boolean,
  ) {}

  /** To be called as soon as there is time for it; a second call costs nothing. */
  look(image: RgbImage): Facts {
    this.facts ??= {
      shift: this.placement?.shiftOf(image),
      measures: this.isMeasured ? measurePicture(image) : undefined,
    };
    return this.facts;
  }

  /** @param image what is looked at of the frame; asked for where nobody has looked yet, and something is wanted */
  async of(image: () => Promise<RgbImage>): Promise<Facts> {
    if (this.facts || !(this.placement || this.isMeasured)) return this.facts ?? {};
    return this.look(await image());
  }
}
