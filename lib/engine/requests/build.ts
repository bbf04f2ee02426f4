import { z } from "zod";
import type { Fallback } from "../../backbone/backbone";
import { patchGrid } from "../../backbone/preprocess";
import { bankSettings, smallestDefect } from "../../bank/bank-settings";
import { readBundleMetadata } from "../../bank/file/bundle";
import { type Commissioning, commissioning, type MadeDefects, type ReferenceFindings } from "../../bank/memory-bank";
import { GoldenSampleError } from "../../errors";
import type { Box } from "../../image/crop";
import type { MaskDecision } from "../../mask/foreground";
import { sentence, shortScore } from "../../sentence";
import { unlikeParts } from "../../threshold/commissioned";
import { lookingFor } from "../loaded/bank-backbone";
import { storeOf } from "../loaded/banks";
import { type BankState, stateOf } from "./bank";
import { handedOn, request } from "./request";
import { actor, backboneSpec, bankLocation, guard, imageSource, type Replay, reuse, storedBank } from "./schemas";

export interface FrameCost {
  /** Pixels of the frames, by the first reference. */
  width: number;
  height: number;
  /** That a frame comes to. */
  patches: number;
  /** Of a frame on this machine as it is now: preparing it and the backbone's run. */
  milliseconds: number;
  /** Of its search in a bank built likewise; absent where none is built yet. */
  search?: number;
}

export interface BuildResult {
  name: string;
  version: number;
  references: number;
  /** Frames whose accepted patches are in it. */
  accepted: number;
  patches: number;
  dimension: number;
  backbone: string;
  fallback?: Fallback;
  mask: MaskDecision;
  /** The part of each frame that is looked at, as shares of it; absent: all of it. */
  crop?: Box;
  calibration: number[];
  /** Near-duplicates and outliers among the references, and whether more of them would change the scores. */
  findings: ReferenceFindings;
  /** How the known defects score, where there are any. */
  replay?: Replay;
  milliseconds: number;
}

/** A made defect for people to look at. */
export interface MadeDefectPicture {
  /** Index among the defects. */
  defect: number;
  /** JPEG of the defect and what surrounds it. */
  picture: Buffer;
}

export interface MadeDefectsResult extends MadeDefects {
  /** The bank's default one; absent where it has too few scores for one. */
  threshold?: number;
  /** How many were planned. */
  planned: number;
  pictures?: MadeDefectPicture[];
  milliseconds: number;
}

