import { createHash } from "node:crypto";
import type { Backbone } from "../backbone/backbone";
import { featureKey } from "../backbone/description";
import type { PatchTokens } from "../backbone/patch-tokens";
import { preprocess } from "../backbone/preprocess";
import { decodeImage } from "../image/decode";
import type { Resizer } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";
import type { ImageSource } from "../image/source";
import type { DeviceQueues } from "./device-queues";
import type { Priority } from "./lane";
import { Lru } from "./lru";
import { SharedWork } from "./shared-work";
import type { Stopwatch } from "./stopwatch";

/** An image on its way to a verdict. */
export interface Frame {
  image: RgbImage;
  tokens: PatchTokens;
}

/** Who waits for a frame. */
export interface Reader {
  clock?: Stopwatch;
  /** Aborted where nobody waits any more: what has not begun then never will. */
  signal?: AbortSignal;
}

/** Images whose tokens are kept: enough for mask and score nodes of a few flows on the same frame. */
const KEPT = 4;

/** Turns an image into patch tokens; the same image seen again shortly after costs no second inference. */
export class FrameReader {
  private readonly recent = new Lru<SharedWork<Frame>>(KEPT);

  constructor(
    private readonly resizer: Resizer,
    private readonly queues: DeviceQueues,
  ) {}

  async read(source: ImageSource, backbone: Backbone, reader: Reader = {}): Promise<Frame> {
    const key = contentKey(source, backbone);
    if (key === undefined) return this.fresh(source, backbone, reader);
    const known = this.recent.get(key);
    if (known && !known.abandoned) {
      const frame = await known.share(reader.signal);
      reader.clock?.lap("queue");
      return frame;
    }
    const work = new SharedWork((signal) => this.fresh(source, backbone, { ...reader, signal }));
    this.recent.set(key, work);
    work.failed.then(() => {
      if (this.recent.get(key) === work) this.recent.delete(key);
    });
    return work.share(reader.signal);
  }

  private async fresh(source: ImageSource, backbone: Backbone, reader: Reader): Promise<Frame> {
    const image = await decodeImage(source);
    reader.clock?.lap("decode");
    return { image, tokens: await this.tokens(image, backbone, "frame", reader) };
  }

  /** Resizes and normalises; then runs the backbone, when it is this image's turn. */
  async tokens(image: RgbImage, backbone: Backbone, priority: Priority, reader: Reader = {}): Promise<PatchTokens> {
    const { clock, signal } = reader;
    const input = await preprocess(image, backbone.info.resolution, backbone.info, this.resizer);
    clock?.lap("prepare");
    return this.queues.features(backbone, input, priority, clock, signal);
  }
}

/** Files are not cached: a path's content may change. */
function contentKey(source: ImageSource, { info }: Backbone): string | undefined {
  if (source.kind === "path") return undefined;
  const shape = source.kind === "raw" ? [source.width, source.height, source.channels] : [];
  const hash = createHash("sha1").update(source.data).digest("base64");
  const { sha256, device, resolution, layout, mean, standardDeviation } = info;
  return JSON.stringify([hash, shape, sha256, device, resolution, layout, mean, standardDeviation, featureKey(info)]);
}
