import { createHash } from "node:crypto";
import type { Backbone } from "../../backbone/backbone";
import { featureKey } from "../../backbone/description";
import { informative } from "../../backbone/informative";
import type { PatchTokens } from "../../backbone/patch-tokens";
import { frameWindows, type InputTensor, preprocess } from "../../backbone/preprocess";
import { cutWindow, type Window, WindowedTokens } from "../../backbone/windows";
import { type Box, cropImage, type PixelBox, pixelsOf } from "../../image/crop";
import { type OpenImage, OpenImages } from "../../image/open-images";
import { readImageFile } from "../../image/read-image-file";
import type { Resizer } from "../../image/resize";
import type { RgbImage } from "../../image/rgb-image";
import type { ImageSource } from "../../image/source";
import { Lru, SharedWork, TokenCache } from "../caches";
import type { Stopwatch } from "../timing";
import type { DeviceQueues } from "./device-queues";

/** An image on its way to a verdict. */
export interface Frame {
  /** Pixels of what is looked at: the upright image, or the part of it that the bank looks at. */
  width: number;
  height: number;
  /** See `RgbImage`. */
  pages?: number | undefined;
  /** What is looked at; decoded again where only its tokens were kept. */
  image: () => Promise<RgbImage>;
  tokens: PatchTokens;
  /** The upright image that it is a part of; absent: it is all of it. */
  whole?: WholeFrame | undefined;
}

/** What a part of a frame is cut from. */
export interface WholeFrame {
  width: number;
  height: number;
  /** Where the part lies in it. */
  part: PixelBox;
  image: () => Promise<RgbImage>;
}

/** Who waits for a frame. */
export interface Reader {
  clock?: Stopwatch;
  /** Aborted where nobody waits any more: what has not begun then never will. */
  signal?: AbortSignal;
  /** Called with what is looked at once the backbone has been given it: there is time until its tokens are there. */
  meanwhile?: ((looked: RgbImage) => void) | undefined;
  /** See `TokenCache`; for whoever asks for the same images again and again. */
  reuse?: string | undefined;
}

/** Images whose tokens are kept: enough for mask and score nodes of a few flows on the same frame. */
const KEPT = 4;

/** Turns an image into patch tokens; the same image seen again shortly after costs no second inference. */
export class FrameReader {
  private readonly recent = new Lru<SharedWork<Frame>>(KEPT);
  private readonly kept = new TokenCache();

  constructor(
    private readonly resizer: Resizer,
    private readonly queues: DeviceQueues,
    private readonly images = new OpenImages(),
  ) {}

  async read(source: ImageSource, backbone: Backbone, reader: Reader = {}): Promise<Frame> {
    if (reader.reuse !== undefined) return this.reused(source, backbone, reader, reader.reuse);
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
    void work.failed.then(() => {
      if (this.recent.get(key) === work) this.recent.delete(key);
    });
    return work.share(reader.signal);
  }

  private async fresh(source: ImageSource, backbone: Backbone, reader: Reader): Promise<Frame> {
    const arrived = this.queues.expect(backbone.info.device);
    const { clock, signal } = reader;
    const onStep = (step: "measured" | "begun") => clock?.lap(step === "begun" ? "queue" : "decode");
    const { crop } = backbone.info;
    const infer = async ({ image, again }: OpenImage): Promise<Frame> => {
      const looked = cropImage(image, crop);
      clock?.lap("decode");
      const tokens = await this.run(looked, backbone, reader, arrived);
      return { ...frameOf(image, again, crop), tokens };
    };
    try {
      return await this.images.use(source, infer, { onStep, signal });
    } finally {
      arrived();
    }
  }

