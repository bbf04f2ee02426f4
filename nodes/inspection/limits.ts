/**
 * All that is kept for people who look, in one place. Nothing is written to the disk, and it is gone when Node-RED ends.
 */
export const LIMITS = {
  /** Threshold nodes that are followed; of further ones nothing is kept. */
  pairs: 32,
  /** Parts of each whose pictures can be looked at. */
  parts: 50,
  /** Of them and before them, the last that were rejected. */
  rejects: 20,
  /** Scores of each, for its histogram and history. */
  scores: 1000,
  /** Times of inspections, for the rate and the percentiles. */
  times: 200,
  /** Bytes of all their pictures together, as the camera sent them; beyond it the oldest are let go. */
  bytes: 64 * 1024 * 1024,
  /** Scored frames whose verdict is still to come, in a quarter of those bytes. */
  pending: 64,
  /** Frames that are captured at most to become references, in so many bytes as the camera sent them. */
  captured: 24,
  captureBytes: 32 * 1024 * 1024,
  /** Explanations that are kept for the next who asks. */
  explained: 6,
  /** Milliseconds between two notices to the editors. */
  notice: 250,
  /** Milliseconds after which nobody is taken to be looking any more. */
  looking: 15_000,
  /** Milliseconds that a page waits for the next part before it asks again. */
  patience: 10_000,
  /** Pixels of a thumbnail's longer edge. */
  thumbnail: 96,
  /** Of a captured frame, on which a person must see whether its part is good. */
  preview: 320,
} as const;
