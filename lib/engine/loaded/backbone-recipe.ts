import { basename } from "node:path";
import type { BackboneInfo } from "../../backbone/backbone";
import { BUILT_IN, isBuiltIn } from "../../backbone/built-in/names";
import { descriptionOverrides } from "../../backbone/description";
import type { Fit } from "../../backbone/fit";
import { isModelName } from "../../backbone/models/registry";
import type { BackboneRecipe, BankMetadata } from "../../bank/memory-bank";
import { GoldenSampleError } from "../../errors";
import { inWords, type Sentence, sentence, textOf } from "../../sentence";
import type { BackboneRequest } from "../requests/schemas";
import { builtFit } from "./as-built";
import { allOf, differences } from "./banks";

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
