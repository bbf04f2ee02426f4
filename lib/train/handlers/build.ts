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

/** Building banks from their references. */
export function buildHandlers(training: Training): Handlers<"build"> {
  const { tools, backbones, banks } = training;
  return {
    async build(request: Request<"build">, handling: Handling): Promise<BuildResult> {
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
        return buildInto(request, handling, { name: "", references: given, accepted: [] }, async (bank) => {
          await writeBundle(location.file, bank);
          return { version: bank.metadata.version };
        });
      }
      const { directory, name } = location;
      const store = storeOf({ directory, name });
      const kept = {
        name,
        references: given ?? (await keptReferences(store)),
        accepted: await inputs(store.accepted),
        inUse: await inUse(store),
      };
      return buildInto(request, handling, kept, async (bank, backbone) => {
        let replay: Replay | undefined;
        const trial = async (file: string) => {
          const job = { store, backbone, guard: request.guard, signal: handling.signal };
          replay = await replayDefects(training, job, file);
          // Before it is taken into use: no frame waits for that.
          await training.openBank(file);
        };
        const version = await banks.begin({ directory, name }, () => store.save(bank, { ...request, trial }));
        return { version, replay };
      });
    },
  };

  async function buildInto(
    { backbone: spec, settings, actor, reuse }: Request<"build">,
    { onProgress, signal }: Handling,
    kept: Kept,
    save: (bank: MemoryBank, backbone: Backbone) => Promise<{ version: number; replay?: Replay | undefined }>,
  ): Promise<BuildResult> {
    const start = performance.now();
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
    const { metadata, reference } = bank;
    const { version, replay } = await save(bank, backbone);
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
