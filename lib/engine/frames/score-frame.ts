import type { Backbone, Fallback, Placement } from "../../backbone/backbone";
import type { Commissioning, LapsedCommissioning, MadeDefects, ScoredDefect } from "../../bank/memory-bank";
import type { FrameMatches, ReadyBank } from "../../bank/ready-bank";
import type { DistanceMethod } from "../../bank/search";
import { checkHealth, type FrameHealth, maskedHealth } from "../../health/check";
import { measureFrame } from "../../health/measure-frame";
import { PictureFacts } from "../../health/picture";
import type { Box } from "../../image/crop";
import { briefOf } from "../../made-defects/finds";
import type { MaskDecision } from "../../mask/foreground";
import type { GridMask } from "../../mask/grid-mask";
import { type Look, lookAt, onGrid } from "../../mask/look";
import type { NamedRegion } from "../../mask/named-region";
import type { PrincipalComponent } from "../../mask/principal-component";
import { float32Buffer } from "../../score/grid-buffer";
import { imageScore } from "../../score/image-score";
import { suspiciousLevel } from "../../score/level";
import { lookedAt } from "../../score/masked-distances";
import { drawOverlay } from "../../score/overlay";
import { type RegionScore, scoreRegions } from "../../score/region-scores";
import { findRegions, type GridRegion } from "../../score/regions";
import { scoredDistances } from "../../score/typical-distance";
import { shareOver } from "../../threshold/patch-level";
import type { LoadedBank } from "../loaded/banks";
import type { Timing } from "../timing";
import type { DeviceQueues } from "./device-queues";
import type { Frame, Reader } from "./frame";

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

/** A connected area of suspicious patches, in pixels of the upright image. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Pixels. */
  area: number;
  /** Largest patch distance in it. */
  score: number;
  /** Where the best match of its worst patch lies: index of the reference, pixels in it. A subspace has none. */
  nearest?: { reference: number; x: number; y: number };
}

/** Whether everything is there that the reference shows which the frame resembles most. */
export interface MissingResult {
  /** Mean of the worst 1 % of the distances of that reference's patches to the nearest one of the frame. */
  score: number;
  /** From the references' own scores, by the default rule. */
  threshold: number;
  /** Something is missing. */
  over: boolean;
  /** From 0. */
  reference: number;
  /** Where the reference shows what is missed most, in pixels of this image. */
  x: number;
  y: number;
}

export interface ScoreResult {
  score: number;
  /** Absent where the bank cannot tell missing parts, or was not to. */
  missing?: MissingResult;
  /** Where the mask names regions: each of them, and what is looked at outside of them, by itself. */
  regionsOfInterest?: RegionScore[];
  grid: { rows: number; cols: number };
  /**
   * Patch distances, little-endian float32 [rows * cols], where asked for. `area`: what the grid covers, as shares of the
   * frame, where the bank looks at a part of it.
   */
  map?: { rows: number; cols: number; dtype: "float32"; data: Buffer; area?: Box };
  regions?: Region[];
  /** JPEG of the image with the anomaly map over it, where asked for. */
  overlay?: Buffer;
  /** Absent for banks built before there was any, and where it was not asked for. */
  health?: FrameHealth;
  /** Patch distance from which a patch is suspicious. */
  level: number;
  /** `calibration`: leave-one-image-out scores of the references; of a single one those of its altered `copies`. `search`: how distances were found. */
  bank: {
    name: string;
    version: number;
    calibration: number[];
    search: DistanceMethod;
    calibratedBy?: "copies";
    /** The made defects that a threshold must find (`lib/made-defects`), and their references without them; absent until made. */
    mustFind?: Pick<ScoredDefect, "score" | "clean" | "pixels">[];
    /** How many of them are found at another resolution, where that was tried. */
    finer?: MadeDefects["finer"];
    /** What the parts that the version was commissioned with score: they set its threshold in place of `calibration`. */
    commissioned?: Pick<Commissioning, "scores" | "by" | "time">;
    /** The commissioning that ended with the version before. */
    lapsed?: LapsedCommissioning;
  };
  backbone: string;
  /** What computed the patch tokens; `reason` says why it is not something better. */
  runtime: Placement;
  /** Set where the backbone wanted could not be had and the built-in one did the work. */
  fallback?: Fallback;
  /** In pixels; `pages` where its file has several, of which the first was looked at. */
  image: { width: number; height: number; pages?: number };
  mask: MaskDecision & { coverage: number; area?: Box };
  timing: Timing;
}

