import { createHash } from "node:crypto";
import type { Backbone } from "../backbone/backbone";
import { featureKey } from "../backbone/description";
import type { PatchTokens } from "../backbone/patch-tokens";
import { preprocess } from "../backbone/preprocess";
import { decodeImage } from "../image/decode";
import type { Resizer } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";
import type { ImageSource } from "../image/source";
import { Lane, type Priority } from "./lane";
import { Lru } from "./lru";

/** An image on its way to a verdict, with the milliseconds each step took. */
export interface Frame {
  image: RgbImage;
  tokens: PatchTokens;
  timing: { queue: number; decode: number; features: number };
}

/** Tokens, and the milliseconds waited and worked for them. */
export interface TimedTokens {
  tokens: PatchTokens;
  queue: number;
  features: number;
}

/** Images whose tokens are kept: enough for mask and score nodes of a few flows on the same frame. */
const KEPT = 4;
/** Requests under way to inference servers, which queue and batch by themselves. */
const REMOTE_WIDTH = 8;

/** Turns an image into patch tokens; the same image seen again shortly after costs no second inference. */
export class FrameReader {
  private readonly recent = new Lru<Promise<Frame>>(KEPT);
  private readonly remoteLane = new Lane(REMOTE_WIDTH);

  constructor(
    private readonly resizer: Resizer,
    private readonly lane: Lane,
  ) {}

  async read(source: ImageSource, backbone: Backbone): Promise<Frame> {
    const key = contentKey(source, backbone);
    if (key === undefined) return this.fresh(source, backbone);
    const known = this.recent.get(key);
    if (known) return { ...(await known), timing: { queue: 0, decode: 0, features: 0 } };
    const frame = this.fresh(source, backbone);
    this.recent.set(key, frame);
    frame.catch(() => this.recent.delete(key));
    return frame;
  }

  private async fresh(source: ImageSource, backbone: Backbone): Promise<Frame> {
    const start = performance.now();
    const image = await decodeImage(source);
    const decode = performance.now() - start;
    const { tokens, queue, features } = await this.tokens(image, backbone, "frame");
    return { image, tokens, timing: { queue, decode, features } };
  }

  /** Resizes, normalises and runs the backbone, when it is this image's turn. */
  async tokens(image: RgbImage, backbone: Backbone, priority: Priority): Promise<TimedTokens> {
    const arrival = performance.now();
    const lane = backbone.info.device === "remote" ? this.remoteLane : this.lane;
    return lane.run(priority, async () => {
      const start = performance.now();
      const input = await preprocess(image, backbone.info.resolution, backbone.info, this.resizer);
      const tokens = await backbone.features(input);
      return { tokens, queue: start - arrival, features: performance.now() - start };
    });
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
