import { z } from "zod";
import type { Backbone, Fallback } from "../../backbone/backbone";
import { smallestDefect } from "../../bank/bank-settings";
import { GoldenSampleError } from "../../errors";
import type { Box } from "../../image/crop";
import { foregroundMask, hasForeground, type MaskDecision, maskingSet, maskingTest } from "../../mask/foreground";
import { coverage, type GridMask, intersect } from "../../mask/grid-mask";
import { ALIKE } from "../../mask/look";
import type { NamedRegion } from "../../mask/named-region";
import { boxOf, isWithin, rasterise, seenIn } from "../../mask/regions-of-interest";
import { drawMask } from "../../score/overlay";
import { sentence } from "../../sentence";
import type { Frame } from "../frames/frame";
import { asBuilt, lookingFor } from "../loaded/bank-backbone";
import { type EngineContext, type Handling, request } from "./request";
import { backboneSpec, bankLocation, foregroundMode, imageSource, polygon } from "./schemas";

/** A mask on the patch grid as messages carry it: uint8 [rows * cols], 1 = look here. */
export interface MaskMessage {
  rows: number;
  cols: number;
  dtype: "uint8";
  data: Buffer;
  /** What the grid covers, as shares of the frame; absent: all of it. */
  area?: Box | undefined;
  /** The box around the regions it was made with, as shares of the frame; absent: there were none. */
  region?: Box | undefined;
  /** Regions that are judged by themselves, too. */
  regionsOfInterest?: NamedRegion[] | undefined;
}

export interface MaskResult extends MaskMessage {
  /** Share of the grid that is looked at, 0..1. */
  coverage: number;
  foreground: MaskDecision;
  /** See `ScoreResult`. */
  image: { width: number; height: number; pages?: number };
  /** JPEG of the image with what is left out darkened, where asked for. */
  picture?: Buffer;
  fallback?: Fallback;
}

const schema = z.object({
  image: imageSource,
  backbone: backboneSpec,
  bank: bankLocation.optional(),
  /** Of the bank that is yet to be built; one that is there knows its own. */
  smallest: smallestDefect.optional(),
  foreground: foregroundMode,
  include: z.array(polygon).default([]),
  exclude: z.array(polygon).default([]),
  picture: z.boolean().default(false),
});
type MaskRequest = z.output<typeof schema>;

/** Where to look on a frame: its foreground, and the regions that somebody drew. */
export const mask = request({
  schema,
  isShort: true,
  async answer(wanted, context, { onProgress, signal }): Promise<MaskResult> {
    const backbone = await maskBackbone(wanted, context, onProgress);
    const frame = await context.tools.frames.read(wanted.image, backbone, { signal });
    const { rows, cols } = frame.tokens;
    const { crop } = backbone.info;
    const region = boxOf(wanted.include);
    if (crop && region && !isWithin(region, crop)) throw outside();
    const { decision, foreground } = await foregroundOf(wanted, context, frame, backbone, signal);
    const drawn = intersect(rasterise(seenIn(wanted, crop), rows, cols), foreground) ?? everything(rows, cols);
    const all = { ...drawn, ...(crop && { area: crop }) };
    const whole = frame.whole ?? frame;
    return {
      rows,
      cols,
      dtype: "uint8",
      data: Buffer.from(all.data),
      ...(crop && { area: crop }),
      ...(region && { region }),
      coverage: coverage(all),
      foreground: decision,
      image: { width: whole.width, height: whole.height, ...(frame.pages !== undefined && { pages: frame.pages }) },
      ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
      ...(wanted.picture && { picture: await drawMask(await whole.image(), all) }),
    };
  },
});

/** A mask is made for the grid that its bank's frames have; what else the bank differs in is told by the score. */
async function maskBackbone(
  { backbone: spec, bank, smallest }: MaskRequest,
  { backbones, banks }: EngineContext,
  onProgress: Handling["onProgress"],
) {
  const backbone = lookingFor(await backbones.get(spec, onProgress), smallest);
  const ready = bank && (await banks.open(bank).catch(() => undefined));
  return asBuilt(backbone, spec.fit, ready?.bank.metadata);
}

/** `auto` is what the bank's masking test found; before its first build, what this image itself suggests. */
async function foregroundOf(
  { foreground: mode, bank }: MaskRequest,
  { banks, tools }: EngineContext,
  { tokens }: Frame,
  { info }: Backbone,
  signal: AbortSignal,
) {
  const { rows, cols } = tokens;
  let decision: MaskDecision | undefined = mode === "auto" ? undefined : maskingSet(mode === "on");
  if (!decision && bank) {
    decision = await banks.get(bank, info).then(
      (ready) => ready.bank.metadata.mask,
      (thrown) => {
        if (thrown instanceof GoldenSampleError && thrown.code === "BANK_NOT_BUILT") return undefined;
        throw thrown;
      },
    );
  }
  if (decision?.applied === false) return { decision, foreground: undefined };
  const component = await tools.queues.cpu.run("finish", () => tools.component.project(tokens), signal);
  decision ??= maskingTest(component, rows, cols, info.maskThreshold);
  if (decision.applied && !hasForeground(component, info.maskThreshold))
    return { decision: ALIKE, foreground: undefined };
  return {
    decision,
    foreground: decision.applied ? foregroundMask(component, rows, cols, info.maskThreshold) : undefined,
  };
}

const outside = () =>
  new GoldenSampleError(
    "BANK_MISMATCH",
    sentence`[regionsReachOut] The regions reach out of the part of the frame that the bank was built to look at: build the bank again with these regions.`,
  );

function everything(rows: number, cols: number): GridMask {
  return { rows, cols, data: new Uint8Array(rows * cols).fill(1) };
}
