import type { Backbone } from "../backbone/backbone";
import type { MemoryBank } from "../bank/memory-bank";
import { makeReady, type ReadyBank, withoutReferences } from "../bank/ready-bank";
import { lookAt } from "../engine/frames/look";
import type { RgbImage } from "../image/rgb-image";
import type { GridMask } from "../mask/grid-mask";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";
import type { BuildTools } from "./build-bank";
import { keptMask } from "./kept-mask";

/** Scores pictures of a bank's references, as they are or with a defect, against the bank without that reference. */
export class DefectScorer {
  private readonly ready = new Map<number, Promise<ReadyBank>>();
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
    const { ready, without } = await this.readyWithout(reference);
    // As a frame would be masked: a defect that the mask hides is not found.
    const own = this.masks[reference];
    const given = own && keptMask(own, image, backbone.info, tokens.rows, tokens.cols);
    const { mask } = await lookAt(
      tools.component.project,
      tokens,
      backbone.info.maskThreshold,
      given,
      bank.metadata.mask,
    );
    const { distances } = await ready.match(tokens, { look: mask?.data, without });
    return imageScore(maskedDistances(distances, mask), bank.metadata);
  }

  /** What a reference scores without a defect; computed once. */
  scoreClean(image: RgbImage, reference: number): Promise<number> {
    const score = this.clean.get(reference) ?? this.score(image, reference);
    this.clean.set(reference, score);
    return score;
  }

  /** Whitening is fitted without the reference, too, as the calibration has it; else one index serves all. */
  private async readyWithout(reference: number): Promise<{ ready: ReadyBank; without: number | undefined }> {
    const { bank } = this;
    const isRefitted = bank.whitening !== undefined && !bank.metadata.place?.window;
    const key = isRefitted ? reference : -1;
    const made = this.ready.get(key) ?? this.make(isRefitted ? reference : undefined);
    this.ready.set(key, made);
    return { ready: await made, without: isRefitted ? undefined : reference };
  }

  private async make(reference: number | undefined): Promise<ReadyBank> {
    const { bank, tools } = this;
    const rest = reference === undefined ? bank : withoutReferences(bank, reference, reference);
    return makeReady(rest, tools.matcher);
  }
}
