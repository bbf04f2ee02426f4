import type { Backbone } from "../backbone/backbone";
import type { MadeDefects, MemoryBank } from "../bank/memory-bank";
import { GoldenSampleError } from "../errors";
import type { RgbImage } from "../image/rgb-image";
import { detection } from "../made-defects/detection";
import type { DefectPlan } from "../made-defects/kinds";
import type { PaintedDefect } from "../made-defects/paint";
import { defaultThreshold } from "../threshold/default-threshold";
import { type BuildTools, buildBank } from "./build-bank";
import { DefectScorer, type PaintedReference } from "./defect-scorer";

export interface FinerJob {
  bank: MemoryBank;
  finer: Backbone;
  references: readonly PaintedReference[];
  images: readonly RgbImage[];
  /** The same plan paints the same defect. */
  paint: (plan: DefectPlan) => PaintedDefect | undefined;
  signal: AbortSignal;
  /** When it has to be done, as `performance.now()` has it. */
  end: number;
}

/** With fewer than these a share says nothing. */
const LEAST = 6;

/**
 * How many of the defects that must be found a bank of the same references finds at another resolution, at its own
 * default threshold. Nothing of that bank is kept.
 * @returns undefined where the time did not suffice
 */
export async function tryFiner(
  tools: BuildTools,
  { bank, finer, references, images, paint, signal, end }: FinerJob,
  plans: readonly DefectPlan[],
): Promise<MadeDefects["finer"]> {
  const late = AbortSignal.timeout(Math.max(0, Math.floor(end - performance.now())));
  const { metadata } = bank;
  try {
    const built = await buildBank(tools, {
      name: metadata.name,
      backbone: finer,
      settings: metadata.settings,
      references: references.map(({ image, mask }, i) => ({
        file: `reference ${i + 1}`,
        open: async () => ({ image, mask }),
      })),
      accepted: [],
      onProgress: () => undefined,
      signal: AbortSignal.any([signal, late]),
      // Its learning curve is of no interest.
      curve: false,
    });
    const { threshold } = defaultThreshold(built.metadata.calibration, false);
    const scorer = new DefectScorer(
      tools,
      built,
      finer,
      references.map(({ mask }) => mask),
    );
    const scored: { score: number; clean: number }[] = [];
    for (const plan of plans) {
      if (signal.aborted || late.aborted) break;
      const painted = paint(plan);
      if (!painted) continue;
      const { reference } = plan;
      const score = await scorer.score(painted.image, reference);
      scored.push({ score, clean: await scorer.scoreClean(images[reference]!, reference) });
    }
    const { count, found } = detection(scored, threshold);
    return count < LEAST ? undefined : { resolution: finer.info.resolution, count, found };
  } catch (thrown) {
    if (late.aborted && thrown instanceof GoldenSampleError && thrown.code === "CANCELLED" && !signal.aborted)
      return undefined;
    throw thrown;
  }
}
