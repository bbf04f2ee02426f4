import { z } from "zod";
import type { ReadyBank } from "../../bank/ready-bank";
import { cropAround, shrinkToFit, toJpeg } from "../../image/encode";
import type { OpenImages } from "../../image/open-images";
import type { RgbImage } from "../../image/rgb-image";
import { gridNumbers } from "../../score/grid-buffer";
import { drawHeat } from "../../score/heat-layer";
import { type Region, scoreFrame } from "../frames/score-frame";
import { asBuilt, mustMatch } from "../loaded/bank-backbone";
import { storeOf } from "../loaded/banks";
import { request } from "./request";
import { type BankLocation, backboneSpec, bankLocation, gridMask, imageSource } from "./schemas";

/** Pictures for a sidebar or a screen by the line. */
const PICTURE = 1280;
/** Of a patch: its surroundings tell where it is. Times the region's longer side, and at least this share of the frame. */
const AROUND = 1.6;
const LEAST = 0.12;
const PATCH = 240;

export interface Explanation {
  score: number;
  /** JPEG of the upright frame. */
  picture: Buffer;
  /** PNG of the same proportions, transparent where nothing is suspicious, to be laid over it. */
  heat: Buffer;
  /** Pixels of the upright frame, in which the regions are. */
  image: { width: number; height: number };
  /** Worst first. */
  regions: Region[];
  /** The worst region, and where the reference that it is nearest to shows the same; absent where nothing is suspicious. */
  worst?: {
    /** JPEG. */
    patch: Buffer;
    /** JPEG of the reference, absent where it is not kept any more. */
    golden?: Buffer;
    /** The reference's number, from 1. */
    reference?: number;
  };
}

/** Frames for people to look at. Nobody's part waits for it, but frames that do are not held up: it takes its turn. */
export const explainRequests = {
  /** A frame's verdict for people to look at, beside what it was compared with. */
  explain: request({
    schema: z.object({
      image: imageSource,
      backbone: backboneSpec,
      bank: bankLocation,
      mask: gridMask.optional(),
    }),
    async answer(wanted, { tools, backbones, banks, images }, { onProgress, signal }): Promise<Explanation> {
      const asked = await backbones.get(wanted.backbone, onProgress);
      const ready = await banks.open(wanted.bank);
      const { metadata } = ready.bank;
      const backbone = asBuilt(asked, wanted.backbone.fit, metadata);
      mustMatch(metadata, backbone.info);
      const frame = await tools.frames.read(wanted.image, backbone, { signal });
      const options = { mask: wanted.mask, map: true, regions: true, overlay: false, health: false };
      const { score, map, level, regions = [] } = await scoreFrame(tools, frame, backbone, ready, options, { signal });
      const { width, height } = frame;
      const image = await frame.image();
      const grid = { rows: map!.rows, cols: map!.cols, distances: Float32Array.from(gridNumbers(map!).flat()), level };
      const worst = regions[0] && (await besideGolden(images, image, regions[0], ready, wanted.bank));
      return {
        score,
        picture: await toJpeg(await shrinkToFit(image, PICTURE)),
        heat: await drawHeat({ ...grid, width, height }),
        image: { width, height },
        regions,
        ...(worst && { worst }),
      };
    },
  }),

  /** A frame as a small JPEG. */
  picture: request({
    schema: z.object({
      image: imageSource,
      /** Its longer edge at most, px; never enlarged. */
      edge: z.int().min(16).max(4096),
    }),
    async answer({ image, edge }, { images }, { signal }): Promise<{ picture: Buffer }> {
      const shrunk = await images.use(image, async (opened) => shrinkToFit(opened.image, edge), { signal });
      return { picture: await toJpeg(shrunk) };
    },
  }),
};

async function besideGolden(
  images: OpenImages,
  image: RgbImage,
  region: Region,
  { bank }: ReadyBank,
  location: BankLocation,
): Promise<NonNullable<Explanation["worst"]>> {
  const side = Math.max(AROUND * Math.max(region.width, region.height), LEAST * Math.max(image.width, image.height));
  const patch = await jpegAround(image, region, Math.round(side));
  const { nearest } = region;
  if (!nearest) return { patch };
  const reference = await referencePicture(images, bank, nearest.reference, location);
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
async function referencePicture(images: OpenImages, bank: ReadyBank["bank"], index: number, location: BankLocation) {
  const source = bank.metadata.sources?.[index];
  if (source && "directory" in location) {
    const { references } = storeOf(location);
    const file = await references.find(source.sha256);
    const data = file === undefined ? undefined : await references.read(file).catch(() => undefined);
    if (data) return images.use({ kind: "encoded", data: data.image }, async (opened) => opened.image);
  }
  return bank.thumbnails[index];
}
