import { basename } from "node:path";
import type { Backbone, BackboneInfo } from "../../backbone/backbone";
import { BUILT_IN, isBuiltIn } from "../../backbone/built-in/names";
import { descriptionOverrides, featureKey } from "../../backbone/description";
import { type Fit, fitOf } from "../../backbone/fit";
import { isModelName } from "../../backbone/models/registry";
import type { BackboneRecipe, BankMetadata } from "../../bank/memory-bank";
import { GoldenSampleError } from "../../errors";
import type { Box } from "../../image/crop";
import { inWords, type Sentence, sentence, textOf } from "../../sentence";
import type { BackboneRequest } from "../requests/schemas";

/** How a bank's frames are brought to whole patches. Banks from before that could be chosen were built cropped. */
export function builtFit({ backbone }: Pick<BankMetadata, "backbone">): Fit {
  return backbone.fit ?? "crop";
}

/**
 * The backbone as a bank looks at frames: those of a bank with a smallest defect as finely as that needs, and where the
 * request leaves it open how frames come to whole patches, old banks keep the look that they were built with.
 * @param wanted what the request says; what it says stays
 * @param metadata absent: there is no bank yet
 */
export function asBuilt(backbone: Backbone, wanted: Fit | undefined, metadata: BankMetadata | undefined): Backbone {
  if (!metadata) return backbone;
  const { info } = backbone;
  const fit = wanted ?? builtFit(metadata);
  return lookingFor(
    { ...backbone, info: { ...info, fit: fitOf(info.size, fit) } },
    metadata.settings.smallest,
    metadata.crop,
  );
}

/**
 * The backbone, its frames looked at so finely that defects of so many of their pixels are found.
 * @param crop the part of the frames that is looked at; absent: all of them
 */
export function lookingFor(backbone: Backbone, smallest: number | undefined, crop?: Box): Backbone {
  return { ...backbone, info: { ...backbone.info, smallest, crop } };
}

/** @throws {GoldenSampleError} BANK_MISMATCH */
export function mustMatch(metadata: BankMetadata, now: BackboneInfo): void {
  const differs = differences(metadata, now);
  if (differs.length === 0) return;
  throw new GoldenSampleError(
    "BANK_MISMATCH",
    sentence`[bankMismatch] The bank "${{ bank: metadata.name }}" was built with ${{ differences: allOf(differs) }}: set the backbone back or build the bank again.`,
  );
}

/** In what the backbone that a bank was built with differs from another, in words for the user. */
function differences(metadata: BankMetadata, now: BackboneInfo): Sentence[] {
  const { backbone: built } = metadata;
  const fit = fitOf(now.size, builtFit(metadata));
  return [
    built.sha256 === now.sha256
      ? undefined
      : now.id === built.id
        ? sentence`[otherFile] the backbone ${{ backbone: built.id }} and the frame goes through another file of that name`
        : sentence`[otherBackbone] the backbone ${{ backbone: built.id }} and the frame goes through ${{ other: now.id }}`,
    built.resolution === now.resolution
      ? undefined
      : sentence`[otherResolution] ${{ resolution: built.resolution }} px and the backbone is set to ${{ other: now.resolution }} px`,
    fit === now.fit
      ? undefined
      : sentence`[otherFit] fit: ${{ fit }} and the backbone is set to fit: ${{ other: now.fit }}`,
    metadata.settings.smallest === now.smallest
      ? undefined
      : sentence`[otherSmallest] ${{ smallest: smallestOf(metadata.settings) }} and the frame is looked at for ${{ other: smallestOf(now) }}`,
    built.features === undefined || built.features === featureKey(now)
      ? undefined
      : sentence`[otherOutputs] other outputs or another fixed size than the backbone's description has now`,
    sameNumbers(built, now)
      ? undefined
      : sentence`[otherNormalisation] another normalisation of pixels than the backbone has now`,
  ].filter((said) => said !== undefined);
}

/** @param differs at least one */
function allOf(differs: readonly Sentence[]): Sentence {
  return differs.reduce((first, second) => sentence`[andWith] ${{ first }}; and with ${{ second }}`);
}

const smallestOf = ({ smallest }: { smallest?: number | undefined }) =>
  smallest === undefined
    ? sentence`[noSmallest] no smallest defect`
    : sentence`[smallestOf] a smallest defect of ${{ pixels: smallest }} px`;

