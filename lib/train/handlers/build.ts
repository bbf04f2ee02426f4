import { basename } from "node:path";
import type { Backbone } from "../../backbone/backbone";
import { readBundleMetadata, writeBundle } from "../../bank/file/bundle";
import type { BankMetadata, MemoryBank } from "../../bank/memory-bank";
import type { BankStore } from "../../bank/store/store";
import type { FrameFolder } from "../../bank/store/stored-frames";
import { asBuilt, lookingFor, recipeOf } from "../../engine/loaded/bank-backbone";
import { storeOf } from "../../engine/loaded/banks";
import type { Handlers, Request } from "../../engine/requests";
import type { BuildResult } from "../../engine/requests/build";
import type { Handling } from "../../engine/requests/request";
import type { Replay } from "../../engine/requests/schemas";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { buildBank, type ReferenceInput } from "../build-bank";
import { decideCrop } from "../decide-crop";
import { replayDefects } from "../replay";
import type { Training } from "../training";

type Inputs = readonly ReferenceInput[];

/** What a version is built from. */
interface Kept {
  name: string;
  references: Inputs;
  accepted: Inputs;
  /** The version in use, where there is one that can be read. */
  inUse?: BankMetadata | undefined;
}

interface Learnt {
  bank: MemoryBank;
  backbone: Backbone;
}

/** Builds begun for one version: false alarms that are accepted again and again put it off no longer. */
const MOST_ROUNDS = 3;

/** Building banks from their references. */
export function buildHandlers(training: Training): Handlers<"build"> {
  const { tools, backbones, banks } = training;
  return {
    async build(request: Request<"build">, handling: Handling): Promise<BuildResult> {
      const start = performance.now();
      const { bank: location, references } = request;
      const given = references?.map(
        (image, i): ReferenceInput => ({
          // Without its folder: a bank is sent on.
          file: image.kind === "path" ? basename(image.path) : `reference ${i + 1}`,
          open: async () => ({ image, mask: undefined }),
        }),
      );
      if ("file" in location) {
        if (!given)
          throw new GoldenSampleError(
            "BAD_REQUEST",
            sentence`[noReferencesGiven] No references were given: name a folder or files of good images.`,
          );
        const learnt = await learn(request, handling, { name: "", references: given, accepted: [] });
        await writeBundle(location.file, learnt.bank);
        return resultOf(learnt, { version: learnt.bank.metadata.version }, start);
      }
      const { directory, name } = location;
      const store = storeOf({ directory, name });
      for (let round = 1; ; round++) {
        const kept = {
          name,
          references: given ?? (await keptReferences(store)),
          accepted: await inputs(store.accepted),
          inUse: await inUse(store),
        };
        const mayBeginAnew = async () => round < MOST_ROUNDS && (await isOutdated(kept.accepted, store));
        const learnt = await learn(request, handling, kept).catch(async (thrown: unknown) => {
          // A frame that was taken back may be what could not be read.
          if (handling.signal.aborted || !(await mayBeginAnew())) throw thrown;
          return undefined;
        });
        if (!learnt) continue;
        let replay: Replay | undefined;
        const trial = async (file: string) => {
          const job = { store, backbone: learnt.backbone, guard: request.guard, signal: handling.signal };
          replay = await replayDefects(training, job, file);
          // Before it is taken into use: no frame waits for that.
          await training.openBank(file);
        };
        const version = await banks.begin({ directory, name }, async () => {
          // The version would be without what was accepted meanwhile, or have what was taken back.
          if (await mayBeginAnew()) return undefined;
          return store.save(learnt.bank, { ...request, trial });
        });
        if (version !== undefined) return resultOf(learnt, { version, replay }, start);
      }
    },
  };

  async function learn(
    { backbone: spec, settings, actor, reuse }: Request<"build">,
    { onProgress, signal }: Handling,
    kept: Kept,
  ): Promise<Learnt> {
    const known = asBuilt(await backbones.get(spec), spec.fit, kept.inUse);
    const regions = kept.references.map(({ region }) => region);
    const backbone = lookingFor(known, settings.smallest, decideCrop(settings, regions));
    const bank = await buildBank(tools, {
      ...kept,
      backbone,
      settings,
      origin: { kind: "build", ...actor },
      recipe: recipeOf(spec, backbone.info),
      onProgress,
      signal,
      reuse,
    });
    return { bank, backbone };
  }
}

function resultOf(
  { bank, backbone }: Learnt,
  { version, replay }: { version: number; replay?: Replay | undefined },
  start: number,
): BuildResult {
  const { metadata, reference } = bank;
  return {
    name: metadata.name,
    version,
    references: metadata.references,
    accepted: metadata.accepted.length,
    patches: (metadata.fitted ?? 0) + reference.length,
    dimension: metadata.backbone.dimension,
    backbone: metadata.backbone.id,
    ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
    mask: metadata.mask,
    ...(metadata.crop && { crop: metadata.crop }),
    calibration: metadata.calibration,
    findings: metadata.findings ?? { duplicates: [], outliers: [] },
    ...(replay && { replay }),
    milliseconds: performance.now() - start,
  };
}

/** Whether other frames are accepted now than a build was begun with. */
async function isOutdated(accepted: Inputs, store: BankStore): Promise<boolean> {
  const now = new Set(await store.accepted.list());
  return now.size !== accepted.length || accepted.some(({ file }) => !now.has(file));
}

async function inUse(store: BankStore): Promise<BankMetadata | undefined> {
  try {
    return await readBundleMetadata(store.versionFile(await store.resolve()));
  } catch {
    return undefined;
  }
}

async function keptReferences(store: BankStore): Promise<Inputs> {
  const kept = await inputs(store.references);
  if (kept.length > 0) return kept;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noReferences] The bank "${{ bank: store.name }}" has no references: add images of good parts first.`,
  );
}

async function inputs(frames: FrameFolder): Promise<Inputs> {
  const found: ReferenceInput[] = [];
  for (const file of await frames.list())
    found.push({
      file,
      region: (await frames.mask(file))?.region,
      open: async () => {
        const { image, mask } = await frames.read(file);
        return { image: { kind: "encoded", data: image }, mask };
      },
    });
  return found;
}
