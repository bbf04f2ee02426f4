import { z } from "zod";
import { readBundleMetadata } from "../../bank/file/bundle";
import type { BankStore } from "../../bank/store/store";
import { sha256Of } from "../../bank/store/stored-frames";
import { GoldenSampleError } from "../../errors";
import { mustShowSomething } from "../../health/worth-learning";
import { encoded, shrinkToFit, toJpeg } from "../../image/encode";
import { isMaskedOut } from "../../mask/grid-mask";
import { sentence } from "../../sentence";
import { storeOf } from "../loaded/banks";
import { type BankState, stateOf } from "./bank";
import { request } from "./request";
import { actor, gridMask, imageSource, storedBank } from "./schemas";

/** The editor's preview of a reference. */
const PREVIEW = 640;

/** A kept reference; the version in use may have been built without it. */
export interface ListedReference {
  /** What it is kept as. */
  file: string;
  /** Its number in the version in use, from 1. */
  number?: number;
  /** Its image score against the others of that version. */
  score?: number;
  /** Whether it is unlike the others. */
  outlier: boolean;
}

/** The references that are kept of a bank. */
export const referenceRequests = {
  /** The picture of a kept frame, as a small JPEG, for editors. */
  referencePicture: request({
    schema: z.object({ bank: storedBank, index: z.int().min(0) }),
    isShort: true,
    async answer({ bank, index }, { images }): Promise<{ picture: Buffer }> {
      const { references } = storeOf(bank);
      const file = (await references.list())[index];
      if (file === undefined) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[noSuchReference] The bank "${{ bank: bank.name }}" has no reference ${{ number: index + 1 }}: add references first.`,
        );
      }
      const { image } = await references.read(file);
      const shrunk = await images.use({ kind: "encoded", data: image }, async (opened) =>
        shrinkToFit(opened.image, PREVIEW),
      );
      return { picture: await toJpeg(shrunk) };
    },
  }),

  /** The kept references, with what the version in use says of each. */
  listReferences: request({
    schema: z.object({ bank: storedBank }),
    async answer({ bank }): Promise<{ references: ListedReference[] }> {
      return { references: await listReferences(storeOf(bank)) };
    },
  }),

  addReference: request({
    schema: z.object({
      bank: storedBank,
      image: imageSource,
      mask: gridMask.optional(),
      /** Refuse a picture that is among the references already, byte for byte. */
      distinct: z.boolean().default(false),
      actor,
    }),
    isShort: true,
    async answer({ bank, image, mask, actor, distinct }, { banks, images }): Promise<BankState> {
      if (mask && isMaskedOut(mask)) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[referenceMaskLeavesNothing] The reference's mask leaves nothing to look at, so nothing can be learned from it: correct the mask's regions, or add it without one.`,
        );
      }
      const bytes = await encoded(images, image);
      await images.use({ kind: "encoded", data: bytes }, async (opened) => {
        mustShowSomething(opened.image, "The picture");
      });
      return banks.begin(bank, async (store) => {
        if (distinct) await mustBeNew(store, bytes);
        await store.addReference(bytes, mask, actor);
        return stateOf(store);
      });
    },
  }),

  /** Sets one reference aside: the next build is made without it. */
  leaveOut: request({
    schema: z.object({
      bank: storedBank,
      /** Its number in the version in use, from 1, as findings have it; or the file it is kept as. */
      reference: z.union([z.int().min(1), z.string().min(1).max(200)]),
      actor,
    }),
    isShort: true,
    /** @returns also what the reference was kept as */
    async answer({ bank, reference, actor }, { banks }): Promise<BankState & { file: string }> {
      return banks.change(bank, async (store) => {
        const file = await keptReference(store, reference);
        await store.leaveOut(file, actor);
        return { ...(await stateOf(store)), file };
      });
    },
  }),
};

/** The kept references in their order, each with its leave-one-out score where the version in use was built with it. */
async function listReferences(store: BankStore): Promise<ListedReference[]> {
  const { references } = store;
  const { version } = await store.state();
  const metadata = version === undefined ? undefined : await readBundleMetadata(store.versionFile(version));
  const { sources = [], calibration = [], findings, calibratedBy } = metadata ?? {};
  const outliers = new Set(findings?.outliers.map(({ reference }) => reference));
  const listed: ListedReference[] = [];
  for (const file of await references.list()) {
    const sha256 = sha256Of((await references.read(file)).image);
    const index = sources.findIndex((source) => source.sha256 === sha256);
    const score = calibratedBy === "copies" ? undefined : calibration[index];
    listed.push({
      file,
      outlier: outliers.has(index + 1),
      ...(index >= 0 && { number: index + 1 }),
      ...(score !== undefined && { score }),
    });
  }
  return listed;
}

/**
 * The file of a reference. Findings count the references of the version in use, and since it was built some may have been
 * added or left out: the picture itself is looked for.
 */
async function keptReference(store: BankStore, reference: number | string): Promise<string> {
  const kept = await store.references.list();
  const file = typeof reference === "string" ? reference : await fileOfNumber(store, reference);
  if (file === undefined || !kept.includes(file)) {
    const which = typeof reference === "string" ? `"${reference}"` : reference;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      kept.length === 0
        ? sentence`[noSuchReference] The bank "${{ bank: store.name }}" has no reference ${{ number: which }}: add references first.`
        : sentence`[noReferenceOfThat] The bank "${{ bank: store.name }}" keeps no reference ${{ reference: which }}: name one of its findings by its number, or one of ${{ files: kept.join(", ") }}.`,
    );
  }
  if (kept.length === 1) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[onlyReference] The reference ${{ file }} is the only one of the bank "${{ bank: store.name }}": add others before you leave it out.`,
    );
  }
  return file;
}

async function fileOfNumber(store: BankStore, number: number): Promise<string | undefined> {
  const { sources = [] } = await readBundleMetadata(store.versionFile(await store.resolve()));
  const source = sources[number - 1];
  return source && (await store.references.find(source.sha256));
}

/** @throws {GoldenSampleError} BAD_REQUEST where the picture is one of the references already, byte for byte */
async function mustBeNew({ references }: BankStore, bytes: Buffer): Promise<void> {
  const known = await references.find(sha256Of(bytes));
  if (known === undefined) return;
  const number = (await references.list()).indexOf(known) + 1;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[sameAsReference] The picture is the same as reference ${{ number }} (${{ file: known }}), byte for byte: check that the camera sends new frames, and send another photo of a good part.`,
  );
}
