import { readBundle, readBundleMetadata } from "../../bank/file/bundle";
import type { BankMetadata } from "../../bank/memory-bank";
import { type BundledFrames, bundledFrames, countInWords, countsOf } from "../../bank/store/bundled-frames";
import type { BankStore } from "../../bank/store/store";
import { FRAME_KINDS } from "../../bank/store/stored-frames";
import { realPathWithin } from "../../confined-path";
import { asBuilt, mustMatch, needsOf, specFromRecipe } from "../../engine/loaded/bank-backbone";
import { storeOf } from "../../engine/loaded/banks";
import type { Handlers, Request } from "../../engine/requests";
import { type FrameCounts, type ImportedFrames, stateOf } from "../../engine/requests/bank";
import type { Handling } from "../../engine/requests/request";
import type { Replay } from "../../engine/requests/schemas";
import { firstSentence, GoldenSampleError } from "../../errors";
import type { OpenImages } from "../../image/open-images";
import { sentence } from "../../sentence";
import { compareVersions } from "../compare-versions";
import { replayDefects } from "../replay";
import type { Training } from "../training";

type UseOptions = Pick<Request<"useVersion">, "backbone" | "models" | "guard">;

/** Versions of banks: into use, in from a file, and what differs between two. */
export function versionHandlers(training: Training): Handlers<"useVersion" | "importVersion" | "compareVersions"> {
  const { backbones, banks, tools } = training;
  return {
    async useVersion({ bank, version, actor, ...options }: Request<"useVersion">, { signal }: Handling) {
      return banks.change(bank, async (store) => {
        const { version: before } = await store.state();
        const replay = await tryOut(store, store.versionFile(await store.resolve(version)), options, signal);
        await store.use(version, actor);
        return { ...(await stateOf(store)), ...(before !== undefined && { before }), ...(replay && { replay }) };
      });
    },

    async importVersion(request: Request<"importVersion">, { signal }: Handling) {
      // All of it is checked before anything is touched.
      const { within } = request;
      const file =
        within === undefined ? request.file : await realPathWithin(within, request.file, "read", "BAD_REQUEST");
      const bank = await readBundle(file);
      const bundled = await bundledFrames(file);
      await mustDecode(tools.images, file, bundled);
      const { name, version } = bank.metadata;
      const given = request.backbone && (await backbones.get(request.backbone));
      const needs = needsOf(bank.metadata, given && asBuilt(given, request.backbone?.fit, bank.metadata).info);
      return banks.begin(request.bank, async (store) => {
        const { version: parent, ...own } = await store.state();
        const use = request.use || parent === undefined;
        const frames = importedFrames(bundled, use, own);
        let replay: Replay | undefined;
        const trial = async (file: string) => {
          if (use) replay = await tryOut(store, file, request, signal);
        };
        const { by, message } = request.actor;
        bank.metadata.origin = {
          kind: "import",
          ...(parent !== undefined && { parent }),
          by,
          ...(message !== undefined && { message }),
          imported: { name, version },
        };
        const note = `version ${version} of "${name}" imported${frames.kept ? `, with ${countInWords(frames)?.text}` : ""}`;
        const options = { ...request, activate: use, note, trial };
        const imported = await store.saveImported(bank, frames.kept ? bundled : undefined, options);
        return { ...(await stateOf(store)), imported, needs, frames, ...(replay && { replay }) };
      });
    },

    async compareVersions({ bank, versions: [a, b], guard, ...options }: Request<"compareVersions">) {
      const store = storeOf(bank);
      const versions = [await store.resolve(a), await store.resolve(b)] as const;
      const backboneOf = (metadata: BankMetadata) => backboneFor(metadata, options);
      return compareVersions(training, { store, versions, guard, backboneOf });
    },
  };

  /**
   * Before a version is taken into use: known defects are tried on it, and it is read where frames are inspected, so that
   * a damaged one never is in use, and no frame waits for it to be read.
   * @throws {GoldenSampleError} also where it does not fit the backbone it is to be used with
   */
  async function tryOut(
    store: BankStore,
    file: string,
    options: UseOptions,
    signal: AbortSignal,
  ): Promise<Replay | undefined> {
    const isReplayed = options.guard.mode !== "off" && (await store.defects.list()).length > 0;
    let replay: Replay | undefined;
    if (options.backbone || isReplayed) {
      const backbone = await backboneFor(await readBundleMetadata(file), options);
      replay = await replayDefects(training, { store, backbone, guard: options.guard, signal }, file);
    }
    await training.openBank(file);
    return replay;
  }

  async function backboneFor(metadata: BankMetadata, { backbone: spec, models }: Omit<UseOptions, "guard">) {
    const backbone = asBuilt(await backbones.get(spec ?? specFromRecipe(metadata, models)), spec?.fit, metadata);
    mustMatch(metadata, backbone.info);
    return backbone;
  }
}

/** A frame that cannot be read would only be found out by the next build. @throws {GoldenSampleError} BAD_BANK */
async function mustDecode(images: OpenImages, file: string, bundled: BundledFrames): Promise<void> {
  for (const kind of FRAME_KINDS) {
    for (const [i, { image }] of bundled[kind].entries()) {
      const picture = { kind: "encoded" as const, data: image };
      await images
        .use(picture, async () => undefined)
        .catch((thrown: unknown) => {
          throw new GoldenSampleError(
            "BAD_BANK",
            sentence`[bundledFrameUnreadable] The bank ${{ file }} cannot be used: frame ${{ number: i + 1 }} of its ${{ kind: NAMES[kind] }} cannot be read (${{ why: firstSentence(thrown).replace(/\.$/, "") }}); export it again.`,
            { cause: thrown },
          );
        });
    }
  }
}

const NAMES = {
  references: sentence`[kindReferences] references`,
  accepted: sentence`[kindAccepted] accepted frames`,
  defects: sentence`[kindDefects] known defects`,
} as const;

/** Frames of two machines are not mixed: what the next build learns from is never a surprise. */
function importedFrames(bundled: BundledFrames, use: boolean, own: FrameCounts): ImportedFrames {
  const counts = countsOf(bundled);
  const came = countInWords(counts);
  if (!came) return { ...counts, kept: false, words: "" };
  const has = countInWords(own);
  const kept = use && !has;
  const said = kept
    ? sentence`[framesCame] With it came ${{ frames: came }}.`
    : has && use
      ? sentence`[framesLeftOutOwn] With it came ${{ frames: came }}, left out: this bank has its own (${{ own: has }}); import it under a new name to keep them.`
      : sentence`[framesLeftOut] With it came ${{ frames: came }}, left out: the version was not taken into use; import it with use to keep them.`;
  return { ...counts, kept, words: said.text, sentence: said };
}
