import { firstSentence, GoldenSampleError } from "../errors";
import { availableThreads } from "../runtime/available-threads";
import { sentence } from "../sentence";

export type Sharp = typeof import("sharp");

/** Loaders of the formats that are read. Everything else is an attack surface: SVG reads files, others run programs. */
const LOADERS = ["JpegBuffer", "PngBuffer", "WebpBuffer", "TiffBuffer", "NsgifBuffer", "HeifBuffer"];

let loaded: Sharp | undefined;

/**
 * Loads sharp, which takes its native build for this machine and else its WASM build, and sets it up: no cache, few
 * formats, no more threads than this process may keep busy.
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE where neither build can be loaded, with the remedy
 */
export function loadSharp(): Sharp {
  if (loaded) return loaded;
  let sharp: Sharp;
  try {
    // Required here, not imported above: a machine without a fitting build must get our sentence, not a list.
    sharp = require("sharp") as Sharp;
  } catch (thrown) {
    throw new GoldenSampleError(
      "RUNTIME_UNAVAILABLE",
      sentence`[imagesUnreadable] Images cannot be read on ${{ platform: process.platform }}-${{ architecture: process.arch }} (${{ why: firstSentence(thrown) }}): run npm install --include=optional sharp @img/sharp-wasm32 in Node-RED's user directory.`,
      { cause: thrown },
    );
  }
  // A long-lived process gains nothing from caching frames it will not see again.
  sharp.cache(false);
  sharp.concurrency(Math.min(sharp.concurrency(), availableThreads()));
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: LOADERS.map((name) => `VipsForeignLoad${name}`) });
  loaded = sharp;
  return sharp;
}