/** Learning a bank: what finer frames would cost, the build itself, what it finds of made defects, its threshold by parts. */
export const buildRequests = {
  /** What it costs to look at a bank's frames so finely that defects of so many of their pixels are found: tried on a reference. */
  frameCost: request({
    schema: z.object({ bank: storedBank, backbone: backboneSpec, smallest: smallestDefect.optional() }),
    async answer({ bank, backbone: spec, smallest }, { tools, backbones, banks, images }): Promise<FrameCost> {
      const { references } = storeOf(bank);
      const [first] = await references.list();
      if (first === undefined) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[noReferenceToTry] The bank "${{ bank: bank.name }}" keeps no reference to try it on: add references first.`,
        );
      }
      const asked = await backbones.get(spec);
      const { image: data } = await references.read(first);
      const image = await images.use({ kind: "encoded", data }, async (opened) => opened.image);
      const backbone = lookingFor(asked, smallest);
      // The first run allocates.
      await tools.frames.tokens(image, backbone);
      const start = performance.now();
      const tokens = await tools.frames.tokens(image, backbone);
      const milliseconds = performance.now() - start;
      const { width, height } = image;
      const patches = tokens.rows * tokens.cols;
      return { width, height, patches, milliseconds, ...(await searchOf()) };

      /** Of the bank that there is; built as finely as this, it has more rows in the same proportion. */
      async function searchOf(): Promise<Pick<FrameCost, "search">> {
        const ready = await banks.open(bank).catch(() => undefined);
        if (!ready || ready.bank.metadata.backbone.sha256 !== asked.info.sha256) return {};
        const { resolution } = asked.info;
        const built = lookingFor(asked, ready.bank.metadata.settings.smallest).info;
        const { rows, cols } = patchGrid(image, resolution, built);
        const started = performance.now();
        await ready.match(tokens);
        return { search: ((performance.now() - started) * patches) / (rows * cols) };
      }
    },
  }),

  /** Learns a bank from its references, as the bank's newest version. */
  build: request({
    schema: z.object({
      bank: bankLocation,
      backbone: backboneSpec,
      settings: bankSettings,
      /** Absent: the references kept in the bank's directory. */
      references: z.array(imageSource).min(1).optional(),
      /** Older versions beyond this many are deleted, but none that is in `pinned`. */
      keepVersions: z.int().min(1).default(10),
      /** Versions that nodes are set to. */
      pinned: z.array(z.int().positive()).default([]),
      guard,
      actor,
      reuse,
    }),
    process: "trainer",
    async answer(wanted, context, handling) {
      const built = () => handedOn<BuildResult>("build")(wanted, context, handling);
      return "file" in wanted.bank ? built() : context.banks.building(wanted.bank, built);
    },
  }),

  /**
   * Paints defects on a bank's references and scores each against the bank without that reference, so that any threshold
   * can be told what it would catch. What was found is kept in the bank's version.
   */
  madeDefects: request({
    schema: z.object({
      bank: bankLocation,
      backbone: backboneSpec,
      /** The pictures that the bank was built from, in its order; absent: those kept in the bank's directory. */
      references: z.array(imageSource).min(1).optional(),
      /** How many; a round of all kinds, sizes and contrasts are 76. */
      count: z.int().min(1).max(2000).default(160),
      /** After this time those that are scored have to do; the order is one of chance. */
      seconds: z.number().positive().max(3600).default(30),
      seed: z.int().min(0).default(1),
      /** Whether each defect's picture is wanted, for a contact sheet. */
      pictures: z.boolean().default(false),
    }),
    process: "trainer",
    answer: handedOn<MadeDefectsResult>("madeDefects"),
  }),

  /**
   * Sets a version's threshold by parts off the line, for every node that takes it from the bank. Frames scored from then
   * on carry it; the audit log has the threshold before and after.
   */
  commission: request({
    schema: z.object({
      bank: storedBank,
      version: z.int().positive(),
      /** Of the version that scored the parts: of another build their scores say nothing. */
      calibration: z.array(z.number()),
      ...commissioning.pick({ scores: true, mode: true, rate: true, threshold: true }).shape,
      actor,
    }),
    async answer(
      { bank, version, calibration, actor, ...found },
      { banks },
    ): Promise<BankState & { commissioning: Commissioning }> {
      return banks.change(bank, async (store) => {
        const metadata = await readBundleMetadata(store.versionFile(await store.resolve(version)));
        if (!isSame(metadata.calibration, calibration)) {
          throw new GoldenSampleError(
            "BAD_REQUEST",
            sentence`[partsOfAnotherBuild] The parts were scored by another build than version ${{ version }} of the bank "${{ bank: bank.name }}" is: commission it again.`,
          );
        }
        const { by, message } = actor;
        const commissioning: Commissioning = {
          ...found,
          by,
          ...(message !== undefined && { message }),
          time: new Date().toISOString(),
        };
        await store.commission(version, commissioning, actor, noteOf(version, commissioning));
        return { ...(await stateOf(store)), commissioning };
      });
    },
  }),
};

const isSame = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i]);

function noteOf(version: number, { scores, threshold, mode, rate }: Commissioning): string {
  const unlike = unlikeParts(scores).length;
  const rule = rate === undefined ? mode : `false-reject rate ${rate}`;
  return `version ${version}: threshold ${shortScore(threshold.before, 4)} before, ${shortScore(threshold.after, 4)} after, from ${scores.length} parts (${unlike} unlike the others), ${rule}`;
}
