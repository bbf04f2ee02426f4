import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { FILE_NAME } from "../../confined-path";
import { firstSentence, GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { isBuiltIn } from "../built-in/names";
import { PRECISIONS, type Precision } from "../precision";
import pinned from "./registry.json";

/**
 * What is known of a model. It comes from a repository in the layout of Hugging Face (`repository`, `revision` and
 * `file` in it), from a `url`, or it is a `file` on this machine.
 */
export const modelEntry = z
  .object({
    name: z.string().regex(FILE_NAME, "a model's name has letters, digits, . _ - and at most 64 characters"),
    title: z.string().optional(),
    repository: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, "a repository is written owner/name")
      .optional(),
    revision: z
      .string()
      .regex(/^[\w.-]+$/)
      .optional(),
    url: z.url({ protocol: /^https?$/ }).optional(),
    file: z.string().min(1).optional(),
    /** Of the file; more are never read from a server. */
    bytes: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 has 64 hexadecimal digits in lower case"),
    licence: z.string().optional(),
    patchSize: z.int().positive().optional(),
    dimension: z.int().positive().optional(),
    /** What its weights are kept in; absent: fp32. */
    precision: z.enum(PRECISIONS).optional(),
    /** Name of the model that this is the same as, in another precision. */
    variantOf: z.string().optional(),
    /** Pixels of the smaller edge it is usually run at. */
    resolution: z.int().positive().optional(),
    default: z.boolean().optional(),
  })
  .refine(
    ({ repository, revision, url, file }) =>
      repository === undefined
        ? revision === undefined && (url === undefined) !== (file === undefined)
        : revision !== undefined && file !== undefined && url === undefined,
    "a model has either url, or file, or repository with revision and file",
  );

export type ModelEntry = z.output<typeof modelEntry>;

const OWN_MODELS = "models.json";
const PINNED: readonly ModelEntry[] = modelEntry.array().parse(pinned);

/**
 * All models known: the pinned ones, the user's own (`models.json` in the models directory, an array of entries whose
 * relative `file` starts at that directory) and those given. Of one name the last one counts.
 * @throws {GoldenSampleError} BAD_REQUEST where models.json cannot be used
 */
export async function readRegistry(directory: string, given: readonly ModelEntry[] = []): Promise<ModelEntry[]> {
  const all = new Map<string, ModelEntry>();
  const own = [...(await readOwn(join(directory, OWN_MODELS))), ...given];
  for (const entry of [...PINNED, ...own.map((entry) => located(entry, directory))]) all.set(entry.name, entry);
  return [...all.values()];
}

/** @throws {GoldenSampleError} BAD_REQUEST for a name that is not known */
export function findEntry(entries: readonly ModelEntry[], name: string): ModelEntry {
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noSuchModel] There is no model "${{ model: name.slice(0, 64) }}": choose ${{ models: entries.map((entry) => entry.name).join(", ") }}, or add it to ${{ file: OWN_MODELS }} in the models directory.`,
  );
}

/**
 * A model in the precision wanted: itself, or a variant of the same.
 * @throws {GoldenSampleError} BAD_REQUEST for a name that is not known, or where there is no such variant
 */
export function inPrecision(entries: readonly ModelEntry[], name: string, precision: Precision): ModelEntry {
  const named = findEntry(entries, name);
  const family = named.variantOf ?? name;
  const variants = [named, ...entries.filter((entry) => entry.name === family || entry.variantOf === family)];
  const own = (entry: ModelEntry) => entry.precision ?? "fp32";
  const found = variants.find((entry) => own(entry) === precision);
  if (found) return found;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noSuchPrecision] The model "${{ model: name }}" is not there in ${{ precision }}: choose ${{ precisions: [...new Set(variants.map(own))].join(" / ") }}, or add one to ${{ file: OWN_MODELS }} in the models directory.`,
  );
}

/** Whether a backbone is meant by its name here, and not by the path of a file. */
export const isModelName = (model: string) => !isBuiltIn(model) && !/[\\/]|\.onnx$/i.test(model);

/** A file on this machine, not one in a repository. */
export const isLocal = (entry: ModelEntry) => entry.repository === undefined && entry.url === undefined;

function located(entry: ModelEntry, directory: string): ModelEntry {
  return isLocal(entry) ? { ...entry, file: resolve(directory, entry.file!) } : entry;
}

async function readOwn(path: string): Promise<ModelEntry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unusable(path, firstSentence(thrown), thrown);
  }
  try {
    return modelEntry.array().parse(JSON.parse(text));
  } catch (thrown) {
    const [issue] = thrown instanceof z.ZodError ? thrown.issues : [];
    throw unusable(path, issue ? `${issue.path.join(".")}: ${issue.message}` : firstSentence(thrown), thrown);
  }
}

function unusable(path: string, why: string, cause: unknown): GoldenSampleError {
  return new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[ownModelsUnusable] The list of own models ${{ file: path }} cannot be used (${{ why }}): write it as a JSON array of models with name, url or file, bytes and sha256.`,
    { cause },
  );
}
