import { z } from "zod";
import { patchGrid } from "../../backbone/preprocess";
import { smallestDefect } from "../../bank/bank-settings";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { lookingFor } from "../loaded/bank-backbone";
import { storeOf } from "../loaded/banks";
import { request } from "./request";
import { backboneSpec, storedBank } from "./schemas";

export interface FrameCost {
  /** Pixels of the frames, by the first reference. */
  width: number;
  height: number;
  /** That a frame comes to. */
  patches: number;
  /** Of a frame on this machine as it is now: preparing it and the backbone's run. */
  milliseconds: number;
  /** Of its search in a bank built likewise; absent where none is built yet. */
  search?: number;
}

/** What it costs to look at a bank's frames so finely that defects of so many of their pixels are found: tried on a reference. */
export const frameCost = request({
  schema: z.object({ bank: storedBank, backbone: backboneSpec, smallest: smallestDefect.optional() }),
  async answer({ bank, backbone: spec, smallest }, { tools, backbones, banks, images }): Promise<FrameCost> {
    const { references } = storeOf(bank);
    const [first] = await references.list();
    if (first === undefined) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[noReferenceToTry] The bank "${{ bank: bank.name }}" keeps no reference to try it on: add references first.`,
      );
    }
    const asked = await backbones.get(spec);
    const { image: data } = await references.read(first);
    const image = await images.use({ kind: "encoded", data }, async (opened) => opened.image);
    const backbone = lookingFor(asked, smallest);
    // The first run allocates.
    await tools.frames.tokens(image, backbone);
    const start = performance.now();
    const tokens = await tools.frames.tokens(image, backbone);
    const milliseconds = performance.now() - start;
    const { width, height } = image;
    const patches = tokens.rows * tokens.cols;
    return { width, height, patches, milliseconds, ...(await searchOf()) };

    /** Of the bank that there is; built as finely as this, it has more rows in the same proportion. */
    async function searchOf(): Promise<Pick<FrameCost, "search">> {
      const ready = await banks.open(bank).catch(() => undefined);
      if (!ready || ready.bank.metadata.backbone.sha256 !== asked.info.sha256) return {};
      const { resolution } = asked.info;
      const built = lookingFor(asked, ready.bank.metadata.settings.smallest).info;
      const { rows, cols } = patchGrid(image, resolution, built);
      const started = performance.now();
      await ready.match(tokens);
      return { search: ((performance.now() - started) * patches) / (rows * cols) };
    }
  },
});
