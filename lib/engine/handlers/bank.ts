import { readdir } from "node:fs/promises";
import { readBundleMetadata } from "../../bank/file/bundle";
import { sha256Of } from "../../bank/store/kept-frames";
import type { BankStore } from "../../bank/store/store";
import { GoldenSampleError } from "../../errors";
import { mustShowSomething } from "../../health/worth-learning";
import { encoded, shrinkToFit, toJpeg } from "../../image/encode";
import { briefOf, type Finds, findsOf } from "../../made-defects/finds";
import { isMaskedOut } from "../../mask/grid-mask";
import { defaultThreshold } from "../../threshold/default-threshold";
import { BANK_NAME, type BankResponses, type BankState, type Request } from "../api";
import type { EngineContext, Handlers } from "../handling";
import { storeOf } from "../loaded/banks";
import { listReferences } from "./list-references";

/** The editor's preview of a reference. */
const PREVIEW = 640;

/** Banks on disk: what is kept of them, their references, and taking back. */
export function bankHandlers({ banks, images }: EngineContext): Handlers<keyof BankResponses> {
  return {
    async bankState({ bank }: Request<"bankState">): Promise<BankState> {
      return stateOf(storeOf(bank));
    },

    async bankNames({ directory }: Request<"bankNames">) {
      const names = (await readdir(directory).catch(() => [] as string[]))
        .filter((name) => BANK_NAME.test(name))
        .sort();
      const states = await Promise.all(names.map((name) => stateOf(storeOf({ directory, name }))));
      const holds = ({ versions, references }: BankState) => versions.length > 0 || references > 0;
      return { names: states.filter(holds).map(({ name }) => name) };
    },

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
      const shrunk = await images.use({ kind: "encoded", data: image }, async (opened) =>
        shrinkToFit(opened.image, PREVIEW),
      );
      return { picture: await toJpeg(shrunk) };
    },

    async listReferences({ bank }: Request<"listReferences">) {
      return { references: await listReferences(storeOf(bank)) };
    },

    async addReference({ bank, image, mask, actor, distinct }: Request<"addReference">): Promise<BankState> {
      if (mask && isMaskedOut(mask)) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          "The reference's mask leaves nothing to look at, so nothing can be learned from it: correct the mask's regions, or add it without one.",
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

    async undo({ bank, actor }: Request<"undo">) {
      return banks.change(bank, async (store) => {
        const undone = await store.undo(actor);
        return { ...(await stateOf(store)), undone };
      });
    },

    async clear({ bank, what, actor }: Request<"clear">): Promise<BankState> {
      return banks.change(bank, async (store) => {
        await store.clear(what, actor);
        return stateOf(store);
      });
    },

    async leaveOut({ bank, reference, actor }: Request<"leaveOut">) {
      return banks.change(bank, async (store) => {
        const file = await keptReference(store, reference);
        await store.leaveOut(file, actor);
        return { ...(await stateOf(store)), file };
      });
    },

    async auditLog({ bank, limit }: Request<"auditLog">) {
      return { name: bank.name, entries: await storeOf(bank).audit.read(limit) };
    },
  };
}

/**
 * The file of a reference. Findings count the references of the version in use, and since it was built some may have been
 * added or left out: the picture itself is looked for.
 */
async function keptReference(store: BankStore, reference: number | string): Promise<string> {
  const kept = await store.references.list();
  const file = typeof reference === "string" ? reference : await fileOfNumber(store, reference);
  if (file === undefined || !kept.includes(file)) {
    const which = typeof reference === "string" ? `"${reference}"` : `number ${reference}`;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The bank "${store.name}" keeps no reference ${which}: name one of its findings by its number, or one of ${kept.join(", ") || "those that you add"}.`,
    );
  }
  if (kept.length === 1) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The reference ${file} is the only one of the bank "${store.name}": add others before you leave it out.`,
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
    `The picture is the same as reference ${number} (${known}), byte for byte: check that the camera sends new frames, and send another photo of a good part.`,
  );
}

export async function stateOf(store: BankStore): Promise<BankState> {
  const state = await store.state();
  const finds = state.version === undefined ? undefined : await findsIn(store.versionFile(state.version));
  return { name: store.name, ...state, ...(finds && { finds }) };
}

async function findsIn(file: string): Promise<Finds | undefined> {
  const metadata = await readBundleMetadata(file).catch(() => undefined);
  if (!metadata?.madeDefects || metadata.calibration.length < 2) return undefined;
  const { calibration, commissioning, madeDefects } = metadata;
  return findsOf(briefOf(madeDefects), defaultThreshold(calibration, false, commissioning?.scores).threshold);
}
