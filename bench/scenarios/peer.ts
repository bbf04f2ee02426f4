import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import type { RgbImage } from "../../lib/image/rgb-image";
import { compareWith, PeerProcess, peerCommand } from "../peer-process";
import { type Scenario, Skipped } from "../scenario";
import { BANK_ROWS, type Setting } from "../setting";

interface Ready {
  /** The middle patch's token. */
  middle: number[];
  torch: string;
  faiss: string;
}

/** Tokens computed by other means differ in rounding only. */
const SAME = 0.999;

/** The same ViT in PyTorch with faiss's flat search, in Python, on the same machine with the same threads. */
export const peer: Scenario = {
  name: "peer",
  about: "a whole frame against PyTorch and faiss with the same weights, where python3 has them",
  bars: [{ figure: "ratio", what: "whole frame / the same in PyTorch and faiss", atMost: 0.5 }],
  async run(setting) {
    const { backbone: spec, folder } = setting;
    if (isBuiltIn(spec.model)) throw new Skipped("only an ONNX ViT has a peer");
    const image = await decodeImage({ kind: "encoded", data: await setting.frame() });
    const picture = join(folder, "frame.rgb");
    await writeFile(picture, image.data);
    const { width, height } = image;
    const numbers = [width, height, spec.resolution, spec.threads, BANK_ROWS].map(String);
    const script = { file: "peer.py", needed: ["faiss", "numpy", "onnx", "torch"] };
    const other = await PeerProcess.start<Ready>(peerCommand(script, spec.threads), [spec.model, picture, ...numbers]);
    try {
      const alike = await tokenSimilarity(setting, image, other.ready.middle);
      if (alike < SAME) throw new Skipped(`its tokens are others (cosine ${alike.toFixed(3)}): it knows no such model`);
      const { ours, bare, ratio, cpuRatio } = await compareWith(other, setting);
      const { torch, faiss } = other.ready;
      return { ours, peer: bare, ratio, cpuRatio, versions: `torch ${torch}, faiss ${faiss}` };
    } finally {
      other.end();
    }
  },
};

/** Cosine of the middle patch's token, ours and theirs. */
async function tokenSimilarity({ runtime, backbone: spec }: Setting, image: RgbImage, theirs: readonly number[]) {
  // The peer prepares images as the authors do.
  const backbone = await loadBackbone(runtime, { ...spec, fit: "crop" });
  const resizer = createResizer(runtime);
  const { data, dimension, rows, cols } = await backbone.features(
    await preprocess(image, spec.resolution, backbone.info, resizer),
  );
  const start = Math.floor((rows * cols) / 2) * dimension;
  const ours = data.slice(start, start + dimension);
  await Promise.all([backbone.release(), resizer.release()]);
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  return product(ours, theirs) / Math.sqrt(product(ours, ours) * product(theirs, theirs));
}
