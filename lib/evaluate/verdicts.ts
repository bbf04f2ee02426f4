import { defaultThreshold } from "../threshold/default-threshold";
import { type Evaluation, isAnomaly, isDefective, type VerdictFigures } from "./evaluation";

/**
 * What the threshold of a node at its defaults does to the test images: chosen from the references alone, as on a line.
 * @returns nothing where the references calibrate no threshold; a share only where there are images for it
 */
export function verdictFigures({
  images,
  calibration,
  shots,
}: Pick<Evaluation, "images" | "calibration" | "shots">): VerdictFigures {
  if (calibration.length < 2) return {};
  const { threshold } = defaultThreshold(calibration, shots === 1);
  const good = images.filter((image) => !isDefective(image));
  const rejects = shareOf(good, (image) => isAnomaly(image, threshold));
  const escapes = shareOf(images.filter(isDefective), (image) => !isAnomaly(image, threshold));
  const both = rejects !== undefined && escapes !== undefined;
  return {
    ...(both && { balancedAccuracy: 1 - (rejects + escapes) / 2 }),
    ...(rejects !== undefined && { rejects }),
    ...(escapes !== undefined && { escapes }),
  };
}

function shareOf<T>(all: readonly T[], holds: (each: T) => boolean): number | undefined {
  return all.length === 0 ? undefined : all.filter(holds).length / all.length;
}
