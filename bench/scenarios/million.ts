import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import { createIndexer, type Indexer, type SearchIndex } from "../../lib/bank/search";
import { worstCount } from "../../lib/bank/worst";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import { median } from "../../lib/median";
import { pair, time } from "../measure";
import type { Scenario } from "../scenario";
import type { Setting } from "../setting";
import { DIMENSION, StructuredFeatures } from "../structured";

const ROWS = 1_048_576;
const QUERIES = 1024;

/** A bank of a million patches: what it takes in memory, and to search. */
export const million: Scenario = {
  name: "million",
  about: `a bank of ${ROWS} patches: memory, and search against a ViT backbone's own time`,
  bars: [
    { figure: "megabytes", what: "resident growth with a million patches, MB", atMost: 1024 },
    { figure: "ratio", what: "search of a million patches / the backbone alone", atMost: 0.6 },
  ],
  async run(setting) {
    const indexer = createIndexer(setting.runtime, setting.backbone.threads);
    try {
      const before = await resident();
      const start = performance.now();
      const { index, frame } = await millionIndex(indexer);
      const build = performance.now() - start;
      const megabytes = ((await resident()) - before) / 2 ** 20;
      const ours = () => index.search(frame, { worst: worstCount(QUERIES) });
      const figures = { megabytes, build };
      if (isBuiltIn(setting.backbone.model)) {
        const times: number[] = [];
        for (let i = 0; i < 5; i++) times.push(await time(ours));
        return { ...figures, search: median(times) };
      }
      const { ours: search, bare: backbone, ratio } = await besideBackbone(setting, ours);
      return { ...figures, search, backbone, ratio };
    } finally {
      await indexer.release();
    }
  },
};

/** In a function of its own, so that nothing holds the features after it. */
async function millionIndex(indexer: Indexer): Promise<{ index: SearchIndex; frame: Float32Array }> {
  const features = new StructuredFeatures(indexer.products);
  const index = await indexer.index(await features.rows(ROWS), DIMENSION, "cosine", 1, "auto");
  return { index, frame: await features.rows(QUERIES, { count: 12, by: 0.5 }) };
}

async function besideBackbone(setting: Setting, ours: () => Promise<unknown>) {
  const { runtime, backbone: spec, rounds } = setting;
  const backbone = await loadBackbone(runtime, spec);
  const resizer = createResizer(runtime);
  try {
    const image = await decodeImage({ kind: "encoded", data: await setting.part() });
    const input = await preprocess(image, spec.resolution, backbone.info, resizer);
    return await pair(rounds, ours, () => backbone.features(input));
  } finally {
    await backbone.release();
    await resizer.release();
  }
}

/** Resident bytes, once what is garbage is given back: a collection frees large buffers after it, beside other work. */
async function resident(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await setTimeout(500);
  }
  return process.memoryUsage().rss;
}
