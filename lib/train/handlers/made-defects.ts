import type { Backbone } from "../../backbone/backbone";
import { readBundle, writeBundle } from "../../bank/file/bundle";
import type { MadeDefects, MemoryBank } from "../../bank/memory-bank";
import { sha256Of } from "../../bank/store/stored-frames";
import { asBuilt, mustMatch } from "../../engine/loaded/bank-backbone";
import { storeOf } from "../../engine/loaded/banks";
import type { Handlers, Request } from "../../engine/requests";
import type { MadeDefectsResult } from "../../engine/requests/build";
import type { Handling } from "../../engine/requests/request";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import type { PaintedReference } from "../defect-scorer";
import { scoreMadeDefects } from "../score-made-defects";
import type { Training } from "../training";

/** What a bank would catch, found out with defects painted on its own references. */
export function madeDefectHandlers({ tools, backbones, banks }: Training): Handlers<"madeDefects"> {
  return {
    async madeDefects(request: Request<"madeDefects">, handling: Handling): Promise<MadeDefectsResult> {
      const start = performance.now();
      const { bank: location, count, seconds, seed, pictures } = request;
      const { backbone: spec } = request;
      const loaded = await backbones.get(spec);
      const file = "file" in location ? location.file : storeOf(location).versionFile(await versionOf(location));
      const bank = await readBundle(file);
      const backbone = asBuilt(loaded, spec.fit, bank.metadata);
      mustMatch(bank.metadata, backbone.info);
      const references =
        request.references?.map((image) => ({ image, mask: undefined })) ?? (await kept(request, bank));
      if (references.length !== bank.metadata.references) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[otherReferences] The bank "${{ bank: bank.metadata.name }}" was built from ${{ built: bank.metadata.references }} references, not ${{ given: references.length }}: give those, in their order.`,
        );
      }
      const finer = twice(backbone);
      const job = { bank, backbone, finer, references, count, seconds, seed, pictures, ...handling };
      const { made, threshold, planned, pictures: shown } = await scoreMadeDefects(tools, job);
      await keep(location, file, made, bank.metadata.created);
      return {
        ...made,
        ...(threshold !== undefined && { threshold }),
        planned,
        ...(pictures && { pictures: shown }),
        milliseconds: performance.now() - start,
      };
    },
  };

  async function versionOf(location: Exclude<Request<"madeDefects">["bank"], { file: string }>): Promise<number> {
    return storeOf(location).resolve(location.version);
  }

  /** Written into the version, which has not changed otherwise; one that was pruned or built anew meanwhile needs it no more. */
  async function keep(
    location: Request<"madeDefects">["bank"],
    file: string,
    found: MadeDefects,
    created: string,
  ): Promise<void> {
    const write = async () => {
      const bank = await readBundle(file).catch(() => undefined);
      if (bank?.metadata.created !== created) return;
      bank.metadata.madeDefects = found;
      await writeBundle(file, bank);
    };
    if ("file" in location) await write();
    else await banks.change(location, write);
  }
}

/** At twice the resolution; undefined where that is not what decides: the model's own size, or the smallest defect. */
function twice(backbone: Backbone): Backbone | undefined {
  const { info } = backbone;
  return info.size.kind === "fixed" || info.smallest !== undefined
    ? undefined
    : { ...backbone, info: { ...info, resolution: 2 * info.resolution } };
}

/** The kept references that the version was built from, in its order. */
async function kept({ bank: location }: Request<"madeDefects">, { metadata }: MemoryBank): Promise<PaintedReference[]> {
  const found = new Map<string, PaintedReference>();
  if (!("file" in location)) {
    const { references } = storeOf(location);
    for (const name of await references.list()) {
      const { image, mask } = await references.read(name);
      found.set(sha256Of(image), { image: { kind: "encoded", data: image }, mask });
    }
  }
  const sources = metadata.sources ?? [];
  const all = sources.map(({ sha256 }) => found.get(sha256));
  if (sources.length === metadata.references && all.every((each) => each !== undefined)) return all;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[photosNotKept] The bank "${{ bank: metadata.name }}" was built from photos that are not kept with it any more: build it again, then make test defects.`,
  );
}
