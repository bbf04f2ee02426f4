import type { Backbone } from "../../backbone/backbone";
import type { PatchTokens } from "../../backbone/patch-tokens";
import { fromWire, toWire } from "../../engine/ipc/wire";
import { lookingFor } from "../../engine/loaded/bank-backbone";
import type { Handlers, Request, Responses } from "../../engine/requests";
import type { Handling } from "../../engine/requests/request";
import type { BatchFailure, BatchItem } from "../../engine/requests/score";
import { type Stages, Stopwatch } from "../../engine/timing";
import { GoldenSampleError } from "../../errors";
import { type SentenceValue, sentence } from "../../sentence";
import { scoreMutually, type WaitingImage } from "../batch-scores";
import type { Training } from "../training";

/** Bytes of tokens in one batch: some 340 images of a ViT-S/14 at 448 px. */
const MAX_BYTES = 512 * 1024 * 1024;

/** What is wrong with one image, or with what the backbone makes of it: the others are compared all the same. */
const OF_ONE_IMAGE: ReadonlySet<string> = new Set(["BAD_IMAGE", "BAD_BACKBONE"]);

/** Batches: images that are compared with one another. */
export function batchHandlers({ tools, backbones }: Training): Handlers<"batch"> {
  return {
    async batch(request: Request<"batch">, handling: Handling): Promise<Responses["batch"]> {
      const { onProgress } = handling;
      const backbone = lookingFor(await backbones.get(request.backbone), request.smallest);
      const results = new Array<BatchItem | BatchFailure>(request.images.length);
      const images = await readAll(request, backbone, handling, results);
      const all = images.length === 0 ? failureOf(results) : undefined;
      // Not the images' fault: the backbone makes nothing of any.
      if (all?.code === "BAD_BACKBONE") throw fromWire(all);
      if (images.length < 2) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[batchUnreadable] Of the batch's ${{ images: request.images.length }} images ${{ read: images.length }} could be read, and two are needed to compare: ${{ why: reasonOf(results) }}`,
        );
      }
      const total = request.images.length + images.length;
      let done = request.images.length;
      const step = () => onProgress({ done: ++done, total });
      for (const { at, item } of await scoreMutually(tools, backbone, images, request, handling.signal, step))
        results[at] = item;
      return { results };
    },
  };

  async function readAll(
    { images, reuse }: Request<"batch">,
    backbone: Backbone,
    { onProgress, signal }: Handling,
    results: (BatchItem | BatchFailure)[],
  ): Promise<WaitingImage[]> {
    const read: WaitingImage[] = [];
    let bytes = 0;
    for (const [at, { image, mask }] of images.entries()) {
      if (signal.aborted)
        throw new GoldenSampleError("CANCELLED", sentence`[batchCancelled] Comparing the batch was cancelled.`);
      try {
        const clock = new Stopwatch();
        const reader = { clock, signal, reuse };
        const { tokens, width, height } = await tools.frames.read(image, backbone, reader);
        bytes += tokens.data.byteLength;
        // Only the tokens are kept: a hundred decoded pictures would take gigabytes.
        read.push({ at, source: image, mask, tokens: own(tokens), width, height, stages: stagesOf(clock) });
      } catch (thrown) {
        if (!(thrown instanceof GoldenSampleError) || !OF_ONE_IMAGE.has(thrown.code)) throw thrown;
        results[at] = { error: toWire(thrown) };
      }
      if (bytes > MAX_BYTES) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[batchTooLarge] The batch's first ${{ read: at + 1 }} of ${{ images: images.length }} images already take ${{ mebibytes: MAX_BYTES / 2 ** 20 }} MiB of features: make smaller batches or lower the resolution.`,
        );
      }
      onProgress({ done: at + 1, total: 2 * images.length });
    }
    return read;
  }
}

function stagesOf(clock: Stopwatch): Stages {
  const { total: _, ...stages } = clock.read();
  return stages;
}

/** Without what the model's output had around them. */
const own = (tokens: PatchTokens): PatchTokens => ({ ...tokens, data: tokens.data.slice() });

const failureOf = (results: readonly (BatchItem | BatchFailure)[]) =>
  (results.find((result) => result !== undefined && "error" in result) as BatchFailure | undefined)?.error;

function reasonOf(results: readonly (BatchItem | BatchFailure)[]): SentenceValue {
  const failure = failureOf(results);
  return failure?.sentence ?? failure?.message ?? sentence`[addImages] add images.`;
}