/** Patch tokens -> foreground mask -> nearest neighbours -> distances -> score, regions, overlay. */
export async function scoreFrame(
  tools: ScoreTools,
  frame: Frame,
  { info }: Backbone,
  ready: LoadedBank,
  options: ScoreOptions,
  { clock, signal }: Reader = {},
  picture: PictureFacts = new PictureFacts(ready.placement, options.health),
): Promise<Omit<ScoreResult, "timing">> {
  const { tokens, width, height, pages } = frame;
  const { rows, cols } = tokens;
  const { bank, search, missingThreshold: threshold } = ready;
  const { metadata } = bank;
  const { crop } = info;
  const whole = frame.whole ?? frame;
  const reader = { signal, picture, started: () => clock?.lap("queue") };
  const found = await matchTokens(tools, frame, info, ready, { message: options.mask, lack: true }, reader);
  const { distances, look } = found;
  const named = options.mask?.regionsOfInterest;
  const level = options.regionLevel ?? suspiciousLevel(metadata, distances);
  const regions = options.regions || options.overlay ? findRegions(distances, rows, cols, level) : [];
  const own = options.health ? await healthOf() : undefined;
  // An empty foreground is named by what made it so, such as a dead lamp. Said whether or not anybody asked.
  const isNamed = !options.mask && own?.state === "unlike";
  const health = look.isMaskedOut && !isNamed ? maskedHealth(look.coverage, own?.measures) : own;
  const missing = missingOf();
  clock?.lap("match");
  const { counted, share, name, version, calibration, calibratedBy, madeDefects, commissioning, lapsedCommissioning } =
    metadata;
  const shown = { distances, rows, cols, level, regions, part: frame.whole?.part };
  const overlay = options.overlay && (await drawOverlay(await whole.image(), shown));
  if (overlay) clock?.lap("draw");
  return {
    score: imageScore(distances, metadata),
    ...(missing && { missing }),
    ...(named && {
      regionsOfInterest: scoreRegions(distances, named, { mask: look.mask, crop, counted, share }),
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

  function missingOf(): ScoreResult["missing"] {
    if (threshold === undefined || !found.missing) return undefined;
    const { score, row } = found.missing;
    return { score, threshold, over: score > threshold, ...placeOf(row) };
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

/** What is asked of an image's patches. */
interface MatchQuestion {
  /** Takes the place of the bank's own foreground mask. */
  message?: GridMask | undefined;
  /** Whether what the frame lacks of the references is asked, too; the foreground is not where something is missing. */
  lack?: boolean;
}

/**
 * Distances of an image's patches to a bank, when it is their turn; masked patches count 0. `plain` are those of the search.
 * @param reader `started` is called when the turn has come; `picture` where it was looked at before
 */
export async function matchTokens(
  { queues, component }: ScoreTools,
  { tokens, image }: Pick<Frame, "tokens" | "image">,
  { maskThreshold, crop }: Backbone["info"],
  { bank, match, placement }: ReadyBank,
  { message, lack = false }: MatchQuestion,
  {
    signal,
    started,
    picture = new PictureFacts(placement, false),
  }: { signal?: AbortSignal | undefined; started?: () => void; picture?: PictureFacts } = {},
): Promise<FrameMatches & { plain: Float32Array; look: Look }> {
  const given = message && onGrid(message, crop, tokens);
  const { shift } = await picture.of(image);
  const search = async () => {
    started?.();
    const look = await lookAt(component.project, tokens, maskThreshold, given, bank.metadata.mask);
    // Of a frame of which nothing was to be looked at, nothing is missed either.
    const asked = lack && !look.isMaskedOut ? { look: given?.data } : undefined;
    const found = await match(tokens, { look: look.mask?.data, shift, lack: asked });
    const distances = scoredDistances(
      { distances: found.distances, mask: look.mask, cols: tokens.cols },
      bank.metadata,
    );
    return { ...found, plain: found.distances, distances, look };
  };
  return queues.cpu.run("finish", search, signal);
}
