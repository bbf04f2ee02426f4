import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import type { PatchTokens } from "../../lib/backbone/patch-tokens";
import { type InputTensor, preprocess } from "../../lib/backbone/preprocess";
import { createIndexer } from "../../lib/bank/search";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import { imageScore } from "../../lib/score/image-score";
import { DEFECTS, renderPart } from "../../scripts/demo/part";
import { pair } from "../measure";
import { quantise } from "../quantise";
import { rankCorrelation } from "../rank-correlation";
import { type Scenario, Skipped } from "../scenario";

const GOOD = 6;

/** A dynamically quantised copy of the backbone against itself: time, and whether it ranks parts alike. */
export const int8: Scenario = {
  name: "int8",
  about: "the backbone with weights in int8 against itself: time, and rank correlation of scores",
  bars: [
    { figure: "ratio", what: "int8 / fp32 time", atMost: 0.6 },
    { figure: "rankCorrelation", what: "int8 / fp32 rank correlation of scores", atLeast: 0.98 },
  ],
  async run({ backbone: spec, folder, rounds, runtime }) {
    if (isBuiltIn(spec.model)) throw new Skipped(`"${spec.model}" has no products with constant weights`);
    const { model, products } = quantise(await readFile(spec.model));
    if (products === 0) throw new Skipped("the model has no products with constant weights");
    const file = join(folder, "int8.onnx");
    await writeFile(file, model);
    const whole = await loadBackbone(runtime, spec);
    const small = await loadBackbone(runtime, { ...spec, model: file });
    const resizer = createResizer(runtime);
    const indexer = createIndexer(runtime, spec.threads);
    const input = async (part: Buffer) =>
      preprocess(await decodeImage({ kind: "encoded", data: part }), spec.resolution, whole.info, resizer);
    try {
      const reference = await input(await renderPart(0));
      const good = await Promise.all(Array.from({ length: GOOD }, (_, i) => renderPart(100 + i).then(input)));
      const bad = await Promise.all(DEFECTS.map((defect, i) => renderPart(200 + i, defect).then(input)));
      const scores = async (features: (image: InputTensor) => Promise<PatchTokens>) => {
        const { data, dimension } = await features(reference);
        const index = await indexer.index(data, dimension, "cosine", 1);
        const found: number[] = [];
        for (const image of [...good, ...bad])
          found.push(imageScore((await index.search((await features(image)).data)).distances));
        return found;
      };
      const alike = rankCorrelation(await scores(whole.features), await scores(small.features));
      const image = good[0]!;
      const { ours, bare, ratio, cpuRatio } = await pair(
        rounds,
        () => small.features(image),
        () => whole.features(image),
      );
      return {
        int8: ours,
        fp32: bare,
        ratio,
        cpuRatio,
        rankCorrelation: alike,
        products,
        cpu: cpus()[0]?.model.trim() ?? "",
      };
    } finally {
      await Promise.all([whole.release(), small.release(), resizer.release(), indexer.release()]);
    }
  },
};
