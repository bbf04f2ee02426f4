import type { Backbone } from "../backbone/backbone";
import type { BankMetadata, HealthRows, UncalibratedBank } from "../bank/memory-bank";
import { makeReady } from "../bank/ready-bank";
import type { Indexer } from "../bank/search";
import type { FrameReader } from "../engine/frames/frame";
import { learnHealth } from "../health/learn";
import { type FrameMeasures, measureFrame } from "../health/measure-frame";
import { measurePicture } from "../health/picture";
import { alter } from "../image/augment";
import type { RgbImage } from "../image/rgb-image";
import { lookAt } from "../mask/look";
import type { PrincipalComponent } from "../mask/principal-component";
import { seededRandom } from "../random";
import { imageScore } from "../score/image-score";
import { lookedAt, maskedDistances } from "../score/masked-distances";
import { COPIES, drawAlteration } from "../threshold/altered-copies";
import { type InspectedReference, type LeaveOneOut, type LeftOut, scoreLeftOut } from "../threshold/leave-one-out";
import { patchLevel, shareOver } from "../threshold/patch-level";

export interface CalibrationTools {
  frames: FrameReader;
  indexer: Indexer;
  component: PrincipalComponent;
}

/** A reference as it would be inspected, and what it is like as a whole. */
export interface MeasuredReference extends InspectedReference {
  measures: FrameMeasures;
}

export interface CalibrationJob {
  bank: UncalibratedBank;
  backbone: Backbone;
  inspected: readonly MeasuredReference[];
  /** The picture of a single reference, which its copies are made of. */
  single: RgbImage | undefined;
  /** Called before each step; ends the build by throwing. */
  step: () => void;
  /** Every reference as the others see it, where that is known already. */
  others: LeaveOneOut | undefined;
}

export interface BankCalibration {
  metadata: Pick<BankMetadata, "calibration" | "calibratedBy" | "typical" | "patchLevel" | "health">;
  health: HealthRows;
  /** Every reference as the others see it; none where there is only one. */
  left: readonly LeftOut[];
}

/** Steps that `calibrateBank` takes. */
export const calibrationSteps = (references: number) => (references > 1 ? references : COPIES);

/** What good parts score and look like, as it was learnt from them. */
interface Learnt extends LeaveOneOut {
  scores: number[];
  /** Of the looked-at patches. */
  distances: Float32Array[];
  /** Of the references; after a single one of its copies. */
  measures: FrameMeasures[];
}

/**
 * Learns what good parts score and look like: from each reference against the others, or, where there is only one, from
 * altered copies of it, which is weak and marked so.
 */
export async function calibrateBank(tools: CalibrationTools, job: CalibrationJob): Promise<BankCalibration> {
  const { single } = job;
  const learnt = single ? await fromCopies(tools, job, single) : await fromOthers(tools, job);
  const patches = patchLevel(learnt.distances, learnt.scores);
  const unusual = learnt.distances.map((each) => shareOver(each, patches?.level ?? Number.POSITIVE_INFINITY));
  const { health, rows } = learnHealth(learnt.measures, unusual, single !== undefined);
  return {
    metadata: {
      calibration: learnt.scores,
      ...(single && { calibratedBy: "copies" }),
      ...(learnt.typical && { typical: learnt.typical }),
      ...(patches && { patchLevel: patches }),
      health,
    },
    health: rows,
    left: learnt.left,
  };
}

async function fromOthers({ indexer }: CalibrationTools, job: CalibrationJob): Promise<Learnt> {
  const { bank, inspected, step } = job;
  const { left, typical } = job.others ?? (await scoreLeftOut(bank, inspected, indexer, step));
  return {
    left,
    typical,
    scores: left.map(({ score }) => score),
    distances: left.map(({ reference, distances }) => lookedAt(distances, inspected[reference]!.mask)),
    measures: inspected.map((each) => each.measures),
  };
}

async function fromCopies(tools: CalibrationTools, job: CalibrationJob, image: RgbImage): Promise<Learnt> {
  const { bank, backbone, inspected, step } = job;
  const [original] = inspected;
  const random = seededRandom(1);
  const ready = await makeReady(bank, tools.indexer);
  const learnt: Learnt = { left: [], scores: [], distances: [], measures: [original!.measures] };
  for (let i = 0; i < COPIES; i++) {
    step();
    const copy = await alter(image, drawAlteration(random), random);
    const tokens = await tools.frames.tokens(copy, backbone);
    // A mask that came with the reference is the flow's; the bank's own is found anew in every picture.
    const given = bank.metadata.mask.applied ? undefined : original!.mask;
    const { mask } = await lookAt(
      tools.component.project,
      tokens,
      backbone.info.maskThreshold,
      given,
      bank.metadata.mask,
    );
    const { distances } = await ready.match(tokens, { look: mask?.data, shift: ready.placement?.shiftOf(copy) });
    learnt.scores.push(imageScore(maskedDistances(distances, mask), bank.metadata));
    learnt.distances.push(lookedAt(distances, mask));
    learnt.measures.push(measureFrame(measurePicture(copy), tokens));
  }
  return learnt;
}
