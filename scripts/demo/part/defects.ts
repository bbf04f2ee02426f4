import { type Defect, type Flaws, NO_FLAWS } from "./flaws";
import { HOLES, insideFace, SCREWS, silhouetteEdge } from "./geometry";
import type { Random } from "./random";
import type { Point } from "./shapes";

/** Draws place, size and severity of one defect. */
export function drawFlaws(defect: Defect, random: Random): Flaws {
  return { ...NO_FLAWS, ...drawFlaw(defect, random) };
}

function drawFlaw(defect: Defect, random: Random): Partial<Flaws> {
  switch (defect) {
    case "scratch":
      return {
        scratch: {
          points: wander(insideFace(random, 30), random, random.between(80, 200), 0.06),
          width: random.between(1.8, 3.2),
          depth: random.between(1.2, 2.6),
        },
      };
    case "stain":
      return {
        stain: {
          centre: insideFace(random, 24),
          radius: random.between(16, 32),
          darkness: random.between(0.3, 0.55),
          seed: random.seed(),
        },
      };
    case "chipped_edge":
      return { chip: { centre: silhouetteEdge(random), radius: random.between(9, 20), seed: random.seed() } };
    case "dent":
      return {
        dent: {
          centre: insideFace(random, 24),
          radius: random.between(13, 24),
          depth: random.between(5, 9),
          squeeze: random.between(0.7, 1),
          turn: random.between(0, Math.PI),
        },
      };
    case "fibre":
      return {
        fibre: {
          points: wander(insideFace(random, 40), random, random.between(90, 200), 0.32),
          width: random.between(1.4, 2.4),
          colour: random.pick([
            [0.05, 0.05, 0.07],
            [0.1, 0.13, 0.3],
            [0.4, 0.07, 0.06],
            [0.5, 0.42, 0.1],
          ]),
        },
      };
    case "blind_hole":
      return { blindHole: random.below(HOLES.length) };
    case "missing_screw":
      return { missingScrew: random.below(SCREWS.length) };
  }
}

/** A line that starts somewhere, goes on for `length` and turns a little at every step of four units. */
function wander(start: Point, random: Random, length: number, bend: number): Point[] {
  const step = 4;
  let heading = random.between(0, 2 * Math.PI);
  let drift = random.between(-bend, bend) * 0.5;
  const points = [start];
  let { x, y } = start;
  for (let done = 0; done < length; done += step) {
    x += Math.cos(heading) * step;
    y += Math.sin(heading) * step;
    // Lines stay on the part: near its border they turn back towards the middle.
    if (Math.abs(x) > 195 || Math.abs(y) > 130) heading = Math.atan2(-y, -x);
    drift = Math.max(-bend, Math.min(bend, drift + random.between(-bend, bend) * 0.4));
    heading += drift;
    points.push({ x, y });
  }
  return points;
}
