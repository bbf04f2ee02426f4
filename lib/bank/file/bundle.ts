import type { FileHandle } from "node:fs/promises";
import { firstSentence, GoldenSampleError } from "../../errors";
import { openRegular } from "../../files/open-regular";
import { files } from "../../files/read-file";
import { inPieces } from "../../in-pieces";
import { sentence } from "../../sentence";
import { type BankMetadata, bankMetadata, type HealthRows, type MemoryBank, type Subspace } from "../memory-bank";
import type { Thumbnail } from "../placement";
import { contentHash } from "./content-hash";
import { portableMetadata } from "./portable-metadata";
import { type ByteSource, readHeader, readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors";
import { writeBankFile } from "./write-bank-file";

/** All of a bank's metadata is one JSON text under this key, for safetensors metadata holds strings only. */
const KEY = "golden-sample";
/** Beside it: what `contentHash` makes of that text and the tensors. Banks of earlier versions have none. */
const HASH = "golden-sample-content";
const BANK = sentence`[theBank] The bank`;
const THUMBNAIL = /^thumbnail\.(\d{1,9})$/;

/**
 * Writes a bank as one safetensors file, so that a crash leaves the old file or the new one.
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function writeBundle(path: string, bank: MemoryBank): Promise<void> {
  await writeBankFile(path, await toParts(bank), BANK);
}

async function toParts(bank: MemoryBank): Promise<Buffer[]> {
  const { features, positions, reference, whitening, subspace, thumbnails, metadata } = bank;
  const { dimension } = metadata.backbone;
  const tensors = new Map<string, StoredTensor>([
    ["features", { dtype: "F32", shape: [reference.length, dimension], data: features }],
    ["positions", { dtype: "F32", shape: [reference.length, 2], data: positions }],
    ["reference", { dtype: "I32", shape: [reference.length], data: reference }],
  ]);
  if (whitening) {
    tensors.set("whitening.mean", { dtype: "F32", shape: [dimension], data: whitening.mean });
    tensors.set("whitening.matrix", { dtype: "F32", shape: [dimension, dimension], data: whitening.matrix });
  }
  if (bank.health) {
    const { tokens, layouts } = bank.health;
    const rows = tokens.length / dimension;
    tensors.set("health.tokens", { dtype: "F32", shape: [rows, dimension], data: tokens });
    tensors.set("health.layouts", { dtype: "F32", shape: [rows, layouts.length / rows], data: layouts });
  }
  if (subspace) {
    const { mean, components } = subspace;
    tensors.set("subspace.mean", { dtype: "F32", shape: [dimension], data: mean });
    const shape = [components.length / dimension, dimension];
    tensors.set("subspace.components", { dtype: "F32", shape, data: components });
  }
  for (const [i, { width, height, data }] of thumbnails.entries()) {
    tensors.set(`thumbnail.${i}`, { dtype: "U8", shape: [height, width, 3], data });
  }
  const text = JSON.stringify(metadata);
  return writeSafetensors({ metadata: { [KEY]: text, [HASH]: await contentHash(text, tensors) }, tensors });
}

/**
 * Reads and checks a whole bundle, in pieces: a large one keeps nothing else waiting.
 * @throws {GoldenSampleError} BAD_BANK in one sentence for a missing, foreign, cut or altered file
 */
export async function readBundle(path: string): Promise<MemoryBank> {
  return explain(path, async (source) => {
    const { metadata, tensors } = await readChecked(source);
    const { dimension } = metadata.backbone;
    const patches = tensors.get("reference")?.shape[0] ?? 0;
    const take = taker(tensors);
    const bank: MemoryBank = {
      metadata,
      features: take("features", [patches, dimension], Float32Array),
      positions: take("positions", [patches, 2], Float32Array),
      reference: take("reference", [patches], Int32Array),
      whitening: tensors.has("whitening.mean")
        ? {
            mean: take("whitening.mean", [dimension], Float32Array),
            matrix: take("whitening.matrix", [dimension, dimension], Float32Array),
          }
        : undefined,
      subspace: readSubspace(tensors, dimension),
      thumbnails: readThumbnails(tensors, metadata.references + metadata.accepted.length),
      health: readHealth(tensors, dimension),
    };
    mustHold(metadata, patches, bank.thumbnails.length);
    const pictures = metadata.references + metadata.accepted.length;
    if ((patches === 0 && !bank.subspace) || !areReferences(bank.reference, pictures)) throw damaged();
    for (const [name, { data }] of tensors) {
      if (data instanceof Float32Array && !name.startsWith("health.") && !(await allFinite(data))) throw damaged();
    }
    return bank;
  });
}

/** All tensors, which have to be those that were written, and what they are. */
async function readChecked(source: ByteSource) {
  const { metadata: strings, tensors } = await readSafetensors(source);
  const metadata = parseMetadata(strings);
  const text = strings[KEY]!;
  if (strings[HASH] !== undefined && strings[HASH] !== (await contentHash(text, tensors))) throw damaged();
  return { metadata, text, tensors };
}

/**
 * Copies a bundle as it may be sent on (`portableMetadata`), with more tensors in it, which those who do not know them
 * pass over.
 * @throws {GoldenSampleError} BAD_BANK where it is damaged: the copy's hash would make it seem whole
 */
export async function writeBundleWith(
  source: string,
  target: string,
  more: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const { text, tensors } = await explain(source, readChecked);
  for (const [name, tensor] of more) tensors.set(name, tensor);
  const portable = portableMetadata(text);
  const metadata = { [KEY]: portable, [HASH]: await contentHash(portable, tensors) };
  await writeBankFile(target, writeSafetensors({ metadata, tensors }), BANK);
}

/** Some tensors of a bundle, as they are. @throws {GoldenSampleError} BAD_BANK */
export async function readTensors(path: string, wanted: (name: string) => boolean): Promise<Map<string, StoredTensor>> {
  return explain(path, async (source) => (await readSafetensors(source, wanted)).tensors);
}

/**
 * Reads the metadata alone, without the features.
 * @throws {GoldenSampleError} BAD_BANK also where the file is shorter or longer than its header says
 */
export async function readBundleMetadata(path: string): Promise<BankMetadata & { patches: number }> {
  return explain(path, async (source) => {
    const { metadata, entries, bodyStart } = await readHeader(source);
    const end = entries.reduce((last, entry) => Math.max(last, entry.end), 0);
    if (bodyStart + end !== source.size) throw damaged();
    const own = parseMetadata(metadata);
    const thumbnails = entries.filter(({ name }) => THUMBNAIL.test(name)).length;
    const kept = entries.find((entry) => entry.name === "reference")?.shape[0] ?? 0;
    mustHold(own, kept, thumbnails);
    return { ...own, patches: (own.fitted ?? 0) + kept };
  });
}

/** Whether a bundle's metadata names folders of this machine. @throws {GoldenSampleError} BAD_BANK */
export async function namesFolders(path: string): Promise<boolean> {
  return explain(path, async (source) => {
    const { metadata } = await readHeader(source);
    parseMetadata(metadata);
    return portableMetadata(metadata[KEY]!) !== metadata[KEY];
  });
}

function parseMetadata(strings: Record<string, string>): BankMetadata {
  const text = strings[KEY];
  if (text === undefined)
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[notABank] The file is no golden-sample bank: choose another one.`,
    );
  try {
    return bankMetadata.parse(JSON.parse(text));
  } catch (thrown) {
    throw damaged(thrown);
  }
}

/**
 * A count is only the file's word: each reference that it counts has left a picture, a score, a name or a patch in it.
 * @throws {GoldenSampleError} BAD_BANK
 */
function mustHold({ references, accepted, calibration, sources = [] }: BankMetadata, ...counts: number[]): void {
  const held = Math.max(calibration.length, sources.length, ...counts);
  if (references <= held && accepted.length <= held) return;
  throw new GoldenSampleError(
    "BAD_BANK",
    sentence`[countsMore] it counts ${{ references }} references and holds ${{ held }}; build the bank again or restore the file.`,
  );
}

type Constructor<T> = new (buffer: ArrayBuffer) => T;

function taker(tensors: Map<string, StoredTensor>) {
  return <T>(name: string, shape: number[], kind: Constructor<T>): T => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof kind) || tensor.shape.join() !== shape.join()) throw damaged();
    return tensor.data;
  };
}

function readHealth(tensors: Map<string, StoredTensor>, dimension: number): HealthRows | undefined {
  const [rows, cells] = tensors.get("health.layouts")?.shape ?? [];
  if (rows === undefined || cells === undefined) return undefined;
  const take = taker(tensors);
  return {
    tokens: take("health.tokens", [rows, dimension], Float32Array),
    layouts: take("health.layouts", [rows, cells], Float32Array),
  };
}

function readSubspace(tensors: Map<string, StoredTensor>, dimension: number): Subspace | undefined {
  const components = tensors.get("subspace.components");
  if (!components) return undefined;
  const take = taker(tensors);
  const found: Subspace = {
    mean: take("subspace.mean", [dimension], Float32Array),
    components: take("subspace.components", [components.shape[0] ?? 0, dimension], Float32Array),
  };
  return found;
}

/** Those that are there, by their numbers: how many there should be is only the file's word. */
function readThumbnails(tensors: Map<string, StoredTensor>, count: number): Thumbnail[] {
  const numbers = [...tensors.keys()].flatMap((name) => THUMBNAIL.exec(name)?.[1] ?? []).map(Number);
  return [...new Set(numbers)]
    .filter((number) => number < count)
    .sort((a, b) => a - b)
    .map((number) => tensors.get(`thumbnail.${number}`))
    .flatMap((tensor) => {
      const [height, width, channels] = tensor?.shape ?? [];
      if (!(tensor?.data instanceof Uint8Array) || height === undefined || width === undefined || channels !== 3)
        return [];
      return [{ width, height, data: tensor.data }];
    });
}

/** Ascending is what leave-one-out relies on, and an index beyond the references would name a picture that is not there. */
function areReferences(reference: Int32Array, count: number): boolean {
  return reference.every((value, i) => value >= (reference[i - 1] ?? 0) && value < count);
}

/** A sum of finite numbers can overflow in float32 but not in a double; NaN and infinity survive it. */
async function allFinite(values: Float32Array): Promise<boolean> {
  let sum = 0;
  await inPieces(values.length, 1 << 20, (from, to) => {
    for (let i = from; i < to; i++) sum += values[i]!;
  });
  return Number.isFinite(sum);
}

/** @throws {GoldenSampleError} BAD_BANK where a path is no file, or its disk does not answer */
export async function mustBeFile(path: string): Promise<void> {
  await explain(path, async () => undefined);
}

async function explain<T>(path: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  try {
    // First by the process that can be ended: a disk that does not answer would hold a thread of all here.
    await files.facts(path);
    const { file, facts } = await openRegular(path);
    try {
      return await read({ size: facts.size, read: (target, position) => fill(file, target, position) });
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const why =
      thrown instanceof GoldenSampleError
        ? (thrown.sentence ?? thrown.message)
        : sentence`[restoreOrBuild] ${{ why: firstSentence(thrown) }}; restore the file or build the bank again.`;
    throw new GoldenSampleError(
      "BAD_BANK",
      sentence`[bankUnusable] The bank ${{ file: path }} cannot be used: ${{ why }}`,
      { cause: thrown },
    );
  }
}

/** One read may give less than was asked for. */
async function fill(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw damaged();
    done += bytesRead;
  }
}

const damaged = (cause?: unknown) =>
  new GoldenSampleError(
    "BAD_BANK",
    sentence`[contentDamaged] its content is damaged or altered; build the bank again or restore the file.`,
    { cause },
  );
