import type { Backbone, BackboneInfo } from "../backbone/backbone";
import type { PatchTokens } from "../backbone/patch-tokens";
import { withAccepted } from "../bank/accept";
import type { BankSettings } from "../bank/bank-settings";
import type { BackboneRecipe, MemoryBank, Origin } from "../bank/memory-bank";
import { missingSearch } from "../bank/missing";
import { PatchCollection } from "../bank/patch-collection";
import type { Thumbnail } from "../bank/placement";
import type { Indexer } from "../bank/search";
import { keptRows } from "../bank/search/vectors";
import { sha256Of } from "../bank/store/stored-frames";
import type { FrameReader } from "../engine/frames/frame";
import type { BuildProgress } from "../engine/requests/schemas";
import { GoldenSampleError } from "../errors";
import { measureFrame } from "../health/measure-frame";
import { measurePicture } from "../health/picture";
import { mustDiffer, mustShowSomething } from "../health/worth-learning";
import { type Box, cropImage, inWhole } from "../image/crop";
import { shrinkToFit } from "../image/encode";
import type { OpenImages } from "../image/open-images";
import { inMemory } from "../image/read-image-file";
import type { RgbImage } from "../image/rgb-image";
import { ROTATIONS, rotate, rotationSource } from "../image/rotate";
import type { ImageSource } from "../image/source";
import { foregroundMask, type MaskDecision, maskingSet, maskingTest } from "../mask/foreground";
import { type GridMask, isMaskedOut } from "../mask/grid-mask";
import type { PrincipalComponent } from "../mask/principal-component";
import { saidOf, sentence } from "../sentence";
import { learnMissingParts, missingSteps } from "../threshold/missing-parts";
import { assembleBank, withoutPatches } from "./assemble-bank";
import { calibrateBank, calibrationSteps, type MeasuredReference } from "./calibrate-bank";
import { decidePlacement, placementSteps } from "./decide-placement";
import { curveSteps, describeReferences } from "./describe-references";
import { broughtTo, storedMask } from "./stored-mask";

/** The longer edge of the references' small pictures in a bundle. */
export const THUMBNAIL = 160;

export interface ReferenceInput {
  /** What it is called in the result. */
  file: string;
  /** The box around its regions of interest, as shares of the frame; absent: it came with none. */
  region?: Box | undefined;
  /** Called when it is this one's turn: a frame's pixels are needed once. */
  open: () => Promise<{
    image: ImageSource;
    /** What to look at, where the flow said so; takes the place of the foreground mask. Of an accepted frame: its good patches. */
    mask: GridMask | undefined;
  }>;
}

export interface BuildTools {
  /** Every picture is decoded within what may be open at a time. */
  images: OpenImages;
  frames: FrameReader;
  indexer: Indexer;
  component: PrincipalComponent;
}

export interface BuildJob {
  name: string;
  backbone: Backbone;
  settings: BankSettings;
  references: readonly ReferenceInput[];
  /** Frames of which some patches were accepted; these come into the bank as they are, whatever its reduction. */
  accepted: readonly ReferenceInput[];
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
  /** Who asks for it, and how another machine gets the backbone: for the bank's metadata. */
  origin?: Origin;
  recipe?: BackboneRecipe;
  /** See `TokenCache`. */
  reuse?: string | undefined;
  /** False where nobody asks whether more references would change the scores. */
  curve?: boolean;
}

/**
 * Builds a memory bank: every reference (and its rotations) through the backbone, the foreground kept where asked
 * for, reduced, whitened, and calibrated by scoring each reference against the others (a single one's copies against it).
 * @returns a bank of version 1, which a store gives another one
 * @throws {GoldenSampleError} CANCELLED; or what is wrong with a reference, naming it by its number
 */