function sameNumbers(a: BankMetadata["backbone"], b: BackboneInfo): boolean {
  const numbers = ({ mean, standardDeviation, patchSize, dimension }: typeof a | BackboneInfo) =>
    [...mean, ...standardDeviation, patchSize, dimension].join();
  return numbers(a) === numbers(b);
}

/** What a version needs of the machine that it is used on. */
export interface Needs {
  /** The backbone's name, SHA-256 and resolution, and how frames are brought to whole patches. */
  id: string;
  sha256: string;
  resolution: number;
  fit: Fit;
  /** Absent in banks of earlier versions of this package. */
  recipe?: BackboneRecipe;
  /** In what the backbone it was compared with differs; empty where it fits; absent where there was none. */
  differs?: string[];
  /** One sentence for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

/** What another machine needs to know to set up the backbone that a bank is built with. */
export function recipeOf({ model, device, models }: BackboneRequest, info: BackboneInfo): BackboneRecipe {
  if (info.fallback) return { kind: "built-in", model: BUILT_IN };
  if (device !== "remote" && isBuiltIn(model)) return { kind: "built-in", model };
  if (device === "remote") return { kind: "remote", model };
  if (models && isModelName(model)) return { kind: "named", model };
  const { inputName, inputType, layout, size, batch, mean, standardDeviation, outputs, patchSize, dimension } = info;
  const facts = { inputName, inputType, layout, size, batch, mean, standardDeviation, outputs, patchSize, dimension };
  const description = descriptionOverrides.parse({ ...facts, combine: info.combine });
  return { kind: "file", model: basename(model), description };
}

/**
 * The backbone that a version itself names, ready to be asked for on this machine.
 * @throws {GoldenSampleError} BAD_REQUEST where only the user knows how to get it
 */
export function specFromRecipe(metadata: BankMetadata, models: BackboneRequest["models"]): BackboneRequest {
  const { backbone, name } = metadata;
  const { recipe, resolution, id } = backbone;
  const common = { resolution, fit: builtFit(metadata), device: "auto", threads: 0 } as const;
  if (recipe?.kind === "built-in" || (!recipe && isBuiltIn(id))) return { ...common, model: recipe?.model ?? id };
  if (recipe?.kind === "named" && models) return { ...common, model: recipe.model, models };
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[backboneNotFound] The bank "${{ bank: name }}" was built with the backbone ${{ backbone: id }}, which cannot be found by that alone: say where it is.`,
  );
}

/** @param now the backbone that the version is to be used with, where that is known */
export function needsOf(metadata: BankMetadata, now: BackboneInfo | undefined): Needs {
  const { id, sha256, resolution, recipe } = metadata.backbone;
  const differs = now && differences(metadata, now);
  return {
    id,
    sha256,
    resolution,
    fit: builtFit(metadata),
    ...(recipe && { recipe }),
    ...(differs && { differs: differs.map(textOf) }),
    ...inWords(differs ? verdict(wanted(metadata), differs) : sentence`[itNeeds] ${{ wanted: wanted(metadata) }}.`),
  };
}

function wanted(metadata: BankMetadata): Sentence {
  const { id, sha256, resolution, recipe } = metadata.backbone;
  const short = sha256.slice(0, 12);
  const size = `${resolution} px${builtFit(metadata) === "crop" ? ", fit: crop" : ""}`;
  switch (recipe?.kind) {
    case "built-in":
      return sentence`[needsBuiltIn] It needs the built-in backbone ${{ backbone: id }} at ${{ size }}`;
    case "named":
      return sentence`[needsNamed] It needs the model ${{ model: recipe.model }} by name at ${{ size }}`;
    case "remote":
      return sentence`[needsRemote] It needs the model ${{ model: recipe.model }} of an inference server at ${{ size }} (SHA-256 ${{ sha256: short }}...)`;
    default:
      return sentence`[needsFile] It needs the ONNX file ${{ file: recipe?.model ?? id }} (SHA-256 ${{ sha256: short }}...) at ${{ size }}`;
  }
}

function verdict(wanted: Sentence, differs: readonly Sentence[]): Sentence {
  return differs.length === 0
    ? sentence`[isWhatIsSet] ${{ wanted }}, which is what is set.`
    : sentence`[isNotWhatIsSet] ${{ wanted }}, which is not what is set: it was built with ${{ differences: allOf(differs) }}.`;
}
