import type { Backbone } from "../../backbone/backbone";
import { type Fit, fitOf } from "../../backbone/fit";
import type { BankMetadata } from "../../bank/memory-bank";
import type { Box } from "../../image/crop";

/** How a bank's frames are brought to whole patches. Banks from before that could be chosen were built cropped. */
export function builtFit({ backbone }: Pick<BankMetadata, "backbone">): Fit {
  return backbone.fit ?? "crop";
}

/**
 * The backbone as a bank looks at frames: those of a bank with a smallest defect as finely as that needs, and where the
 * request leaves it open how frames come to whole patches, old banks keep the look that they were built with.
 * @param wanted what the request says; what it says stays
 * @param metadata absent: there is no bank yet
 */
export function asBuilt(backbone: Backbone, wanted: Fit | undefined, metadata: BankMetadata | undefined): Backbone {
  if (!metadata) return backbone;
  const { info } = backbone;
  const fit = wanted ?? builtFit(metadata);
  return lookingFor(
    { ...backbone, info: { ...info, fit: fitOf(info.size, fit) } },
    metadata.settings.smallest,
    metadata.crop,
  );
}

/**
 * The backbone, its frames looked at so finely that defects of so many of their pixels are found.
 * @param crop the part of the frames that is looked at; absent: all of them
 */
export function lookingFor(backbone: Backbone, smallest: number | undefined, crop?: Box): Backbone {
  return { ...backbone, info: { ...backbone.info, smallest, crop } };
}
