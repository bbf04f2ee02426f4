import type { MemoryBank } from "../../lib/bank/memory-bank";

/** A bank of a few made-up patches, as the store and the bundle see it. */
export function smallBank(references = 2, dimension = 4, patches = 6): MemoryBank {
  return {
    metadata: {
      format: 1,
      name: "",
      version: 0,
      created: "2026-01-01T00:00:00.000Z",
      backbone: {
        id: "tiny",
        sha256: "0".repeat(64),
        resolution: 112,
        patchSize: 14,
        dimension,
        mean: [0, 0, 0],
        standardDeviation: [1, 1, 1],
        maskThreshold: 10,
      },
      settings: {
        rotate: false,
        mask: "off",
        maskReferences: false,
        metric: "cosine",
        neighbours: 1,
        scorer: "nearest",
        search: "auto",
        place: "anywhere",
        missing: "off",
        tolerance: 0,
        reduction: { method: "none" },
      },
      mask: { applied: false, reason: "masking off: set so in the bank" },
      references,
      calibration: Array.from({ length: references }, (_, i) => 0.1 + i / 100),
      accepted: [],
    },
    features: Float32Array.from({ length: patches * dimension }, (_, i) => Math.sin(i + 1)),
    positions: new Float32Array(patches * 2),
    reference: Int32Array.from({ length: patches }, (_, i) => Math.floor((i * references) / patches)),
    whitening: undefined,
    thumbnails: [],
  };
}
