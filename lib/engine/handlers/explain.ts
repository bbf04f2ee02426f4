import type { ReadyBank } from "../../bank/ready-bank";
import { cropAround, shrinkToFit, toJpeg } from "../../image/encode";
import type { RgbImage } from "../../image/rgb-image";
import { gridNumbers } from "../../score/grid-buffer";
import { drawHeat } from "../../score/heat-layer";
import type { BankLocation, ExplainResponses, Explanation, Region, Request } from "../api";
import { scoreFrame } from "../frames/score-frame";
import type { EngineContext, Handlers, Handling } from "../handling";
import { asBuilt } from "../loaded/as-built";
import { mustMatch, storeOf } from "../loaded/banks";

/** Pictures for a sidebar or a screen by the line. */
const PICTURE = 1280;
/** Of a patch: its surroundings tell where it is. Times the region's longer side, and at least this share of the frame. */
const AROUND = 1.6;
const LEAST = 0.12;
const PATCH = 240;

/** Frames for people to look at. Nobody's part waits for it, but frames that do are not held up: it takes its turn. */
export function explainHandlers({ tools, backbones, banks, images }: EngineContext): Handlers<keyof ExplainResponses> {
  return {
    async explain(request: Request<"explain">, { onProgress, signal }: Handling): Promise<Explanation> {
      const asked = await backbones.get(request.backbone, onProgress);
      const ready = await banks.open(request.bank);
      const { metadata } = ready.bank;
      const backbone = asBuilt(asked, request.backbone.fit, metadata);
      mustMatch(metadata, backbone.info);
      const frame = await tools.frames.read(request.image, backbone, { signal });
      const wishes = { mask: request.mask, map: true, regions: true, overlay: false, health: false };
      const { score, map, level, regions = [] } = await scoreFrame(tools, frame, backbone, ready, wishes, { signal });
      const { width, height } = frame;
      const image = await frame.image();
      const grid = { rows: map!.rows, cols: map!.cols, distances: Float32Array.from(gridNumbers(map!).flat()), level };
      const worst = regions[0] && (await besideGolden(image, regions[0], ready, request.bank));
      return {
        score,
        picture: await toJpeg(await shrinkToFit(image, PICTURE)),
        heat: await drawHeat({ ...grid, width, height }),
        image: { width, height },
        regions,
        ...(worst && { worst }),
      };
    },

    async picture({ image, edge }: Request<"picture">, { signal }: Handling) {
      const shrunk = await images.use(image, async (opened) => shrinkToFit(opened.image, edge), { signal });
      return { picture: await toJpeg(shrunk) };
    },
  };

  async function besideGolden(
    image: RgbImage,
    region: Region,
    { bank }: ReadyBank,
    location: BankLocation,
  ): Promise<NonNullable<Explanation["worst"]>> {
    const side = Math.max(AROUND * Math.max(region.width, region.height), LEAST * Math.max(image.width, image.height));
    const patch = await jpegAround(image, region, Math.round(side));
    const { nearest } = region;
    if (!nearest) return { patch };
    const reference = await referencePicture(bank, nearest.reference, location);
    if (!reference) return { patch, reference: nearest.reference + 1 };
    // The place is told in the frame's pixels.
    const scale = reference.width / image.width;
    const place = { x: nearest.x * scale, y: (nearest.y * reference.height) / image.height, width: 0, height: 0 };
    const golden = await jpegAround(reference, place, Math.round(side * scale));
    return { patch, golden, reference: nearest.reference + 1 };
  }

  async function jpegAround(
    image: RgbImage,
    place: { x: number; y: number; width: number; height: number },
    side: number,
  ) {
    const cut = await cropAround(image, place, Math.max(8, side));
    return toJpeg(await shrinkToFit(cut, PATCH));
  }

  /** The kept file, or what the bank itself remembers of it. */
  async function referencePicture(bank: ReadyBank["bank"], index: number, location: BankLocation) {
    const source = bank.metadata.sources?.[index];
    if (source && "directory" in location) {
      const { references } = storeOf(location);
      const file = await references.find(source.sha256);
      const data = file === undefined ? undefined : await references.read(file).catch(() => undefined);
      if (data) return images.use({ kind: "encoded", data: data.image }, async (opened) => opened.image);
    }
    return bank.thumbnails[index];
  }
}
