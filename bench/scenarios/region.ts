import { join } from "node:path";
import { type RequestInput, requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { Timing } from "../../lib/engine/timing";
import { median } from "../../lib/median";
import { pair } from "../measure";
import type { Scenario } from "../scenario";
import { type Setting, UNATTENDED } from "../setting";

/** A quarter of the frame, in its middle: at half the resolution it is seen as finely as in the whole frame. */
const BOX = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
const REFERENCES = 2;
/** Of a frame: what of its time a part of it saves, and what stays. */
const STAGES = ["decode", "prepare", "features", "match", "draw"] as const;

/** A bank that looks at a quarter of the frame against one that looks at all of it, at the same detail. */
export const region: Scenario = {
  name: "region",
  about: "a frame of which a quarter is looked at against one that is looked at as a whole, at the same detail",
  bars: [{ figure: "ratio", what: "a quarter of the frame / the whole frame", atMost: 0.35 }],
  async run(setting) {
    const { backbone, rounds, runtime } = setting;
    const half = { ...backbone, resolution: Math.round(backbone.resolution / 2) };
    const [part, whole] = [await bankOf(setting, half, { box: BOX }), await bankOf(setting, backbone, {})];
    const inspector = createHandlers(runtime);
    const timings = { part: [] as Timing[], whole: [] as Timing[] };
    const score = (spec: typeof backbone, bank: { file: string }, into: Timing[]) => async () => {
      const request = requests.score.schema.parse(await setting.scoreRequest(spec, bank));
      into.push((await inspector.score(request, UNATTENDED)).timing);
    };
    const { ours, bare, ratio, cpuRatio } = await pair(
      rounds,
      score(half, part, timings.part),
      score(backbone, whole, timings.whole),
    );
    const stages = STAGES.flatMap((stage) => [
      [`part ${stage}`, median(timings.part.map((each) => each[stage]))] as const,
      [`whole ${stage}`, median(timings.whole.map((each) => each[stage]))] as const,
    ]);
    return { part: ours, whole: bare, ratio, cpuRatio, ...Object.fromEntries(stages) };
  },
};

async function bankOf(
  setting: Setting,
  backbone: Setting["backbone"],
  settings: RequestInput<"build">["settings"],
): Promise<{ file: string }> {
  const bank = { file: join(setting.folder, `region-${backbone.resolution}.safetensors`) };
  const engine = new EngineClient();
  try {
    const references = [];
    for (let i = 0; i < REFERENCES; i++) references.push({ kind: "encoded" as const, data: await setting.part() });
    await engine.call("build", requests.build.schema.parse({ bank, backbone, settings, references }));
    return bank;
  } finally {
    engine.close();
  }
}
