import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "mocha";
import { auroc, averagePrecision, f1Max, type Labelled } from "../../lib/evaluate/figures/image";
import { type LabelledMap, pixelFigures } from "../../lib/evaluate/figures/pixels";
import { TruthReader } from "../../lib/evaluate/truth-reader";
import { decodeImage } from "../../lib/image/decode";
import { anomalyMap } from "../../lib/score/anomaly-map";
import { sharedPath } from "../support/shared-data";

interface Case {
  name: string;
  images: { image: string; score: number; grid: [number, number]; distances: string }[];
}

/**
 * Of the reference's own scores and distance grids: image AUROC, AP and F1-max, pixel AUROC and F1-max by scikit-learn
 * 1.2, and AUPRO by the authors' post-evaluation (its rates in double precision).
 */
const EXPECTED: Record<string, number[]> = {
  "tile-knn3": [0.388888889, 0.683019554, 0.8, 0.460370507, 0.007274504, 0.218680824],
  "tile-l2": [0.277777778, 0.434553872, 0.666666667, 0.639410559, 0.08132988, 0.050201904],
  "tile-registers": [0.361111111, 0.455555556, 0.666666667, 0.547944106, 0.260065759, 0.125028553],
};

describe("figures on the reference's scores and maps", () => {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`are those of its post-evaluation: ${name}`, async function () {
      const reference = sharedPath(this, "reference");
      const data = sharedPath(this, "data", "magnetic-tile");
      const cases = JSON.parse(readFileSync(join(reference, "cases.json"), "utf8")) as Case[];
      const truths = new TruthReader();
      const labelled: Labelled[] = [];
      const maps: LabelledMap[] = [];
      for (const { image, score, grid, distances: file } of cases.find((item) => item.name === name)!.images) {
        const path = join(data, image);
        const type = basename(dirname(image));
        const defective = type !== "good";
        const { width, height } = await decodeImage({ kind: "path", path });
        const distances = new Float32Array(new Uint8Array(readFileSync(join(reference, file))).buffer);
        const map = anomalyMap(distances, ...grid, height, width);
        const mask = join(data, "ground_truth", type, `${basename(image, ".jpg")}_mask.png`);
        const scored = { path, type, score, distances, rows: grid[0], cols: grid[1], width, height, milliseconds: 0 };
        const { truth } = await truths.read({ ...scored, ...(defective && { masks: [mask] }) });
        labelled.push({ score, defective });
        maps.push({ truth, map: () => map });
      }
      const pixels = pixelFigures(maps)!;
      const images = [auroc(labelled), averagePrecision(labelled), f1Max(labelled)?.f1];
      for (const [i, value] of [...images, pixels.auroc, pixels.f1Max, pixels.aupro].entries())
        assert.ok(Math.abs(value! - expected[i]!) < 1e-6, `figure ${i}: ${value}, expected ${expected[i]}`);
    });
  }
});
