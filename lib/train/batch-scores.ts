import type { Backbone } from "../backbone/backbone";
import type { PatchTokens } from "../backbone/patch-tokens";
import type { Indexer } from "../bank/search";
import { mostCounted } from "../bank/worst";
import { describeRegion, type ScoreTools } from "../engine/frames/score-frame";
import type { Request } from "../engine/requests";
import type { BatchItem } from "../engine/requests/score";
import type { Stages } from "../engine/timing";
import { GoldenSampleError } from "../errors";
import { maskedHealth } from "../health/check";
import type { OpenImages } from "../image/open-images";
import type { ImageSource } from "../image/source";
import { type MaskDecision, maskingSet, maskingTest } from "../mask/foreground";
import type { GridMask } from "../mask/grid-mask";
import { lookAt, onGrid } from "../mask/look";
import { robustSpread } from "../median";
import { float32Buffer } from "../score/grid-buffer";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";
import { mutualDistances } from "../score/mutual-distances";
import { drawOverlay } from "../score/overlay";
import { findRegions } from "../score/regions";
import { sentence } from "../sentence";

/** An image of a batch whose tokens are there. */
export interface WaitingImage {
  /** Its place in the request. */
  at: number;
  source: ImageSource;
  mask: GridMask | undefined;
  tokens: PatchTokens;
  width: number;
  height: number;
  /** What its reading took. */
  stages: Stages;
}

/**
 * Scores every image by its distances to all others.
 * @returns the results by their place in the request
 * @throws {GoldenSampleError} CANCELLED, or BAD_REQUEST for a mask of another grid than its image's
 */
export async function scoreMutually(
  tools: ScoreTools & { indexer: Indexer; images: OpenImages },
  { info }: Backbone,
  images: readonly WaitingImage[],
  options: Request<"batch">,
  signal: AbortSignal,
  step: () => void,
): Promise<{ at: number; item: BatchItem }[]> {
  const masks = images.map(({ mask, tokens }) => mask && onGrid(mask, undefined, tokens));
  const counting = { counted: mostCounted(options.smallest) };
  const decide = await foregroundOf(images[0]!);
  const mutual = await mutualDistances(
    images.map(({ tokens }) => tokens),
    info.whiten,
    tools.indexer,
  );
  const scored = [];
  for (const [number, image] of images.entries()) {
    if (signal.aborted)
      throw new GoldenSampleError("CANCELLED", sentence`[batchCancelled] Comparing the batch was cancelled.`);
    const start = performance.now();
    const look = await lookAt(tools.component.project, image.tokens, info.maskThreshold, masks[number], decide);
    const found = await mutual.of(number);
    const distances = maskedDistances(found.distances, look.mask);
    scored.push({ image, look, distances, nearest: found.nearest, match: performance.now() - start });
    step();
  }
  const seen = scored.filter(({ look }) => !look.isMaskedOut);
  const level = typicalWorst((seen.length > 0 ? seen : scored).map(({ distances }) => imageScore(distances, counting)));
  const items = [];
  for (const [number, { image, look, distances, nearest, match }] of scored.entries()) {
    const { width, height, source } = image;
    const { rows, cols } = image.tokens;
    const regions = options.regions || options.overlay ? findRegions(distances, rows, cols, level) : [];
    const start = performance.now();
    const overlay =
      options.overlay &&
      (await tools.images.use(source, (opened) =>
        drawOverlay(opened.image, { distances, rows, cols, level, regions }),
      ));
    const draw = overlay ? performance.now() - start : 0;
    const item: BatchItem = {
      score: imageScore(distances, counting),
      grid: { rows, cols },
      ...(options.map && { map: { rows, cols, dtype: "float32", data: float32Buffer(distances) } }),
      ...(options.regions && {
        regions: regions.map((region) => describeRegion(region, image, distances, nearestTo(nearest[region.worst]!))),
      }),
      ...(overlay && { overlay }),
      ...(look.isMaskedOut && { health: maskedHealth(look.coverage) }),
      level,
      batch: { index: number, size: images.length },
      backbone: info.id,
      runtime: info.runtime,
      ...(info.fallback && { fallback: info.fallback }),
      image: { width, height },
      mask: { ...look.decision, coverage: look.coverage },
      timing: timed({ ...image.stages, match, draw }),
    };
    items.push({ at: image.at, item });
  }
  return items;

  async function foregroundOf({ tokens }: WaitingImage): Promise<MaskDecision> {
    if (options.foreground !== "auto") return maskingSet(options.foreground === "on");
    return maskingTest(await tools.component.project(tokens), tokens.rows, tokens.cols, info.maskThreshold);
  }

  function nearestTo(row: number): { reference: number; x: number; y: number } {
    const place = mutual.place(row);
    const other = images[place.image]!;
    const { rows, cols } = other.tokens;
    return {
      reference: other.at,
      x: Math.round((((place.patch % cols) + 0.5) / cols) * other.width),
      y: Math.round(((Math.floor(place.patch / cols) + 0.5) / rows) * other.height),
    };
  }
}

/** What the worst patches of most images stay below: the median and three deviations of the images' scores. */
function typicalWorst(scores: readonly number[]): number {
  const { middle, deviation } = robustSpread(scores);
  return middle + 3 * deviation;
}

/** An image's own work; the wait for the rest of its batch is not in it. */
function timed(stages: Stages): BatchItem["timing"] {
  return { ...stages, trip: 0, total: Object.values(stages).reduce((sum, value) => sum + value, 0) };
}
