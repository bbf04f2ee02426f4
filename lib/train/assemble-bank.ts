import type { Backbone } from "../backbone/backbone";
import { featureKey } from "../backbone/description";
import type { BankSettings } from "../bank/bank-settings";
import { greedyCoreset } from "../bank/coreset";
import type { BackboneRecipe, ComparisonFacts, MemoryBank, UncalibratedBank } from "../bank/memory-bank";
import { type PatchCollection, pickPatches } from "../bank/patch-collection";
import type { Thumbnail } from "../bank/placement";
import type { MatrixProducts } from "../bank/search/matrix-products";
import { fitSubspace, tokenMoments } from "../bank/subspace/subspace";
import { fitWhitening } from "../bank/whitening";
import { mostCounted } from "../bank/worst";
import { GoldenSampleError } from "../errors";
import type { MaskDecision } from "../mask/foreground";
import { sentence } from "../sentence";

/** What the references gave. */
interface ReferencePatches {
  parts: PatchCollection;
  /** How many they are. */
  references: number;
  mask: MaskDecision;
  sources: ComparisonFacts["sources"];
  thumbnails: Thumbnail[];
  /** How another machine gets the backbone. */
  recipe: BackboneRecipe | undefined;
  /** Called as a coreset grows; what it throws ends it. */
  onChosen: (chosen: number, wanted: number) => void;
}

/**
 * The references' patches as a bank: reduced to a coreset or a subspace where that is set, and whitened.
 * @throws {GoldenSampleError} BAD_BANK where no patch is left
 */
export async function assembleBank(
  products: MatrixProducts,
  { info }: Pick<Backbone, "info">,
  settings: BankSettings,
  found: ReferencePatches,
): Promise<UncalibratedBank> {
  const { id, sha256, resolution, fit, patchSize, dimension, mean, standardDeviation, maskThreshold } = info;
  const { parts, mask, sources, thumbnails, recipe } = found;
  const { reduction, scorer } = settings;
  const all = parts.join(dimension);
  if (all.reference.length === 0) {
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[maskLeftNoPatch] The foreground mask left no patch of the references: build the bank without masking the references.`,
    );
  }
  const kept =
    reduction.method === "coreset" && scorer === "nearest"
      ? pickPatches(
          all,
          dimension,
          await greedyCoreset(products, all.features, dimension, reduction.keep, found.onChosen),
        )
      : all;
  const subspace =
    scorer === "subspace" ? fitSubspace(await tokenMoments(products, all.features, dimension)) : undefined;
  return {
    metadata: {
      backbone: {
        id,
        sha256,
        resolution,
        fit,
        patchSize,
        dimension,
        mean: [...mean],
        standardDeviation: [...standardDeviation],
        maskThreshold,
        features: featureKey(info),
        ...(recipe && { recipe }),
      },
      settings,
      ...(info.crop && { crop: info.crop }),
      mask,
      counted: mostCounted(settings.smallest),
      ...(info.worstShare !== undefined && settings.smallest === undefined && { share: info.worstShare }),
      ...(info.relative && { relative: true as const }),
      references: found.references,
      sources,
      accepted: [],
    },
    ...kept,
    // A subspace knows by itself which directions vary how much.
    whitening: info.whiten && !subspace ? fitWhitening(all.features, dimension) : undefined,
    subspace,
    thumbnails,
  };
}

/** A subspace stands for the patches it was fitted to; those of accepted frames stand beside it. */
export function withoutPatches(bank: MemoryBank): MemoryBank {
  const { metadata, reference } = bank;
  const first = reference.findIndex((value) => value >= metadata.references);
  const fitted = first === -1 ? reference.length : first;
  const kept = Int32Array.from({ length: reference.length - fitted }, (_, i) => fitted + i);
  return {
    ...bank,
    ...pickPatches(bank, metadata.backbone.dimension, kept),
    metadata: { ...metadata, fitted },
  };
}
