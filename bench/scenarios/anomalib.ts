import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import { requests } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { decodeImage } from "../../lib/image/decode";
import { time } from "../measure";
import { childProcesses } from "../node-red/child-processes";
import { compareWith, PeerProcess } from "../peer-process";
import { type Scenario, Skipped } from "../scenario";
import { BANK_ROWS, type Setting } from "../setting";

/** Of the encoder that anomalib takes: a ViT-S/14. */
const DIMENSION = 384;

interface Ready {
  versions: string;
  megabytes: number;
}

/** A whole frame against anomalib's AnomalyDINO, its encoder of the same size with random weights. */
export const anomalib: Scenario = {
  name: "anomalib",
  about: "a whole frame against anomalib's AnomalyDINO on a ViT-S/14; time to the first verdict and memory of both",
  bars: [{ figure: "ratio", what: "whole frame / the same in anomalib", atMost: 0.72 }],
  async run(setting) {
    const { backbone: spec, folder, runtime } = setting;
    const { info, release } = await loadBackbone(runtime, spec);
    await release();
    if (isBuiltIn(spec.model) || info.dimension !== DIMENSION || info.patchSize !== 14)
      throw new Skipped("anomalib's encoder is a ViT-S/14: give one of that size");
    const image = await decodeImage({ kind: "encoded", data: await setting.frame() });
    const picture = join(folder, "anomalib.rgb");
    await writeFile(picture, image.data);
    const numbers = [image.width, image.height, spec.resolution, spec.threads, BANK_ROWS].map(String);
    const first = await firstVerdict(setting);
    const script = { file: "anomalib_peer.py", needed: ["anomalib", "timm", "torch"] };
    const other = await PeerProcess.start<Ready>(script, [picture, ...numbers], spec.threads);
    try {
      const { ours, bare, ratio, cpuRatio } = await compareWith(other, setting);
      const { versions, megabytes } = other.ready;
      return {
        ours,
        anomalib: bare,
        ratio,
        cpuRatio,
        ...first,
        anomalibStart: other.start,
        anomalibMegabytes: megabytes,
        versions,
      };
    } finally {
      other.end();
    }
  },
};

/** From the start of an engine process to its first verdict, and what it takes then. */
async function firstVerdict(setting: Setting) {
  const request = requests.score.schema.parse(await setting.scoreRequest());
  const engine = new EngineClient();
  try {
    const start = await time(() => engine.call("score", request));
    // There is no other process of ours yet.
    return { start, megabytes: childProcesses().childrenMegabytes };
  } finally {
    engine.close();
  }
}
