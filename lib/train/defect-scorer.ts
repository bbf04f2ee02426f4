import type { Backbone } from "../backbone/backbone";
import { type LeaveOneOutBank, type MatchWithout, makeLeaveOneOut } from "../bank/leave-one-out";
import type { MemoryBank } from "../bank/memory-bank";
import type { RgbImage } from "../image/rgb-image";
import type { ImageSource } from "../image/source";
import type { GridMask } from "../mask/grid-mask";
import { lookAt } from "../mask/look";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";
import { relativeDistances } from "../score/typical-distance";
import type { BuildTools } from "./build-bank";
import { storedMask } from "./stored-mask";

/** A reference as the bank was built from it. */
export interface PaintedReference {
  image: ImageSource;
  /** What the flow said is to be looked at, where it did. */
  mask: GridMask | undefined;
}

/** Scores pictures of a bank's references, as they are or with a defect, against the bank without that reference. */
export class DefectScorer {
  private whole: Promise<LeaveOneOutBank> | undefined;
  private readonly others = new Map<number, Promise<MatchWithout>>();
  private readonly clean = new Map<number, Promise<number>>();

  /**
   * @param bank with its features
   * @param masks what the flow said is to be looked at of each reference, where it did
   */
  constructor(
    private readonly tools: BuildTools,
    private readonly bank: MemoryBank,
    private readonly backbone: Backbone,
    private readonly masks: readonly (GridMask | undefined)[],
  ) {}

  /** @param reference from 0: whose picture it is */
  async score(image: RgbImage, reference: number): Promise<number> {
    const { tools, bank, backbone } = this;
    const tokens = await tools.frames.tokens(image, backbone);
    const match = await this.without(reference);
    // As a frame would be masked: a defect that the mask hides is not found.
    const own = this.masks[reference];
    const given = own && storedMask(own, image, backbone.info, tokens.rows, tokens.cols);
    const { mask } = await lookAt(
      tools.component.project,
      tokens,
      backbone.info.maskThreshold,
      given,
      bank.metadata.mask,
    );
    const { distances } = await match(tokens, mask?.data);
    const scored = relativeDistances(
      { distances: maskedDistances(distances, mask), mask, cols: tokens.cols },
      bank.metadata.typical,
    );
    return imageScore(scored, bank.metadata);
  }

  /** What a reference scores without a defect; computed once. */
  scoreClean(image: RgbImage, reference: number): Promise<number> {
    const score = this.clean.get(reference) ?? this.score(image, reference);
    this.clean.set(reference, score);
    return score;
  }

  /** Of each reference once: leaving it out may mean fitting the whitening anew. */
  private async without(reference: number): Promise<MatchWithout> {
    this.whole ??= makeLeaveOneOut(this.bank, this.tools.indexer);
    const whole = await this.whole;
    const made = this.others.get(reference) ?? whole.without(reference);
    this.others.set(reference, made);
    return made;
  }
}
