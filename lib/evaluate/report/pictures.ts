import { findRegions } from "../../score/regions";
import { type Evaluation, isDefective, type ScoredImage } from "../evaluation";
import type { GroundTruth } from "../figures/ground-truth";
import type { TruthReader } from "../truth-reader";

/** Pixels of a picture's longer edge: enough to see the defect, small enough to send the report by mail. */
const EDGE = 440;
/** Told apart from the map's yellow and red, and from most parts. */
const OUTLINE = [0, 229, 255] as const;

/** An image that the scores got wrong, or nearly. */
export interface Case {
  image: ScoredImage;
  /** JPEG with the anomaly map and the mask's outline. */
  picture: Buffer;
}

export interface WorstCases {
  /** Defective images of the lowest scores. */
  misses: Case[];
  /** Good images of the highest scores. */
  alarms: Case[];
}

/** @param count of each kind, at most */
export async function worstCases(draw: Evaluation, count: number, truths: TruthReader): Promise<WorstCases> {
  const sorted = [...draw.images].sort((a, b) => a.score - b.score);
  const defects = sorted.filter(isDefective).slice(0, count);
  const good = sorted
    .filter((image) => !isDefective(image))
    .reverse()
    .slice(0, count);
  const drawn = (images: ScoredImage[]) =>
    Promise.all(
      images.map(async (image) => ({ image, picture: await picture(image, draw, (await truths.read(image)).truth) })),
    );
  return { misses: await drawn(defects), alarms: await drawn(good) };
}

async function picture(image: ScoredImage, draw: Evaluation, truth: GroundTruth | undefined): Promise<Buffer> {
  // Loaded here for the same reason as in `TruthReader`.
  const [{ decodeImage }, { shrinkToFit }, { drawOverlay }] = await Promise.all([
    import("../../image/decode.js"),
    import("../../image/encode.js"),
    import("../../score/overlay.js"),
  ]);
  const { width, height, data } = await shrinkToFit(await decodeImage({ kind: "path", path: image.path }), EDGE);
  const pixels = data.slice();
  if (truth) paintOutline(pixels, width, height, truth);
  const { distances, rows, cols } = image;
  // Without defects there is no best F1: marked is then what is worse than any reference, as the score node does.
  const level = draw.f1Threshold ?? (draw.calibration.length > 0 ? Math.max(...draw.calibration) : Infinity);
  return drawOverlay(
    { width, height, data: pixels },
    { distances, rows, cols, level, regions: findRegions(distances, rows, cols, level) },
  );
}

/** Marks where the mask ends, in the small picture. */
function paintOutline(pixels: Uint8Array, width: number, height: number, truth: GroundTruth): void {
  const inside = new Uint8Array(width * height);
  for (const pixel of truth.pixels) {
    const x = Math.floor(((pixel % truth.width) / truth.width) * width);
    const y = Math.floor((Math.floor(pixel / truth.width) / truth.height) * height);
    inside[y * width + x] = 1;
  }
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (inside[at] === 1) continue;
      const touches =
        (x > 0 && inside[at - 1]) ||
        (x + 1 < width && inside[at + 1]) ||
        (y > 0 && inside[at - width]) ||
        (y + 1 < height && inside[at + width]);
      if (touches) pixels.set(OUTLINE, 3 * at);
    }
  }
}
