import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import { requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import { pair } from "../measure";
import type { Scenario } from "../scenario";
import { UNATTENDED } from "../setting";

/** JPEG of 1280 x 960 in; score, map and overlay out, against the backbone's own run on the same pixels. */
export const frame: Scenario = {
  name: "frame",
  about: "a whole frame against the bare backbone, in one process with the same threads",
  bars: [{ figure: "ratio", what: "whole frame / bare backbone", atMost: 1.12 }],
  async run(setting) {
    const { runtime, backbone: spec, rounds } = setting;
    const inspector = createHandlers(runtime);
    const backbone = await loadBackbone(runtime, spec);
    const resizer = createResizer(runtime);
    const image = await decodeImage({ kind: "encoded", data: await setting.frame() });
    const input = await preprocess(image, spec.resolution, backbone.info, resizer);
    const { ours, bare, ratio, cpuRatio } = await pair(
      rounds,
      async () => inspector.score(requests.score.schema.parse(await setting.scoreRequest()), UNATTENDED),
      () => backbone.features(input),
    );
    await backbone.release();
    await resizer.release();
    return { frame: ours, bare, ratio, cpuRatio };
  },
};
