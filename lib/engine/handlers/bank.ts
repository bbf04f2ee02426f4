import { writeBundle } from "../../bank/bundle";
import type { BankStore } from "../../bank/store";
import { GoldenSampleError } from "../../errors";
import { decodeImage } from "../../image/decode";
import { shrinkToFit, toJpeg, toPng } from "../../image/encode";
import type { ImageSource } from "../../image/source";
import type { BankResponses, BankState, BuildResult, Request } from "../api";
import { storeOf } from "../banks";
import { buildBank, type ReferenceInput } from "../build-bank";
import type { Handlers, Handling, Workshop } from "../handling";

/** The editor's preview of a reference. */
const PREVIEW = 640;

/** Banks on disk: their references, their versions, and building them. */
export function bankHandlers({ tools, backbones, banks }: Workshop): Handlers<keyof BankResponses> {
  return {
    async bankState({ bank }: Request<"bankState">): Promise<BankState> {
      return stateOf(storeOf(bank));
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
      return { picture: await toJpeg(await shrinkToFit(await decodeImage({ kind: "encoded", data: image }), PREVIEW)) };
    },

    async addReference({ bank, image, mask }: Request<"addReference">): Promise<BankState> {
      const bytes = await encoded(image);
      return banks.change(bank, async (store) => {
        await store.addReference(bytes, mask);
        return stateOf(store);
      });
    },

    async undo({ bank }: Request<"undo">) {
      return banks.change(bank, async (store) => {
        const undone = await store.undo();
        return { ...(await stateOf(store)), undone };
      });
    },

    async clear({ bank }: Request<"clear">): Promise<BankState> {
      return banks.change(bank, async (store) => {
        await store.clear();
        return stateOf(store);
      });
    },

    async build(request: Request<"build">, handling: Handling): Promise<BuildResult> {
      const { bank: location, references } = request;
      const given = references?.map((image) => async (): Promise<ReferenceInput> => ({ image, mask: undefined }));
      if ("file" in location) {
        if (!given)
          throw new GoldenSampleError(
            "BAD_REQUEST",
            "No references were given: name a folder or files of good images.",
          );
        return buildInto(request, handling, given, "", async (bank) => {
          bank.metadata.version = 1;
          await writeBundle(location.file, bank);
        });
      }
      const { directory, name } = location;
      const build = banks.change({ directory, name }, async (store) => {
        const kept = given ?? (await keptReferences(store));
        return buildInto(request, handling, kept, name, (bank) => store.save(bank, request.keepVersions));
      });
      return banks.building({ directory, name }, build);
    },
  };

  async function buildInto(
    { backbone: spec, settings, reuse }: Request<"build">,
    { onProgress, signal }: Handling,
    references: readonly (() => Promise<ReferenceInput>)[],
    name: string,
    save: (bank: Awaited<ReturnType<typeof buildBank>>) => Promise<unknown>,
  ): Promise<BuildResult> {
    const start = performance.now();
    const backbone = await backbones.get(spec, onProgress);
    const bank = await buildBank(tools, { name, backbone, settings, references, onProgress, signal, reuse });
    await save(bank);
    const { metadata, reference } = bank;
    return {
      name,
      version: metadata.version,
      references: metadata.references,
      patches: metadata.fitted ?? reference.length,
      dimension: metadata.backbone.dimension,
      backbone: metadata.backbone.id,
      ...(backbone.info.fallback && { fallback: backbone.info.fallback }),
      mask: metadata.mask,
      calibration: metadata.calibration,
      milliseconds: performance.now() - start,
    };
  }
}

async function keptReferences(store: BankStore): Promise<(() => Promise<ReferenceInput>)[]> {
  const files = await store.references.list();
  if (files.length === 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The bank "${store.name}" has no references: add images of good parts first.`,
    );
  }
  return files.map((file) => async () => {
    const { image, mask } = await store.references.read(file);
    return { image: { kind: "encoded", data: image }, mask };
  });
}

async function stateOf(store: BankStore): Promise<BankState> {
  return { name: store.name, ...(await store.state()) };
}

/** A reference is kept as the file it came as, once it is known to decode; raw pixels as PNG. */
async function encoded(image: ImageSource): Promise<Buffer> {
  const pixels = await decodeImage(image);
  if (image.kind === "encoded") return image.data;
  return toPng(pixels);
}
