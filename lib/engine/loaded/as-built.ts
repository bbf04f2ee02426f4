import type { Backbone } from "../../backbone/backbone";
import { type Fit, fitOf } from "../../backbone/fit";
import type { BankMetadata } from "../../bank/memory-bank";

/** How a bank's frames are brought to whole patches. Banks from before that could be chosen were built cropped. */
export function builtFit({ backbone }: Pick<BankMetadata, "backbone">): Fit {
  return backbone.fit ?? "crop";
}

/**
 * The backbone as a bank has it where the request leaves that open: old banks keep the look that they were built with.
 * @param wanted what the request says; what it says stays
 * @param metadata absent: there is no bank yet
 */
export function asBuilt(backbone: Backbone, wanted: Fit | undefined, metadata: BankMetadata | undefined): Backbone {
  if (wanted !== undefined || !metadata) return backbone;
  const { info } = backbone;
  return { ...backbone, info: { ...info, fit: fitOf(info.size, builtFit(metadata)) } };
}
