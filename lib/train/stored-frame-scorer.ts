import type { Backbone } from "../backbone/backbone";
import type { ReadyBank } from "../bank/ready-bank";
import type { StoredFrame } from "../bank/store/stored-frames";
import { matchTokens } from "../engine/frames/score-frame";
import { cropImage } from "../image/crop";
import { imageScore } from "../score/image-score";
import { storedMask } from "./stored-mask";
import type { Training } from "./training";

/**
 * A kept frame through the backbone, once.
 * @returns its image score under any bank of that backbone
 */
export async function storedFrameScorer(
  { tools }: Pick<Training, "tools">,
  { image, mask }: StoredFrame,
  backbone: Backbone,
): Promise<(bank: ReadyBank) => Promise<number>> {
  const { crop } = backbone.info;
  return tools.images.use({ kind: "encoded", data: image }, async (opened) => {
    const pixels = cropImage(opened.image, crop);
    const tokens = await tools.frames.tokens(pixels, backbone);
    const look = mask && storedMask(mask, pixels, backbone.info, tokens.rows, tokens.cols);
    const frame = { tokens, image: async () => cropImage(await opened.again(), crop) };
    return async (bank) => {
      const { distances } = await matchTokens(tools, frame, backbone.info, bank, { message: look });
      return imageScore(distances, bank.bank.metadata);
    };
  });
}
