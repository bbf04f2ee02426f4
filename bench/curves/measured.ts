import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { requests } from "../../lib/engine/requests";
import type { BackboneRequest } from "../../lib/engine/requests/schemas";
import { createHandlers } from "../../lib/engine/server";
import { median } from "../../lib/median";
import { timed } from "../measure";
import { type Setting, UNATTENDED } from "../setting";

/** A backbone whose cost is drawn, and how often it is measured: a frame of a large one takes seconds. */
export interface Drawn {
  name: string;
  spec: BackboneRequest;
  rounds: number;
  /** Pixels: its smaller edges on the way from few tokens to many. */
  resolutions: readonly number[];
}

const SMALL = [224, 320, 448, 640];
const LARGE = [448, 672, 896];

/** The built-in backbone, and the one that was given, where that is another. */
export function drawnBackbones({ backbone, rounds }: Setting): Drawn[] {
  const own = { ...backbone, model: "lite", resolution: 320 };
  const drawn = [{ name: "lite", spec: own, rounds, resolutions: SMALL }];
  if (isBuiltIn(backbone.model)) return drawn;
  const given = { name: "ViT-S/14", spec: backbone, rounds: Math.ceil(rounds / 5), resolutions: LARGE };
  return [...drawn, given];
}

/**
 * Milliseconds of processor time of a whole frame in each of these cases, whoever else is at work: medians of rounds that
 * go through all of them in turn.
 */
export async function frameTimes(
  setting: Setting,
  rounds: number,
  cases: readonly { spec: BackboneRequest; bank: { file: string } }[],
): Promise<number[]> {
  const inspector = createHandlers(setting.runtime);
  const times = cases.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, { spec, bank }] of cases.entries()) {
      const request = requests.score.schema.parse(await setting.scoreRequest(spec, bank));
      const { cpu } = await timed(() => inspector.score(request, UNATTENDED));
      // The first round loads and warms up.
      if (round >= 0) times[i]!.push(cpu);
    }
  }
  return times.map(median);
}
