import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Request, requests } from "../../lib/engine/requests";
import { createHandlers } from "../../lib/engine/server";
import { readDatasets } from "../../lib/evaluate/data/read-datasets";
import { auroc } from "../../lib/evaluate/figures/image";
import { median } from "../../lib/median";
import { rankCorrelation } from "../rank-correlation";
import { type Scenario, Skipped } from "../scenario";
import { type Setting, UNATTENDED } from "../setting";

/** The shared test material beside the checkout. */
const SETS = resolve(__dirname, "..", "..", "..", "..", "shared", "data");
const NAMES = ["aliens", "magnetic-tile"];
const METHODS = ["exact", "clustered"] as const;

/** Real photographs, all references in eight rotations: what searching by clusters costs in detection. */
export const searchSets: Scenario = {
  name: "search-sets",
  about: "image AUROC and ranks of searching by clusters, against exact, on real photographs",
  bars: [
    { figure: "lost", what: "image AUROC lost by searching by clusters, points", atMost: 0.5 },
    { figure: "rank", what: "rank correlation of image scores on real photographs", atLeast: 0.99 },
  ],
  async run(setting) {
    const figures: Record<string, number> = {};
    const found = NAMES.filter((name) => existsSync(join(SETS, name)));
    if (found.length === 0) throw new Skipped(`there are no image sets in ${SETS}`);
    for (const name of found) {
      const { patches, scored } = await scoresOf(setting, join(SETS, name));
      const [exact, clustered] = scored as [Scored, Scored];
      // Both sets have good and defective images.
      const [before, after] = [auroc(exact)!, auroc(clustered)!];
      const rank = rankCorrelation(
        clustered.map(({ score }) => score),
        exact.map(({ score }) => score),
      );
      figures[`${name} patches`] = patches;
      figures[`${name} exact`] = before;
      figures[`${name} clustered`] = after;
      figures[`${name} rank`] = rank;
      figures[`${name} time`] = median(clustered.map(({ match }, i) => match / exact[i]!.match));
      figures.lost = Math.max(figures.lost ?? -Infinity, 100 * (before - after));
      figures.rank = Math.min(figures.rank ?? 1, rank);
    }
    return figures;
  },
};

/** `match`: milliseconds that the search took. */
type Scored = { score: number; defective: boolean; match: number }[];

/** All test images with each method, in turn; every image, and every turned reference, goes through the backbone once. */
async function scoresOf(
  { runtime, backbone, folder }: Setting,
  set: string,
): Promise<{ patches: number; scored: Scored[] }> {
  const inspector = createHandlers(runtime);
  const [dataset] = await readDatasets(set);
  const { references, test } = dataset!;
  const scored: Scored[] = METHODS.map(() => []);
  const bank = (method: string) => ({ file: join(folder, `${method}.safetensors`) });
  let patches = 0;
  for (const search of METHODS) {
    const settings = { rotate: true, mask: "off" as const, search };
    const sources = references.map((path) => ({ kind: "path" as const, path }));
    const build = { bank: bank(search), backbone, settings, references: sources, reuse: set };
    ({ patches } = await inspector.build(requests.build.schema.parse(build), UNATTENDED));
  }
  for (const { path, type } of test) {
    for (const [i, method] of METHODS.entries()) {
      const request: Request<"score"> = requests.score.schema.parse({
        image: { kind: "path", path },
        backbone,
        bank: bank(method),
        reuse: set,
      });
      const { score, timing } = await inspector.score(request, UNATTENDED);
      scored[i]!.push({ score, defective: type !== "good", match: timing.match });
    }
  }
  return { patches, scored };
}
