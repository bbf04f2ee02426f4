import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import { createIndexer } from "../../lib/bank/search";
import { addMoments, applyWhitening, momentsOf, whiteningFromMoments } from "../../lib/bank/whitening";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { imageScore } from "../../lib/score/image-score";
import { betaQuantile } from "../../lib/threshold/beta";
import { thresholdForRate } from "../../lib/threshold/calibrate";
import { patchLevel, shareOver } from "../../lib/threshold/patch-level";
import { uniform } from "../support/distributions";
import { sharedPath } from "../support/shared-data";

const DRAWS = 200;
/** What is looked at is the counting, not the backbone: one that no training changes, small, as docs/performance.md has it. */
const BACKBONE = { model: "texture", resolution: 160 };
const LEAST = 0.95 - 0.046;

/** Distances of every good image's patches to every other good image, from which any bank's scores are minima. */
class Pairs {
  constructor(
    /** [reference][image]: float32 [patches] */
    private readonly distances: Float32Array[][],
  ) {}

  get count(): number {
    return this.distances.length;
  }

  against(image: number, references: readonly number[]): Float32Array {
    const out = this.distances[references[0]!]![image]!.slice();
    for (const reference of references.slice(1)) {
      const other = this.distances[reference]![image]!;
      for (let i = 0; i < out.length; i++) out[i] = Math.min(out[i]!, other[i]!);
    }
    return out;
  }
}

