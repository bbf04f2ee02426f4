import { cancelledError } from "../errors";
import { availableMemory } from "../runtime/available-memory";
import { memoryPlan } from "../runtime/memory-plan";
import { readBmpHeader } from "./bmp/header";
import { decodeImage } from "./decode";
import { sniffFormat } from "./format";
import { loadSharp } from "./load-sharp";
import { inMemory } from "./read-image-file";
import type { RgbImage } from "./rgb-image";
import type { ImageSource } from "./source";

/** Of what memory there is, for pixels that are open. */
const SHARE = 1 / 8;
/** Bytes that a pixel takes while it is decoded: what comes out of libvips, our own copy of it, and libvips' work. */
const BYTES = 12;
/** An image of more than this share of the budget is decoded again when it is needed again, and not kept. */
const KEPT = 1 / 3;

/** An image that is open. */
export interface OpenImage {
  image: RgbImage;
  /** The same later, when it is not open any more; small ones are kept. */
  again: () => Promise<RgbImage>;
}

export interface OpenOptions {
  /** Called when its size is known, and when its turn has come. */
  onStep?: ((step: "measured" | "begun") => void) | undefined;
  /** Aborted where nobody waits any more. */
  signal?: AbortSignal | undefined;
}

interface Waiting {
  pixels: number;
  begin: () => void;
}

/**
 * Decodes images, so many pixels at a time as fit in memory: sixteen PNGs of 99 megapixels, which are a few hundred
 * kilobytes each, took five gigabytes at once. Further ones wait in the order in which they came; one that is larger
 * than the budget goes alone.
 */
export class OpenImages {
  private open = 0;
  private readonly waiting: Waiting[] = [];

  /** @param budget pixels */
  constructor(readonly budget: number = pixelBudget()) {}

  /**
   * @param work done while it is open
   * @throws {GoldenSampleError} as `decodeImage`; CANCELLED where it was still waiting
   */
  async use<T>(
    source: ImageSource,
    work: (opened: OpenImage) => Promise<T>,
    { onStep, signal }: OpenOptions = {},
  ): Promise<T> {
    const read = await inMemory(source);
    const pixels = Math.min(this.budget, await pixelsOf(read));
    onStep?.("measured");
    await this.begin(pixels, signal);
    onStep?.("begun");
    try {
      const image = await decodeImage(read);
      const isKept = pixels <= this.budget * KEPT;
      const again = () => (isKept ? Promise.resolve(image) : this.use(read, async (opened) => opened.image));
      return await work({ image, again });
    } finally {
      this.open -= pixels;
      this.next();
    }
  }

  private begin(pixels: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledError());
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(cancelledError());
        this.next();
      };
      const begin = () => {
        signal?.removeEventListener("abort", leave);
        this.open += pixels;
        resolve();
      };
      const waiting = { pixels, begin };
      signal?.addEventListener("abort", leave, { once: true });
      this.waiting.push(waiting);
      this.next();
    });
  }

  private next(): void {
    for (let first = this.waiting[0]; first && this.open + first.pixels <= this.budget; first = this.waiting[0]) {
      this.waiting.shift();
      first.begin();
    }
  }
}

/** What its header says; 0 where it cannot be read, which decoding says better. */
async function pixelsOf(source: Exclude<ImageSource, { kind: "path" }>): Promise<number> {
  if (source.kind === "raw") return source.width * source.height;
  try {
    const { width, height } =
      sniffFormat(source.data) === "bmp"
        ? readBmpHeader(source.data)
        : await loadSharp()(source.data, { limitInputPixels: false, failOn: "none" }).metadata();
    return width * height;
  } catch {
    return 0;
  }
}

function pixelBudget(): number {
  return memoryPlan()?.pixels ?? (availableMemory() * SHARE) / BYTES;
}
