import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import { decodeImage } from "../../lib/image/decode";
import { median } from "../../lib/median";
import { type FirstVerdict, firstVerdict } from "../first-verdict";
import { compareWith, type PeerCommand, PeerProcess, peerCommand } from "../peer-process";
import { type Scenario, Skipped } from "../scenario";
import { BANK_ROWS, type Setting } from "../setting";

/** Of the encoder that anomalib takes: a ViT-S/14. */
const DIMENSION = 384;
const SCRIPT = { file: "anomalib_peer.py", needed: ["anomalib", "timm", "torch"] };
const COMMAND = resolve(__dirname, "..", "..", "cli", "golden-sample.js");
/** Of fresh processes, of each, after one that is not counted. */
const STARTS = 5;

/** A whole frame against anomalib's AnomalyDINO, its encoder of the same size with random weights. */
export const anomalib: Scenario = {
  name: "anomalib",
  about: "a whole frame against anomalib's AnomalyDINO on a ViT-S/14; time to the first verdict and memory of both",
  bars: [
    { figure: "ratio", what: "whole frame / the same in anomalib", atMost: 0.72 },
    { figure: "startRatio", what: "process start to the first verdict / the same in anomalib", atMost: 1 },
    { figure: "memoryRatio", what: "most memory until then / the same in anomalib", atMost: 1 },
  ],
  async run(setting) {
    const { backbone: spec, folder, runtime } = setting;
    const { info, release } = await loadBackbone(runtime, spec);
    await release();
    if (isBuiltIn(spec.model) || info.dimension !== DIMENSION || info.patchSize !== 14)
      throw new Skipped("anomalib's encoder is a ViT-S/14: give one of that size");
    const command = peerCommand(SCRIPT, spec.threads);
    const picture = join(folder, "frame.jpg");
    await writeFile(picture, await setting.frame());
    const image = await decodeImage({ kind: "path", path: picture });
    const pixels = join(folder, "anomalib.rgb");
    await writeFile(pixels, image.data);
    const model = join(folder, "anomalib.pt");
    const numbers = [image.width, image.height, spec.resolution, spec.threads].map(String);
    const frame = [model, pixels, ...numbers];
    const other = await PeerProcess.start<{ versions: string }>(command, ["make", ...frame, String(BANK_ROWS)]);
    try {
      const { ours, bare, ratio, cpuRatio } = await compareWith(other, setting);
      other.end();
      const starts = await firstVerdicts(setting, picture, command, frame);
      return { ours, anomalib: bare, ratio, cpuRatio, ...starts, versions: other.ready.versions };
    } finally {
      other.end();
    }
  },
};

/** Fresh processes in turn, each with its model and bank as files, until they have scored one frame. */
async function firstVerdicts(
  setting: Setting,
  picture: string,
  { python, script, env }: PeerCommand,
  frame: readonly string[],
) {
  const { backbone, rounds } = setting;
  const { file } = await setting.bank();
  const own = ["--backbone", backbone.model, "--resolution", String(backbone.resolution), "--bank", file];
  const ours = () => firstVerdict(process.execPath, [COMMAND, "score", ...own, "--json", picture]);
  const theirs = () => firstVerdict(python, [script, "load", ...frame], env);
  await ours();
  await theirs();
  const pairs: [FirstVerdict, FirstVerdict][] = [];
  for (let i = 0; i < Math.min(rounds, STARTS); i++) pairs.push([await ours(), await theirs()]);
  const each = (of: "start" | "megabytes") => ({
    ours: median(pairs.map(([a]) => a[of])),
    theirs: median(pairs.map(([, b]) => b[of])),
    ratio: median(pairs.map(([a, b]) => a[of] / b[of])),
  });
  const [start, memory] = [each("start"), each("megabytes")];
  return {
    start: start.ours,
    anomalibStart: start.theirs,
    startRatio: start.ratio,
    megabytes: memory.ours,
    anomalibMegabytes: memory.theirs,
    memoryRatio: memory.ratio,
  };
}
