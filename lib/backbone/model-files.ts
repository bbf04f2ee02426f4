import { createHash } from "node:crypto";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { files } from "../files/read-file";
import { externalDataFiles } from "../runtime/onnx-external-data";
import { type Sentence, sentence } from "../sentence";
import { BUILT_IN } from "./built-in/names";

/** Protobuf's limit, and so ONNX's, for one file. */
const LARGEST = 2 ** 31 - 1;

/** The files with weights that an ONNX file refers to, as full paths. @throws {GoldenSampleError} BAD_BACKBONE */
export function externalFiles(model: string): string[] {
  let locations: string[];
  try {
    locations = externalDataFiles(model);
  } catch (thrown) {
    throw bad(
      sentence`[modelUnreadable] ${{ file: basename(model) }} cannot be read (${{ why: firstSentence(thrown) }}): check the file and its rights.`,
    );
  }
  return locations.map((location) => resolve(dirname(model), location));
}

/**
 * Checks that a model's files are all there.
 * @returns full paths, the model's own first
 * @throws {GoldenSampleError} BAD_BACKBONE for a missing file, one too large, or external data outside the model's folder
 */
export async function modelFiles(model: string): Promise<string[]> {
  const own = await files.facts(model).catch((thrown: unknown) => {
    const why = firstSentence(thrown);
    if (!/ENOENT|ENOTDIR/.test(why)) throw unreadable(model, why);
    throw bad(
      sentence`[backboneFileMissing] The backbone file ${{ file: model }} does not exist: give the path of an ONNX file, or choose the built-in "${{ builtIn: BUILT_IN }}".`,
    );
  });
  if (own.size > LARGEST) {
    throw bad(
      sentence`[modelTooLarge] ${{ file: basename(model) }} has ${{ gibibytes: (own.size / 2 ** 30).toFixed(1) }} GiB, more than one ONNX file can hold (2 GiB): export it with external data, its weights in a file beside it.`,
    );
  }
  const external = externalFiles(model);
  for (const file of external) {
    const place = relative(dirname(resolve(model)), file);
    if (place === ".." || place.startsWith(`..${sep}`) || resolve(place) === place) {
      throw bad(
        sentence`[weightsOutside] ${{ file: basename(model) }} refers to weights outside its folder (${{ weights: file }}): export it again.`,
      );
    }
    await files.facts(file).catch(() => {
      throw bad(
        sentence`[weightsMissing] ${{ file: basename(model) }} keeps weights in ${{ weights: place }}, which is not beside it: copy that file there too.`,
      );
    });
  }
  return [model, ...external];
}

/**
 * A model's identity: the SHA-256 of its file, as `sha256sum` gives it; where weights lie in files of their own, the
 * SHA-256 over the hexadecimal ones of all its files, the model's first and the others by name.
 */
export async function modelHash(paths: readonly string[]): Promise<string> {
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await files.sha256(path));
  if (hashes.length === 1) return hashes[0]!;
  return createHash("sha256").update(hashes.join("\n")).digest("hex");
}

/** What tells a model's files from those that take their place. */
export async function modelStamp(paths: readonly string[]): Promise<string> {
  return JSON.stringify(await Promise.all(paths.map(fileStamp)));
}

/** @returns what tells a file from one that takes its place; undefined where there is none */
export async function fileStamp(path: string): Promise<string | undefined> {
  const file = await files.facts(path).catch(() => undefined);
  return file && `${file.size} ${file.mtimeMs}`;
}

export const unreadable = (model: string, why: string) =>
  bad(
    sentence`[backboneFileUnreadable] The backbone file ${{ file: model }} cannot be read (${{ why }}): give the path of an ONNX file, or choose the built-in "${{ builtIn: BUILT_IN }}".`,
  );

const bad = (message: Sentence) => new GoldenSampleError("BAD_BACKBONE", message);
