import type { Backbone } from "../backbone/backbone";
import { writeBundle } from "../bank/bundle";
import { createMatcher } from "../bank/search";
import type { BankStore } from "../bank/store";
import { GoldenSampleError } from "../errors";
import { decodeImage } from "../image/decode";
import { shrinkToFit, toJpeg, toPng } from "../image/encode";
import { createResizer } from "../image/resize";
import type { ImageSource } from "../image/source";
import { foregroundMask, type MaskDecision, maskingTest } from "../mask/foreground";
import { coverage, type GridMask, intersect } from "../mask/grid-mask";
import { createPrincipalComponent } from "../mask/principal-component";
import { rasterise } from "../mask/regions-of-interest";
import type { InferenceRuntime } from "../runtime/types";
import { drawMask } from "../score/overlay";
import type { BankState, BuildProgress, BuildResult, MaskResult, Method, Request, Responses, ScoreResult } from "./api";
import { Backbones } from "./backbones";
import { Banks, storeOf } from "./banks";
import { type BuildTools, buildBank, type ReferenceInput } from "./build-bank";
import { type Frame, FrameReader } from "./frame";
import { Lane } from "./lane";
import { measuredSpeed, models } from "./models";
import { type ScoreTools, scoreFrame } from "./score-frame";

/** The editor's preview of a reference. */
const PREVIEW = 640;

export interface Handling {
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
}

type Handlers = { [M in Method]: (request: Request<M>, handling: Handling) => Promise<Responses[M]> };

/** Everything the engine process can do, in one place: loads models and banks as requests need them. */
export class Inspector implements Handlers {
  private readonly tools: BuildTools & ScoreTools;
  private readonly backbones: Backbones;
  private readonly banks: Banks;

  constructor(runtime: InferenceRuntime) {
    const lane = new Lane();
    const matcher = createMatcher(runtime);
    const frames = new FrameReader(createResizer(runtime), lane);
    this.tools = { lane, matcher, frames, component: createPrincipalComponent(runtime) };
    this.backbones = new Backbones(runtime);
    this.banks = new Banks(matcher);
  }

  readonly models = models.list;
  readonly downloadModel = models.download;
  readonly importModel = models.import;
  readonly verifyModel = models.verify;

  async describe({ backbone: spec }: Request<"describe">, { onProgress }: Handling) {
    const backbone = await this.backbones.get(spec, onProgress);
    if (!spec.models) return backbone.info;
    return { ...backbone.info, milliseconds: await measuredSpeed(spec.models.directory, backbone, this.tools.lane) };
  }

  async score(request: Request<"score">, { onProgress }: Handling): Promise<ScoreResult> {
    const start = performance.now();
    const backbone = await this.backbones.get(request.backbone, onProgress);
    const bank = await this.banks.get(request.bank, backbone.info);
    const frame = await this.tools.frames.read(request.image, backbone);
    const { queue, match, ...result } = await scoreFrame(this.tools, frame, backbone, bank, request);
    const total = performance.now() - start;
    return { ...result, timing: { ...frame.timing, queue: frame.timing.queue + queue, match, total } };
  }

  async mask(request: Request<"mask">, { onProgress }: Handling): Promise<MaskResult> {
    const backbone = await this.backbones.get(request.backbone, onProgress);
    const frame = await this.tools.frames.read(request.image, backbone);
    const { rows, cols } = frame.tokens;
    const { decision, foreground } = await this.foreground(request, frame, backbone);
    const mask = intersect(rasterise(request, rows, cols), foreground) ?? everything(rows, cols);
    return {
      rows,
      cols,
      dtype: "uint8",
      data: Buffer.from(mask.data),
      coverage: coverage(mask),
      foreground: decision,
      image: { width: frame.image.width, height: frame.image.height },
      ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
      ...(request.picture && { picture: await drawMask(frame.image, mask) }),
    };
  }

