import { join } from "node:path";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { RgbImage } from "../../lib/image/rgb-image";
import { toImageSource } from "../../lib/image/source";
import { median } from "../../lib/median";
import type { Scenario } from "../scenario";
import type { Setting } from "../setting";
import { SIDE, Tray, withDefect } from "../tray-frames";

const SETS = ["aliens", "magnetic-tile"] as const;
const REFERENCES = 4;
const GOOD = 16;
/** Good frames over the threshold. */
const REJECTED = 2;
/** Defective frames made of each good one. */
const DEFECTS = 3;
/** Pixels. */
const SMALLEST = 8;

interface Found {
  /** Share of the defective frames whose score is over those of all good ones but two. */
  found: number;
  milliseconds: number;
}

/** Small defects on large frames: as they are looked at by default, and with the bank's smallest defect. */
export const small: Scenario = {
  name: "small",
  about: `defects of 6 to 12 px on frames of ${SIDE} px, with the bank's smallest defect and without`,
  bars: ["both", ...SETS].map((set) => ({
    figure: `${set} times`,
    what: `${set}: defects found with a smallest defect against without, at equal false rejects`,
    atLeast: 2,
  })),
  async run(setting) {
    const figures: Record<string, number> = {};
    const sum = { plain: 0, fine: 0 };
    for (const set of SETS) {
      const plain = await detection(setting, set, undefined);
      const fine = await detection(setting, set, SMALLEST);
      sum.plain += plain.found;
      sum.fine += fine.found;
      Object.assign(figures, {
        [`${set} found`]: plain.found,
        [`${set} found fine`]: fine.found,
        [`${set} ms`]: plain.milliseconds,
        [`${set} ms fine`]: fine.milliseconds,
        ...(plain.found > 0 && { [`${set} times`]: fine.found / plain.found }),
      });
    }
    return { ...figures, ...(sum.plain > 0 && { "both times": sum.fine / sum.plain }) };
  },
};

async function detection(
  { backbone, folder }: Setting,
  set: (typeof SETS)[number],
  smallest: number | undefined,
): Promise<Found> {
  const tray = new Tray(set);
  const bank = { file: join(folder, `${set}-${smallest ?? "plain"}.safetensors`) };
  const engine = new EngineClient();
  const times: number[] = [];
  const score = async (image: RgbImage) => {
    const result = await engine.call("score", { image: raw(image), backbone, bank, health: false });
    times.push(result.timing.total);
    return result.score;
  };
  try {
    const references = [];
    for (let i = 0; i < REFERENCES; i++) references.push(raw(await tray.frame("train", i)));
    const settings = { mask: "off" as const, ...(smallest !== undefined && { smallest }) };
    // Figures alone: no learning curve.
    await engine.call("build", { bank, backbone, settings, references, reuse: bank.file });
    const [good, bad]: [number[], number[]] = [[], []];
    for (let i = 0; i < GOOD; i++) {
      const image = await tray.frame("test", i);
      good.push(await score(image));
      for (let j = 0; j < DEFECTS; j++) bad.push(await score(withDefect(image, i * DEFECTS + j)));
    }
    const threshold = good.sort((a, b) => b - a)[REJECTED]!;
    const found = bad.filter((value) => value > threshold).length / bad.length;
    return { found, milliseconds: median(times) };
  } finally {
    engine.close();
  }
}

const raw = (image: RgbImage) => toImageSource({ ...image, channels: 3 });