  /** By the file's bytes, so that a known image is not even decoded. */
  private async reused(source: ImageSource, backbone: Backbone, reader: Reader, reuse: string): Promise<Frame> {
    // What must not lead out of a folder the decoder opens itself.
    const read = source.kind === "path" && source.within === undefined ? await encodedFile(source.path) : source;
    const key = contentKey(read, backbone);
    if (key === undefined) return this.fresh(read, backbone, reader);
    const known = this.kept.get(reuse, key);
    reader.clock?.lap("decode");
    const again = () => this.images.use(read, async ({ image }) => image);
    if (known) return { ...frameOf(known, again, backbone.info.crop), tokens: known.tokens };
    const frame = await this.fresh(read, backbone, reader);
    const { width, height } = frame.whole ?? frame;
    this.kept.put(reuse, key, { width, height, pages: frame.pages, tokens: frame.tokens });
    return frame;
  }

  /** Resizes and normalises; then runs the backbone, when it is this image's turn. */
  async tokens(image: RgbImage, backbone: Backbone, reader: Reader = {}): Promise<PatchTokens> {
    const { reuse } = reader;
    if (reuse === undefined) return this.run(image, backbone, reader);
    const { data, width, height } = image;
    const pixels = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = contentKey({ kind: "raw", data: pixels, width, height, channels: 3 }, backbone)!;
    const known = this.kept.get(reuse, key);
    if (known) return known.tokens;
    const tokens = await this.run(image, backbone, reader);
    this.kept.put(reuse, key, { width, height, tokens });
    return tokens;
  }

  /** @param arrived called when the image is in the queue */
  private async run(image: RgbImage, backbone: Backbone, reader: Reader, arrived?: () => void): Promise<PatchTokens> {
    const { clock, signal, meanwhile } = reader;
    const input = await preprocess(image, backbone.info.resolution, backbone.info, this.resizer);
    clock?.lap("prepare");
    const { resolution, id } = backbone.info;
    const windows = frameWindows(input, resolution, backbone.info);
    if (windows.length > 1) return informative(await this.inWindows(input, backbone, windows, reader), id);
    const tokens = this.queues.features(backbone, input, "frame", clock, signal);
    arrived?.();
    meanwhile?.(image);
    return informative(await tokens, id);
  }

  /** One after the other: other frames have their turns in between, and no more than one is in memory. */
  private async inWindows(
    input: InputTensor,
    backbone: Backbone,
    windows: readonly Window[],
    { clock, signal }: Reader,
  ): Promise<PatchTokens> {
    const whole = new WindowedTokens(input, backbone.info.patchSize);
    for (const window of windows)
      whole.add(window, await this.queues.features(backbone, cutWindow(input, window), "frame", clock, signal));
    return whole.tokens;
  }
}

/** @param size of the upright image @param again the upright image */
function frameOf(
  size: Pick<Frame, "width" | "height" | "pages">,
  again: () => Promise<RgbImage>,
  crop: Box | undefined,
): Omit<Frame, "tokens"> {
  const { width, height, pages } = size;
  if (!crop) return { width, height, pages, image: again };
  const part = pixelsOf(crop, size);
  const image = async () => cropImage(await again(), crop);
  return { width: part.width, height: part.height, pages, image, whole: { width, height, part, image: again } };
}

async function encodedFile(path: string): Promise<ImageSource> {
  // A file that cannot be read is the decoder's to report.
  const data = await readImageFile({ kind: "path", path }).catch(() => undefined);
  return data ? { kind: "encoded", data } : { kind: "path", path };
}

/** Files are not cached: a path's content may change. */
function contentKey(source: ImageSource, { info }: Backbone): string | undefined {
  if (source.kind === "path") return undefined;
  const shape = source.kind === "raw" ? [source.width, source.height, source.channels] : [];
  const hash = createHash("sha1").update(source.data).digest("base64");
  const { sha256, device, resolution, fit, smallest, crop, layout, mean, standardDeviation } = info;
  const input = [resolution, fit, smallest, crop, layout, mean, standardDeviation];
  return JSON.stringify([hash, shape, sha256, device, ...input, featureKey(info)]);
}
