import type { Backbone } from "../../backbone/backbone";
import type { Commissioning } from "../../bank/memory-bank";
import type { MissingScore } from "../../bank/missing";
import type { FrameMatches, ReadyBank } from "../../bank/ready-bank";
import { checkHealth, type FrameHealth, maskedHealth } from "../../health/check";
import { measureFrame } from "../../health/measure-frame";
import { briefOf } from "../../made-defects/finds";
import type { GridMask } from "../../mask/grid-mask";
import type { NamedRegion } from "../../mask/named-region";
import type { PrincipalComponent } from "../../mask/principal-component";
import { float32Buffer } from "../../score/grid-buffer";
import { imageScore } from "../../score/image-score";
import { suspiciousLevel } from "../../score/level";
import { lookedAt, maskedDistances } from "../../score/masked-distances";
import { drawOverlay } from "../../score/overlay";
import { scoreRegions } from "../../score/region-scores";
import { findRegions, type GridRegion } from "../../score/regions";
import { missingThreshold } from "../../threshold/missing-parts";
import { shareOver } from "../../threshold/patch-level";
import type { DeviceQueues } from "./device-queues";
import type { Frame, Reader } from "./frame";
import { type Look, lookAt, onGrid } from "./look";
import { PictureFacts } from "./picture-facts";
import type { Region, ScoreResult } from "./score-result";

export interface ScoreTools {
  queues: DeviceQueues;
  component: PrincipalComponent;
}

/** What is wanted of a frame besides its score; as the request `score` has it. */
interface ScoreOptions {
  mask?: (GridMask & { regionsOfInterest?: NamedRegion[] | undefined }) | undefined;
  map: boolean;
  regions: boolean;
  overlay: boolean;
  regionLevel?: number | undefined;
  health: boolean;
}

/** Patch tokens -> foreground mask -> nearest neighbours -> distances -> score, regions, overlay. */
export async function scoreFrame(
  tools: ScoreTools,
  frame: Frame,
  { info }: Backbone,
  ready: ReadyBank,
  options: ScoreOptions,
  { clock, signal }: Reader = {},
  picture: PictureFacts = new PictureFacts(ready.placement, options.health),
): Promise<Omit<ScoreResult, "timing">> {
  const { tokens, width, height, pages } = frame;
  const { rows, cols } = tokens;
  const { bank, search } = ready;
  const { metadata } = bank;
  const { crop } = info;
  const whole = frame.whole ?? frame;
  const reader = { signal, picture, started: () => clock?.lap("queue") };
  const found = await matchTokens(tools, frame, info, ready, options.mask, reader);
  const { distances, look } = found;
  const named = options.mask?.regionsOfInterest;
  const level = options.regionLevel ?? suspiciousLevel(metadata, distances);
  const regions = options.regions || options.overlay ? findRegions(distances, rows, cols, level) : [];
  const own = options.health ? await healthOf() : undefined;
  // An empty foreground is named by what made it so, such as a dead lamp. Said whether or not anybody asked.
  const isNamed = !options.mask && own?.state === "unlike";
  const health = look.isMaskedOut && !isNamed ? maskedHealth(look.coverage, own?.measures) : own;
  const missing = await missingOf();
  clock?.lap("match");
  const { name, version, calibration, calibratedBy, madeDefects, commissioning, lapsedCommissioning } = metadata;
  const shown = { distances, rows, cols, level, regions, part: frame.whole?.part };
  const overlay = options.overlay && (await drawOverlay(await whole.image(), shown));
  if (overlay) clock?.lap("draw");
  return {
    score: imageScore(distances, metadata),
    ...(missing && { missing }),
    ...(named && {
      regionsOfInterest: scoreRegions(distances, named, { mask: look.mask, crop, counted: metadata.counted }),
    }),
    grid: { rows, cols },
    ...(options.map && {
      map: { rows, cols, dtype: "float32" as const, data: float32Buffer(distances), ...(crop && { area: crop }) },
    }),
    ...(options.regions && { regions: regions.map(describe) }),
    ...(overlay && { overlay }),
    ...(health && { health }),
    level,
    bank: {
      name,
      version,
      calibration,
      search,
      ...(calibratedBy && { calibratedBy }),
      ...(madeDefects && briefOf(madeDefects)),
      ...(commissioning && { commissioned: commissionedBrief(commissioning) }),
      ...(lapsedCommissioning && { lapsed: lapsedCommissioning }),
    },
    backbone: info.id,
    runtime: info.runtime,
    ...(info.fallback && { fallback: info.fallback }),
    image: { width: whole.width, height: whole.height, ...(pages !== undefined && { pages }) },
    mask: { ...look.decision, coverage: look.coverage, ...(crop && { area: crop }) },
  };

  async function missingOf(): Promise<ScoreResult["missing"]> {
    if (!metadata.missing || look.isMaskedOut) return undefined;
    const lacking = await lackOf(tools, frame, info, ready, options.mask, { atMost: found.rowDistances, signal });
    if (!lacking) return undefined;
    const threshold = missingThreshold(metadata.missing);
    return { score: lacking.score, threshold, over: lacking.score > threshold, ...placeOf(lacking.row) };
  }

  /** Absent for banks that know nothing of it. */
  async function healthOf(): Promise<FrameHealth | undefined> {
    const { measures } = await picture.of(frame.image);
    if (!metadata.health || !bank.health || !measures) return undefined;
    const unusual = shareOver(lookedAt(distances, look.mask), level);
    return checkHealth(metadata.health, bank.health, measureFrame(measures, tokens), unusual);
  }

  function describe(region: GridRegion): Region {
    const row = found.nearest[region.worst]!;
    const nearest = row < 0 ? undefined : placeOf(row);
    return describeRegion(region, frame, distances, nearest);
  }

  // A reference's own size is not kept; the bank's pictures are alike, so this image's pixels are the best unit.
  function placeOf(row: number): NonNullable<Region["nearest"]> {
    return {
      reference: bank.reference[row]!,
      x: (frame.whole?.part.left ?? 0) + Math.round(bank.positions[2 * row]! * width),
      y: (frame.whole?.part.top ?? 0) + Math.round(bank.positions[2 * row + 1]! * height),
    };
  }
}

