import { GoldenSampleError } from "../../errors";
import { seededRandom } from "../../random";
import { plain } from "../../sentence";

/** How references are drawn; see `drawReferences`. */
export type DrawRule = "in order" | "at random";

/**
 * How draws of so many references are made: as the authors' code does where there are enough images, else at random.
 * @throws {GoldenSampleError} BAD_REQUEST where there are fewer images than shots
 */
export function drawRule(available: number, shots: number, seeds: number, object: string): DrawRule {
  if (available < shots) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      plain(
        `A draw of ${shots} references needs ${shots} images in train/good and there are ${available} (${object}): lower --shots.`,
      ),
    );
  }
  return available >= shots * seeds ? "in order" : "at random";
}

/**
 * Draws references; the same seed draws the same ones. In order, draw s takes the images s k to (s + 1) k - 1 by name,
 * as the AnomalyDINO authors' code does, so that no two draws have an image in common; at random, it takes the first k
 * of a shuffle that only the seed decides.
 * @param images sorted by name
 */
export function drawReferences(images: readonly string[], shots: number, seed: number, rule: DrawRule): string[] {
  if (rule === "in order") return images.slice(seed * shots, (seed + 1) * shots);
  const random = seededRandom(seed);
  const left = [...images];
  const drawn: string[] = [];
  while (drawn.length < shots) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn.sort();
}