export async function buildBank(tools: BuildTools, job: BuildJob): Promise<MemoryBank> {
  const { settings, references, accepted, backbone, signal, onProgress, reuse } = job;
  const { crop } = backbone.info;
  const angles = settings.rotate ? ROTATIONS : ([0] as const);
  // Evaluations, which build again and again, ask for figures alone.
  const curve = (job.curve ?? reuse === undefined) && settings.scorer !== "subspace";
  const isMissed = settings.missing === "auto" && settings.scorer !== "subspace" && !settings.rotate;
  const steps =
    placementSteps(settings, references.length) +
    (isMissed ? missingSteps(references.length) : 0) +
    calibrationSteps(references.length) +
    (curve ? curveSteps(references.length) : 0);
  const total = references.length * angles.length + accepted.length + steps;
  let done = 0;
  const step = () => {
    mustGoOn(signal);
    onProgress({ done: done++, total });
  };
  const { indexer, frames, component: components } = tools;
  const parts = new PatchCollection();
  const inspected: MeasuredReference[] = [];
  let single: RgbImage | undefined;
  let size = { width: 0, height: 0 };
  const thumbnails: Thumbnail[] = [];
  const sources: { file: string; sha256: string }[] = [];
  let decision = fixedDecision(settings, backbone.info);
  for (const [number, { file, open }] of references.entries()) {
    try {
      const { image: given, mask } = await open();
      const source = await inMemory(given);
      await tools.images.use(source, async (opened) => {
        const image = cropImage(opened.image, crop);
        mustShowSomething(image, file);
        sources.push({ file, sha256: sha256Of(source.data) });
        if (number === 0) size = { width: image.width, height: image.height };
        thumbnails.push(await shrinkToFit(image, THUMBNAIL));
        for (const degrees of angles) {
          step();
          const tokens = await frames.tokens(rotate(image, degrees), backbone, { reuse });
          const needsComponent = decision === undefined || decision.applied;
          const component = needsComponent ? await components.project(tokens) : undefined;
          const { rows, cols } = tokens;
          const threshold = backbone.info.maskThreshold;
          decision ??= maskingTest(component!, rows, cols, threshold);
          const foreground = decision.applied ? foregroundMask(component!, rows, cols, threshold) : undefined;
          parts.add(
            number,
            tokens,
            settings.maskReferences ? foreground?.data : undefined,
            upright(image, tokens, degrees),
          );
          if (degrees !== 0) continue;
          if (references.length === 1) single = image;
          const kept = { ...tokens, data: tokens.data.slice() };
          const own = mask ? storedMask(mask, image, backbone.info, rows, cols) : foreground;
          if (own && isMaskedOut(own)) {
            throw new GoldenSampleError(
              "BAD_REQUEST",
              mask
                ? sentence`[ownMaskLeavesNothing] its mask leaves nothing to look at; correct the mask's regions, or add it without one.`
                : sentence`[foregroundLeavesNothing] the foreground mask leaves nothing of it to look at; set the bank's mask to off, or take another photo.`,
            );
          }
          inspected.push({
            tokens: kept,
            mask: own,
            measures: measureFrame(measurePicture(image), kept),
          });
        }
      });
    } catch (thrown) {
      throw nameReference(thrown, number, file);
    }
  }
  mustDiffer(sources);
  const onChosen = (chosen: number, wanted: number) => {
    mustGoOn(signal);
    onProgress({ done: chosen, total: wanted, phase: "reduce" });
  };
  const found = { parts, references: references.length, mask: decision!, sources, thumbnails };
  const all = { ...found, recipe: job.recipe, onChosen };
  let bank = await assembleBank(indexer.products, backbone, settings, all);
  const allowed: PatchTokens[] = [];
  for (const frame of accepted) {
    step();
    const patches = await acceptedPatches(tools, frame, backbone);
    bank = withAccepted(bank, patches);
    allowed.push(patches.tokens);
  }
  const { place, others } = await decidePlacement(indexer, { bank, inspected, ...size, step });
  if (place) bank = { ...bank, metadata: { ...bank.metadata, place } };
  const { left, health, ...calibration } = await calibrateBank(tools, {
    bank,
    backbone,
    inspected,
    single,
    step,
    others,
  });
  // A mask that came with a reference is the flow's; the foreground is not where something is missing.
  const given = inspected.map((each) => ({ ...each, mask: decision?.applied ? undefined : each.mask }));
  const search = isMissed ? missingSearch(bank, indexer.products) : undefined;
  const missing = search && (await learnMissingParts({ inspected: given, allowed, search, step }));
  const findings = await describeReferences(indexer, { bank, inspected, left, curve, step });
  for (const outlier of findings.outliers) if (outlier.region) outlier.region = inWhole(outlier.region, crop);
  onProgress({ done: total, total });
  const facts = {
    format: 1 as const,
    name: job.name,
    version: 1,
    created: new Date().toISOString(),
    ...(job.origin && { origin: job.origin }),
  };
  const learnt = { ...calibration.metadata, ...(missing && { missing }), findings };
  const whole = { ...bank, health, metadata: { ...facts, ...bank.metadata, ...learnt } };
  return settings.scorer === "subspace" ? withoutPatches(whole) : whole;
}