const commissionedBrief = ({ scores, by, time }: Commissioning) => ({ scores, by, time });

/** A region of the grid in pixels of the whole upright image. */
export function describeRegion(
  region: GridRegion,
  { tokens, width, height, whole }: Pick<Frame, "tokens" | "width" | "height" | "whole">,
  distances: Float32Array,
  nearest: Region["nearest"],
): Region {
  const [cellWidth, cellHeight] = [width / tokens.cols, height / tokens.rows];
  // Edges are rounded, not lengths: what touches the picture's edge ends there.
  const [left, right] = [region.left, region.right + 1].map((col) => Math.round(col * cellWidth)) as [number, number];
  const [top, bottom] = [region.top, region.bottom + 1].map((row) => Math.round(row * cellHeight)) as [number, number];
  const { part } = whole ?? {};
  return {
    x: left + (part?.left ?? 0),
    y: top + (part?.top ?? 0),
    width: right - left,
    height: bottom - top,
    area: Math.round(region.patches * cellWidth * cellHeight),
    score: distances[region.worst]!,
    ...(nearest && { nearest }),
  };
}

/**
 * Distances of an image's patches to a bank, when it is their turn; masked patches count 0.
 * @param message takes the place of the bank's own foreground mask
 * @param reader `started` is called when the turn has come; `picture` where it was looked at before
 */
export async function matchTokens(
  { queues, component }: ScoreTools,
  { tokens, image }: Pick<Frame, "tokens" | "image">,
  { maskThreshold, crop }: Backbone["info"],
  { bank, match, placement }: ReadyBank,
  message: GridMask | undefined,
  {
    signal,
    started,
    picture = new PictureFacts(placement, false),
  }: { signal?: AbortSignal | undefined; started?: () => void; picture?: PictureFacts } = {},
): Promise<FrameMatches & { look: Look }> {
  const given = message && onGrid(message, crop, tokens);
  const { shift } = await picture.of(image);
  const search = async () => {
    started?.();
    const look = await lookAt(component.project, tokens, maskThreshold, given, bank.metadata.mask);
    const found = await match(tokens, { look: look.mask?.data, shift });
    return { ...found, distances: maskedDistances(found.distances, look.mask), look };
  };
  return queues.cpu.run("finish", search, signal);
}

/**
 * What the frame lacks of the references, when it is its turn; undefined where the bank cannot tell.
 * @param message as for `matchTokens`; the foreground is not where something is missing
 * @param options `atMost`: what `matchTokens` found out about the bank's rows, which makes it cheap
 */
export async function lackOf(
  { queues }: Pick<ScoreTools, "queues">,
  { tokens }: Pick<Frame, "tokens">,
  { crop }: Backbone["info"],
  { missing }: Pick<ReadyBank, "missing">,
  message: GridMask | undefined,
  { atMost, signal }: { atMost?: Float32Array | undefined; signal?: AbortSignal | undefined } = {},
): Promise<MissingScore | undefined> {
  if (!missing) return undefined;
  const given = message && onGrid(message, crop, tokens);
  return queues.cpu.run("finish", () => missing.score(tokens, { look: given?.data, atMost }), signal);
}