  /** `auto` is what the bank's masking test found; before its first build, what this image itself suggests. */
  private async foreground({ foreground: mode, bank }: Request<"mask">, { tokens }: Frame, { info }: Backbone) {
    const { rows, cols } = tokens;
    let decision: MaskDecision | undefined =
      mode === "auto" ? undefined : { applied: mode === "on", reason: `masking ${mode}: set so in the node` };
    if (!decision && bank) {
      decision = await this.banks.get(bank, info).then(
        (ready) => ready.bank.metadata.mask,
        (thrown) => {
          if (thrown instanceof GoldenSampleError && thrown.code === "BANK_NOT_BUILT") return undefined;
          throw thrown;
        },
      );
    }
    if (decision?.applied === false) return { decision, foreground: undefined };
    const component = await this.tools.lane.run("frame", () => this.tools.component.project(tokens));
    decision ??= maskingTest(component, rows, cols, info.maskThreshold);
    return {
      decision,
      foreground: decision.applied ? foregroundMask(component, rows, cols, info.maskThreshold) : undefined,
    };
  }

  async bankState({ bank }: Request<"bankState">): Promise<BankState> {
    return stateOf(storeOf(bank));
  }

  async referencePicture({ bank, index }: Request<"referencePicture">) {
    const { references } = storeOf(bank);
    const file = (await references.list())[index];
    if (file === undefined) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        `The bank "${bank.name}" has no reference ${index + 1}: add references first.`,
      );
    }
    const { image } = await references.read(file);
    return { picture: await toJpeg(await shrinkToFit(await decodeImage({ kind: "encoded", data: image }), PREVIEW)) };
  }

  async addReference({ bank, image, mask }: Request<"addReference">): Promise<BankState> {
    const bytes = await encoded(image);
    return this.banks.change(bank, async (store) => {
      await store.addReference(bytes, mask);
      return stateOf(store);
    });
  }

  async undo({ bank }: Request<"undo">) {
    return this.banks.change(bank, async (store) => {
      const undone = await store.undo();
      return { ...(await stateOf(store)), undone };
    });
  }

  async clear({ bank }: Request<"clear">): Promise<BankState> {
    return this.banks.change(bank, async (store) => {
      await store.clear();
      return stateOf(store);
    });
  }

  async build(request: Request<"build">, handling: Handling): Promise<BuildResult> {
    const { bank: location, references } = request;
    const given = references?.map((image) => async (): Promise<ReferenceInput> => ({ image, mask: undefined }));
    if ("file" in location) {
      if (!given)
        throw new GoldenSampleError("BAD_REQUEST", "No references were given: name a folder or files of good images.");
      return this.buildInto(request, handling, given, "", async (bank) => {
        bank.metadata.version = 1;
        await writeBundle(location.file, bank);
      });
    }
    const { directory, name } = location;
    const build = this.banks.change({ directory, name }, async (store) => {
      const kept = given ?? (await keptReferences(store));
      return this.buildInto(request, handling, kept, name, (bank) => store.save(bank, request.keepVersions));
    });
    return this.banks.building({ directory, name }, build);
  }

  private async buildInto(
    { backbone: spec, settings }: Request<"build">,
    { onProgress, signal }: Handling,
    references: readonly (() => Promise<ReferenceInput>)[],
    name: string,
    save: (bank: Awaited<ReturnType<typeof buildBank>>) => Promise<unknown>,
  ): Promise<BuildResult> {
    const start = performance.now();
    const backbone = await this.backbones.get(spec, onProgress);
    const bank = await buildBank(this.tools, { name, backbone, settings, references, onProgress, signal });
    await save(bank);
    const { metadata, reference } = bank;
    return {
      name,
      version: metadata.version,
      references: metadata.references,
      patches: reference.length,
      dimension: metadata.backbone.dimension,
      backbone: metadata.backbone.id,
      ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
      mask: metadata.mask,
      calibration: metadata.calibration,
      milliseconds: performance.now() - start,
    };
  }
}

async function keptReferences(store: BankStore): Promise<(() => Promise<ReferenceInput>)[]> {
  const files = await store.references.list();
  if (files.length === 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The bank "${store.name}" has no references: add images of good parts first.`,
    );
  }
  return files.map((file) => async () => {
    const { image, mask } = await store.references.read(file);
    return { image: { kind: "encoded", data: image }, mask };
  });
}

async function stateOf(store: BankStore): Promise<BankState> {
  return { name: store.name, ...(await store.state()) };
}

/** A reference is kept as the file it came as, once it is known to decode; raw pixels as PNG. */
async function encoded(image: ImageSource): Promise<Buffer> {
  const pixels = await decodeImage(image);
  if (image.kind === "encoded") return image.data;
  return toPng(pixels);
}

function everything(rows: number, cols: number): GridMask {
  return { rows, cols, data: new Uint8Array(rows * cols).fill(1) };
}