/** 200 random draws of references among real photographs of good parts, the others being the production. */
describe("the stated false-reject rate on real images", () => {
  const runtime = loadOnnxRuntime();
  const [resizer, indexer] = [createResizer(runtime), createIndexer(runtime)];
  after(async () => {
    await Promise.all([resizer.release(), indexer.release()]);
  });

  async function pairsOf(folder: string): Promise<Pairs> {
    const backbone = await loadBackbone(runtime, {
      ...BACKBONE,
      device: "cpu",
      threads: 0,
    });
    const files = ["train/good", "test/good"].flatMap((part) =>
      readdirSync(join(folder, part))
        .sort()
        .map((name) => join(folder, part, name)),
    );
    const tokens: Float32Array[] = [];
    for (const path of files) {
      const image = await decodeImage({ kind: "path", path });
      const { data } = await backbone.features(await preprocess(image, BACKBONE.resolution, backbone.info, resizer));
      tokens.push(data.slice());
    }
    const { dimension } = backbone.info;
    const whitening = whiteningFromMoments(addMoments(tokens.map((each) => momentsOf(each, dimension))));
    const white = tokens.map((each) => applyWhitening(each, whitening));
    const all = new Float32Array(white.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of white) {
      all.set(each, at);
      at += each.length;
    }
    const distances: Float32Array[][] = [];
    for (const each of white) {
      const index = await indexer.index(each, dimension, "cosine", 1, "exact");
      const found = (await index.search(all)).distances;
      let end = 0;
      const own = white.map((other) => {
        const start = end;
        end += other.length / dimension;
        return found.slice(start, end);
      });
      distances.push(own);
    }
    await backbone.release();
    return new Pairs(distances);
  }

  for (const name of ["aliens", "magnetic-tile"]) {
    it(`holds on ${name}`, async function () {
      this.timeout(240_000);
      const pairs = await pairsOf(sharedPath(this, "data", name));
      const random = uniform(11);
      for (const n of [8, 16]) {
        const settings = [
          { rule: "conformal", rate: 1 / (n + 1) },
          { rule: "conformal", rate: 0.25 },
          { rule: "percentile", rate: 0.1 },
          { rule: "tail", rate: 0.02 },
        ] as const;
        const tally = settings.map(() => ({ within: 0, worst: 0, rejected: 0, expected: 0 }));
        const patches = { within: 0, level: 0, over: 0 };
        for (let draw = 0; draw < DRAWS; draw++) {
          const order = shuffled(pairs.count, random);
          const [references, others] = [order.slice(0, n), order.slice(n)];
          const left = references.map((image) =>
            pairs.against(
              image,
              references.filter((other) => other !== image),
            ),
          );
          const calibration = left.map((each) => imageScore(each));
          const fresh = others.map((image) => pairs.against(image, references));
          const scores = fresh.map((each) => imageScore(each));
          for (const [i, { rule, rate }] of settings.entries()) {
            const found = thresholdForRate(calibration, rate, { rule });
            const rejected = scores.filter((score) => score > found.threshold).length;
            const rates = rule === "tail" ? [found.interval.low, found.interval.high] : betaRates(n, found.expected);
            if (isPlausible(rejected, scores.length, rates)) tally[i]!.within += 1 / DRAWS;
            if (isPlausible(rejected, scores.length, [0, found.worst])) tally[i]!.worst += 1 / DRAWS;
            tally[i]!.rejected += rejected / scores.length / DRAWS;
            tally[i]!.expected += found.expected / DRAWS;
          }
          const { level, low, high, rate } = patchLevel(left, calibration)!;
          const over = fresh.reduce((sum, each) => sum + shareOver(each, level), 0) / fresh.length;
          patches.over += over / DRAWS;
          patches.level += rate / DRAWS;
          // None among so few images is what a small rate looks like.
          if ((over >= low || over === 0) && over <= high) patches.within += 1 / DRAWS;
        }
        for (const [i, { rule, rate }] of settings.entries()) {
          const { within, worst, rejected, expected } = tally[i]!;
          const what = `${n} references, ${rule} ${rate.toFixed(3)}`;
          console.log(
            `      ${what}: rejected ${percent(rejected)}, expected ${percent(expected)}, within the interval ${percent(within)}`,
          );
          assert.ok(within >= LEAST, `${what}: ${within} of the draws within the stated interval`);
          assert.ok(worst >= LEAST, `${what}: ${worst} of the draws under the worst rate`);
          // Leave-one-out has one reference less than production: a little strict towards itself, never lax.
          if (rule !== "tail")
            assert.ok(rejected < expected * 1.15, `${what}: ${rejected} rejected, ${expected} expected`);
        }
        console.log(
          `      ${n} references, patches: ${percent(patches.over)} over the level, ${percent(patches.level)} stated, within ${percent(patches.within)}`,
        );
        assert.ok(
          patches.within >= LEAST,
          `${n} references: ${patches.within} of the draws within the patches' interval`,
        );
      }
    });
  }
});

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Equally likely true rates of an order statistic, see `orderStatisticRate`. */
function betaRates(n: number, expected: number): number[] {
  const above = expected * (n + 1);
  return Array.from({ length: 100 }, (_, i) => betaQuantile((i + 0.5) / 100, above, n + 1 - above));
}

/** Whether so many rejects among so many parts lie in the middle 95 % of what these rates make likely. */
function isPlausible(rejected: number, count: number, rates: readonly number[]): boolean {
  const likely = (from: number, to: number) =>
    rates.reduce((sum, rate) => sum + binomial(from, to, count, rate), 0) / rates.length;
  if (rates.length > 2) return likely(0, rejected) > 0.025 && likely(rejected, count) > 0.025;
  // Only the ends are known: chance around each of them.
  return (
    binomial(0, rejected, count, rates[0]!) > 0.025 &&
    binomial(0, rejected, count, rates[1]!) > 0 &&
    binomial(rejected, count, count, rates[1]!) > 0.025
  );
}

function binomial(from: number, to: number, count: number, rate: number): number {
  if (rate <= 0) return from === 0 ? 1 : 0;
  let [sum, log] = [0, count * Math.log1p(-rate)];
  for (let hits = 0; hits <= to; hits++) {
    if (hits >= from) sum += Math.exp(log);
    log += Math.log(((count - hits) / (hits + 1)) * (rate / (1 - rate)));
  }
  return sum;
}
