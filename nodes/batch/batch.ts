import {
  type BatchFailure,
  type BatchItem,
  type BuildProgress,
  GoldenSampleError,
  type ImageSource,
  plain,
  type RequestInput,
  sentence,
} from "../../lib";
import { findBackbone } from "../shared/backbone-handle";
import { choice, deferred, flag, number, text } from "../shared/config";
import { formatScore } from "../shared/format-score";
import { Lifetime } from "../shared/lifetime";
import { inLanguage, listen } from "../shared/listen";
import type { Message, NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { pathsAllowed, readImage, readMask } from "../shared/read-message";
import { spokenIn } from "../shared/spoken";
import { StatusLight } from "../shared/status-light";
import { percentDone } from "../shared/status-text";
import { Collector } from "./collector";

type Item = RequestInput<"batch">["images"][number];

/** Bytes of frames held: encoded ones are hundreds of kilobytes, raw ones megabytes. */
const MAX_BYTES = 512 * 1024 * 1024;
/** Batches' worth of frames held: the one being compared and the one being gathered. */
const HELD = 2;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-batch", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const property = text(config.property, "payload");
    const paths = pathsAllowed(RED, config);
    const settings = deferred(() => readSettings(config));
    const collector = deferred(() => {
      const { size, patience } = settings();
      const gathered = new Collector<Item, BatchItem>({
        ...{ size, patience, limit: HELD * size, bytes: MAX_BYTES, work: compare },
        onChange: (waiting) => status.working([`${waiting}/${size}`]),
      });
      life.hold(() => gathered.close());
      return gathered;
    });

    async function compare(images: Item[], waited: number): Promise<(BatchItem | Error)[]> {
      const backbone = findBackbone(RED, config.backbone);
      const { size: _, patience: __, deadline, ...wanted } = settings();
      const onProgress = (progress: BuildProgress) => {
        if (progress.phase === "download") status.download(progress);
        else status.working([`${images.length}: ${percentDone(progress)} %`]);
      };
      const request = { images, backbone: backbone.spec, ...wanted };
      const options = {
        onProgress,
        signal: life.signal,
        ...(deadline > 0 && { deadline: Math.max(1, deadline - waited) }),
      };
      const { results } = await backbone.engine.call("batch", request, options).catch((thrown: unknown) => {
        throw isLate(thrown) ? tooLate(images.length, deadline) : thrown;
      });
      const scores = results.flatMap((result) => ("error" in result ? [] : [result.score]));
      status.ready(scores.length > 0 ? [`${scores.length}: \u2264 ${formatScore(Math.max(...scores))}`] : []);
      return results.map((result) =>
        "error" in result
          ? inLanguage(RED, failureOf(result))
          : spokenIn(RED, result, "health", "mask", "runtime", "fallback"),
      );
    }

    listen(RED, this, life, status, async (message, send) => {
      const ends = isSet(message.complete);
      // Of a message that comes around again: an earlier part's verdict must not reach a Catch node with this one's error.
      delete message.anomaly;
      const image = imageOf(message, ends);
      if (image === undefined) return collector().complete();
      findBackbone(RED, config.backbone);
      const mask = readMask(message);
      const result = collector().add({ image, ...(mask && { mask }) }, bytesOf(image));
      if (ends) collector().complete();
      const anomaly = await result;
      send(Object.assign(message, { anomaly }));
    });

    /** A message that only ends a batch need not carry an image. */
    function imageOf(message: Message, ends: boolean): ImageSource | undefined {
      try {
        return readImage(RED, message, property, paths);
      } catch (thrown) {
        if (!ends) throw thrown;
        if (saysNoImage(thrown)) return undefined;
        // The last part of its batch, which was not inspected and must not leave as if it had none to be.
        collector().complete();
        throw thrown;
      }
    }

    status.waiting("status.starting");
    try {
      settings();
      const { engine } = findBackbone(RED, config.backbone);
      life.hold(
        engine.onState((state) => {
          if (!status.engine(state) && state === "ready") status.ready();
        }),
      );
      if (engine.state === "ready") status.ready();
    } catch (thrown) {
      status.failed(
        thrown instanceof GoldenSampleError
          ? thrown
          : new GoldenSampleError("INTERNAL", sentence`[settingsUnusable] The settings cannot be used.`),
      );
    }
  });
};

function readSettings(config: NodeConfig) {
  return {
    size: number(config.size, 20, "Frames", { from: 2, to: 500, whole: true }),
    patience: 1000 * number(config.patience, 0, "Patience", { from: 0, to: 86_400 }),
    deadline: 1000 * number(config.deadline, 0, "Deadline", { from: 0, to: 86_400 }),
    foreground: choice(config.foreground, ["auto", "on", "off"], "auto", "Foreground"),
    map: flag(config.map),
    regions: flag(config.regions),
    overlay: flag(config.overlay),
  };
}

const failureOf = ({ error: { code, message, sentence: said } }: BatchFailure) =>
  new GoldenSampleError(code, said ?? plain(message));
/** What is said of a message that carries no image; of one that cannot be used, other things are. */
const WITHOUT_IMAGE = ["noImage", "textNoImage", "propertyUnreadable"];
const saysNoImage = (thrown: unknown) =>
  thrown instanceof GoldenSampleError && WITHOUT_IMAGE.includes(thrown.sentence?.key ?? "");
const isLate = (thrown: unknown) => thrown instanceof GoldenSampleError && thrown.code === "TIMEOUT";
const tooLate = (frames: number, deadline: number) =>
  new GoldenSampleError(
    "TIMEOUT",
    sentence`[batchLate] The batch of ${{ frames }} frames was not compared within its deadline of ${{ seconds: deadline / 1000 }} s: allow more time, make smaller batches or choose a faster backbone.`,
  );
const isSet = (value: unknown) => value !== undefined && value !== null && value !== false;
const bytesOf = (image: ImageSource) => (image.kind === "path" ? 0 : image.data.byteLength);
