import type { Backbone } from "../../backbone/backbone";
import { GoldenSampleError } from "../../errors";
import { foregroundMask, hasForeground, type MaskDecision, maskingTest } from "../../mask/foreground";
import { coverage, type GridMask, intersect } from "../../mask/grid-mask";
import { boxOf, isWithin, rasterise, seenIn } from "../../mask/regions-of-interest";
import { drawMask } from "../../score/overlay";
import type { InspectResponses, MaskResult, Request, ScoreResult } from "../api";
import type { Frame } from "../frames/frame";
import { ALIKE } from "../frames/look";
import { scoreFrame } from "../frames/score-frame";
import { Stopwatch } from "../frames/stopwatch";
import type { EngineContext, Handlers, Handling } from "../handling";
import { asBuilt, lookingFor } from "../loaded/as-built";
import { mustMatch } from "../loaded/banks";

/** Frames: their scores, and where to look on them. */
export function inspectHandlers({ tools, backbones, banks }: EngineContext): Handlers<keyof InspectResponses> {
  return {
    async prepare(request: Request<"prepare">, { onProgress }: Handling) {
      const { bank } = await lookUp(request, onProgress);
      return { name: bank.bank.metadata.name };
    },

    async score(request: Request<"score">, { onProgress, signal }: Handling): Promise<ScoreResult> {
      const reader = { clock: new Stopwatch(), signal };
      const { backbone, bank } = await lookUp(request, onProgress);
      reader.clock.lap("load");
      const frame = await tools.frames.read(request.image, backbone, { ...reader, reuse: request.reuse });
      // Who scores the same images again and again would have them decoded again for it.
      const wishes = { ...request, health: request.health && request.reuse === undefined };
      const result = await scoreFrame(tools, frame, backbone, bank, wishes, reader);
      // The trip between the processes is the caller's to know.
      return { ...result, timing: { ...reader.clock.read(), trip: 0 } };
    },

    async mask(request: Request<"mask">, { onProgress, signal }: Handling): Promise<MaskResult> {
      const backbone = await maskBackbone(request, onProgress);
      const frame = await tools.frames.read(request.image, backbone, { signal });
      const { rows, cols } = frame.tokens;
      const { crop } = backbone.info;
      const region = boxOf(request.include);
      if (crop && region && !isWithin(region, crop)) throw outside();
      const { decision, foreground } = await foregroundOf(request, frame, backbone, signal);
      const drawn = intersect(rasterise(seenIn(request, crop), rows, cols), foreground) ?? everything(rows, cols);
      const mask = { ...drawn, ...(crop && { area: crop }) };
      const whole = frame.whole ?? frame;
      return {
        rows,
        cols,
        dtype: "uint8",
        data: Buffer.from(mask.data),
        ...(crop && { area: crop }),
        ...(region && { region }),
        coverage: coverage(mask),
        foreground: decision,
        image: { width: whole.width, height: whole.height, ...(frame.pages !== undefined && { pages: frame.pages }) },
        ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
        ...(request.picture && { picture: await drawMask(await whole.image(), mask) }),
      };
    },
  };

  /** That takes a few trips to the disk, and in each a piece of a build could begin that the frame then waits for. */
  async function lookUp(request: Pick<Request<"score">, "backbone" | "bank">, onProgress: Handling["onProgress"]) {
    const end = tools.queues.expect();
    try {
      const asked = await backbones.get(request.backbone, onProgress, end);
      const bank = await banks.open(request.bank, { onWait: end });
      const { metadata } = bank.bank;
      const backbone = asBuilt(asked, request.backbone.fit, metadata);
      mustMatch(metadata, backbone.info);
      return { backbone, bank };
    } finally {
      end();
    }
  }

  /** A mask is made for the grid that its bank's frames have; what else the bank differs in is told by the score. */
  async function maskBackbone({ backbone: spec, bank, smallest }: Request<"mask">, onProgress: Handling["onProgress"]) {
    const backbone = lookingFor(await backbones.get(spec, onProgress), smallest);
    const ready = bank && (await banks.open(bank).catch(() => undefined));
    return asBuilt(backbone, spec.fit, ready?.bank.metadata);
  }

  /** `auto` is what the bank's masking test found; before its first build, what this image itself suggests. */
  async function foregroundOf(
    { foreground: mode, bank }: Request<"mask">,
    { tokens }: Frame,
    { info }: Backbone,
    signal: AbortSignal,
  ) {
    const { rows, cols } = tokens;
    let decision: MaskDecision | undefined =
      mode === "auto" ? undefined : { applied: mode === "on", reason: `masking ${mode}: set so in the node` };
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
}

const outside = () =>
  new GoldenSampleError(
    "BANK_MISMATCH",
    "The regions reach out of the part of the frame that the bank was built to look at: build the bank again with these regions.",
  );

function everything(rows: number, cols: number): GridMask {
  return { rows, cols, data: new Uint8Array(rows * cols).fill(1) };
}