/** The kept mask is of the grid that the frame was accepted on; another backbone or resolution may have another. */
async function acceptedPatches({ images, frames }: BuildTools, { file, open }: ReferenceInput, backbone: Backbone) {
  const { image: given, mask } = await open();
  const source = await inMemory(given);
  const { crop } = backbone.info;
  const { tokens, thumbnail } = await images.use(source, async (opened) => {
    const image = cropImage(opened.image, crop);
    return { tokens: await frames.tokens(image, backbone), thumbnail: await shrinkToFit(image, THUMBNAIL) };
  });
  const { rows: height, cols: width } = tokens;
  const kept = mask && broughtTo(mask, crop, height, width);
  const rows = kept ? keptRows(kept.data) : [];
  if (rows.length === 0) {
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[acceptedFrameForgot] The accepted frame ${{ file }} says no longer which of its patches were accepted: clear the accepted frames.`,
    );
  }
  return { tokens, rows, thumbnail, sha256: sha256Of(source.data) };
}

/** Where the patches of a rotated reference lie in the upright one, as shares of its sides. */
function upright({ width, height }: RgbImage, { rows, cols }: PatchTokens, degrees: number): Float32Array {
  const inside = (share: number) => Math.min(1, Math.max(0, share));
  const out = new Float32Array(rows * cols * 2);
  for (let i = 0; i < rows * cols; i++) {
    const [x, y] = [(((i % cols) + 0.5) / cols) * width, ((Math.floor(i / cols) + 0.5) / rows) * height];
    const [sourceX, sourceY] = rotationSource(x, y, width, height, degrees);
    out.set([inside(sourceX / width), inside(sourceY / height)], 2 * i);
  }
  return out;
}

function fixedDecision({ mask }: BankSettings, { autoMask, id }: BackboneInfo): MaskDecision | undefined {
  if (mask === "auto" && autoMask === false)
    return {
      applied: false,
      ...saidOf(
        sentence`[maskNotAuto] masking off: with the backbone ${{ backbone: id }} only where the bank's mask is set on`,
      ),
    };
  if (mask === "auto") return undefined;
  return maskingSet(mask === "on");
}

function mustGoOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new GoldenSampleError(
      "CANCELLED",
      sentence`[buildCancelled] Building the bank was cancelled; the version in use stays.`,
    );
}

function nameReference(thrown: unknown, number: number, file: string): unknown {
  if (!(thrown instanceof GoldenSampleError) || thrown.code === "CANCELLED") return thrown;
  const unnamed = thrown.code === "BAD_IMAGE" && !thrown.message.includes(file);
  const why = thrown.sentence ?? thrown.message;
  const said = unnamed
    ? sentence`[ofReferenceFile] Reference ${{ number: number + 1 }}: ${{ file }}: ${{ why }}`
    : sentence`[ofReference] Reference ${{ number: number + 1 }}: ${{ why }}`;
  return new GoldenSampleError(thrown.code, said, { cause: thrown });
}
